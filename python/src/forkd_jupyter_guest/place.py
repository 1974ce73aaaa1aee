"""The folder and the environment that a forked process has as if it had been started with them."""

from __future__ import annotations

import os


def take_place(cwd: str, environment: dict[str, str]) -> None:
    """Make this process look as if it had been started in `cwd` with `environment`."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
