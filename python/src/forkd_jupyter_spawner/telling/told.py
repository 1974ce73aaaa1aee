"""What a user is told of a server that could not be started, or that has ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .page_parts import render_part


@dataclass(frozen=True)
class Told:
    """In plain words: what the administrator can do about it is in the hub's log."""

    happened: str
    """A sentence."""
    advice: str
    """What the user can do."""
    last_lines: Sequence[str] = ()
    """The last lines of the server's log, as they may be shown."""
    reference: str = ""
    """An administrator finds it by this in the hub's log and in the manual."""

    def as_html(self) -> str:
        """For any of the hub's pages."""
        return render_part("told.html", told=self)
