"""`python tests/hub_suite [arguments of pytest]`: JupyterHub's own tests, with ForkdSpawner.

They are in the installed `jupyterhub` and run as they are: `plugin.py` puts our
spawner in the place of the one that their mocks are made of, and `left_out.py`
names the cases that aren't run.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent

sys.path.insert(0, str(FOLDER.parent))
from hub_suite import collecting  # noqa: E402 (this is no package's program)


def main(arguments: list[str]) -> int:
    """Run pytest, whose processes - the sandboxes, too - find this folder's modules.

    It runs in a temporary folder of its own: the mocks put their users' homes there, and hubs
    their journals and cookie secrets, and leave them.
    """
    search_path = os.pathsep.join(filter(None, [str(FOLDER.parent), os.environ.get("PYTHONPATH")]))
    modules = [f"jupyterhub.tests.{name}" for name in collecting.RUN]
    narrowed = any(argument.startswith("jupyterhub.") for argument in arguments)
    command = [
        *(sys.executable, "-m", "pytest", "-c", str(FOLDER / "pytest.ini"), "--pyargs"),
        *([] if narrowed else modules),
        *arguments,
    ]
    with tempfile.TemporaryDirectory(prefix="hub-suite-", ignore_cleanup_errors=True) as temporary:
        environment = {**os.environ, "PYTHONPATH": search_path, "TMPDIR": temporary}
        return subprocess.run(command, check=False, env=environment, cwd=temporary).returncode  # noqa: S603 (pytest)


sys.exit(main(sys.argv[1:]))
