"""Have a Python process note which exit handlers it runs: a folder for PYTHONPATH.

Each process writes a line for each handler, in a file of EXIT_NOTES that bears its process
ID: whether it was registered while a module was imported, or by what ran, and its name.
"""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

FOLDER = os.environ.get("EXIT_NOTES")
_register = atexit.register


class Noted:
    """A handler that says that it is run; equal to it, so that it can be unregistered."""

    __hash__ = None  # pyright: ignore[reportAssignmentType]

    def __init__(self, handler: Callable[..., Any], origin: str) -> None:
        self._handler = handler
        # All finalizers of a process have one handler, which the first of them registers.
        is_shared = handler.__module__ == "weakref"
        self._origin = "import" if is_shared else origin

    def __eq__(self, other: object) -> bool:
        return self._handler == other

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        name = f"{self._handler.__module__}.{self._handler.__qualname__}"
        with Path(FOLDER or "", str(os.getpid())).open("a", encoding="utf-8") as notes:
            notes.write(f"{self._origin} {name}\n")
        return self._handler(*args, **kwargs)


def _register_noted(handler: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    _register(Noted(handler, _origin()), *args, **kwargs)
    return handler


def _origin() -> str:
    frame = sys._getframe(2)
    while frame is not None:
        spec = frame.f_globals.get("__spec__")
        if frame.f_code.co_name == "<module>" and getattr(spec, "_initializing", False):
            return "import"
        frame = frame.f_back
    return "object"


if FOLDER:
    atexit.register = _register_noted
