"""Remembers why servers have ended, until they are started again: to be told to their users.

A server may end while nobody looks, and the hub forgets it at once: its pages say no more than
that it doesn't run. What is remembered here ends with the hub's process.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any
from weakref import WeakKeyDictionary

from ..telling.told import Told
from .liveness import EndKind, Obituary

_ends: WeakKeyDictionary[Any, dict[str, Told]] = WeakKeyDictionary()
"""By the hub's objects for its users: one who is deleted leaves nothing to another of that name."""

START_AGAIN = "Start it again when you need it."
UNSAVED = "What you had not saved is lost."
TELL_ADMIN = "If it happens again, tell the administrator of this hub."

_ADVICE: Mapping[EndKind, str] = {
    "ended": f"{UNSAVED} {START_AGAIN} {TELL_ADMIN}",
    "out-of-memory": f"{UNSAVED} Start it again and work with less data at a time, or choose a "
    "server with more memory if this hub offers one. If you need more than it offers, ask the "
    "administrator of this hub.",
    "gone": f"{UNSAVED} {START_AGAIN} {TELL_ADMIN}",
    "silent": f"{START_AGAIN} {TELL_ADMIN}",
}

_HAPPENED: Mapping[EndKind, str] = {
    "ended": "Your server has ended by itself.",
    "gone": "Your server is gone: the service that ran it was restarted or has removed it.",
    "silent": "Your server could not be reached for a long time, so it counts as stopped.",
}


def note_end(user: Any, server: str, memory_limit_mib: int | None, obituary: Obituary) -> None:
    """Remember why a server has ended."""
    _ends.setdefault(user, {})[server] = Told(
        _happened(obituary.kind, memory_limit_mib),
        _ADVICE[obituary.kind],
        obituary.last_lines,
        f"{obituary.kind}, {datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC",
    )


def _happened(kind: EndKind, memory_limit_mib: int | None) -> str:
    if kind != "out-of-memory":
        return _HAPPENED[kind]
    memory = "its memory" if memory_limit_mib is None else f"its {memory_limit_mib} MiB of memory"
    return f"Your server ran out of {memory} and was ended."


def forget_end(user: Any, server: str) -> None:
    """Forget it: the server runs again."""
    _ends.get(user, {}).pop(server, None)


def ends_of(user: Any, server: str | None = None) -> Sequence[tuple[str, Told]]:
    """What there is to be told to a user: of one server or, with None, of all of them."""
    ends = _ends.get(user, {})
    return sorted((name, told) for name, told in ends.items() if server in {None, name})
