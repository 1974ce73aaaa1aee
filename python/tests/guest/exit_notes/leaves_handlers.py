"""An extension, of Jupyter's server and of IPython, that leaves something for the end."""

from __future__ import annotations

import atexit
import tempfile
from typing import Any

FOLDER = tempfile.TemporaryDirectory(prefix="forkd-test-leaves-")
"""Its finalizer is of the process that imports this."""


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(app: Any) -> None:
    def end_of_server() -> None:
        del app.web_app.settings["ends with the server"]

    app.web_app.settings["ends with the server"] = True
    atexit.register(end_of_server)


def load_ipython_extension(shell: Any) -> None:
    """Called once for each shell."""

    def end_of_kernel() -> None:
        del shell.ends_with_the_kernel

    shell.ends_with_the_kernel = True
    atexit.register(end_of_kernel)
