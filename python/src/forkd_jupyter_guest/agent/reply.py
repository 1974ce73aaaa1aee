"""What the agent answers to an `eval`, at once or later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

Reply = dict[str, Any]


class Later(Protocol):
    """The value of an expression that is not known yet."""

    def on_settled(self, callback: Callable[[Reply], None]) -> None:
        """Call back once, with the whole reply."""


def success(text: str) -> Reply:
    """The reply to an expression whose value has this `repr`."""
    return {"result": text, "error": None, "exit_code": 0}


def failure(error: BaseException) -> Reply:
    """The reply to an expression that raised."""
    return {"result": None, "error": f"{type(error).__name__}: {error}", "exit_code": 1}
