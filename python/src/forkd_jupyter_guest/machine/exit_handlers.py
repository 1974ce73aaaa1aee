"""Exit handlers that a parent registers while it warms up: a clone runs only what is its own.

What a module registers as it is imported is run at the end of every process that has loaded it,
and so stays with all clones. What an object registers - a kernel's shell, an extension that a
server loads - is the business of that kernel or server alone: it is taken out, and registered
again by the clone that becomes that kernel or server.
"""

from __future__ import annotations

import atexit
import contextlib
import inspect
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import FrameType


@dataclass(frozen=True)
class _Handler:
    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


class ExitHandlers:
    """What was registered while `kept_apart`, and is not registered any more."""

    def __init__(self) -> None:
        self._handlers: list[_Handler] = []

    def add(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Note a handler, with what it is called with."""
        self._handlers.append(_Handler(function, args, kwargs))

    def remove(self, function: Callable[..., Any]) -> None:
        """Forget a handler, as often as it was noted."""
        self._handlers = [one for one in self._handlers if one.function != function]

    def register(self) -> None:
        """In the clone: have this process run them at its end."""
        for one in self._handlers:
            atexit.register(one.function, *one.args, **one.kwargs)


@contextlib.contextmanager
def kept_apart() -> Generator[ExitHandlers]:
    """In the parent: note what is registered meanwhile by what is made, and register it nowhere."""
    apart = ExitHandlers()
    register, unregister = atexit.register, atexit.unregister

    def note(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        if _is_for_all(function) or _is_importing(inspect.currentframe()):
            register(function, *args, **kwargs)
        else:
            apart.add(function, *args, **kwargs)
        return function

    def forget(function: Callable[..., Any], /) -> None:
        apart.remove(function)
        unregister(function)

    atexit.register, atexit.unregister = note, forget
    try:
        yield apart
    finally:
        atexit.register, atexit.unregister = register, unregister


def _is_for_all(function: Callable[..., Any]) -> bool:
    """All finalizers of a process have one handler, which the first of them registers."""
    return getattr(function, "__self__", None) is weakref.finalize


def _is_importing(frame: FrameType | None) -> bool:
    """Whether this code runs because a module is imported."""
    while frame is not None:
        spec = frame.f_globals.get("__spec__")
        if frame.f_code.co_name == "<module>" and getattr(spec, "_initializing", False):
            return True
        frame = frame.f_back
    return False


def leave_finalizers() -> None:
    """In a new process: what objects are to have done at an exit is done at their own process's.

    A module's temporary folder, say, is shared by all clones. (multiprocessing's finalizers see to
    that by themselves.)
    """
    registry: Any = weakref.finalize._registry  # type: ignore[attr-defined]  # noqa: SLF001
    for one in registry:
        one.atexit = False
