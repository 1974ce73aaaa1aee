"""The folder and the environment that a forked process has as if it had been started with them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def set_since(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that this process has set since it had this environment."""
    return {name: value for name, value in os.environ.items() if environment.get(name) != value}


def take_place(cwd: str, environment: Mapping[str, str]) -> None:
    """Make this process look as if it had been started in `cwd` with `environment`."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
