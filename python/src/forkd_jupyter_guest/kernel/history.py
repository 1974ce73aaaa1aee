"""A kernel's history, in a sandbox that goes with its user's folder.

IPython opens its history when a kernel starts, and SQLite waits for the disk with each
of the four transactions that a new one takes: 10 to 100 ms until the kernel can be
talked to, on an ordinary disk. What that buys is that the history survives a crash of
the machine. A history in the sandbox's own folder doesn't survive the sandbox, so there
is nothing to wait for. One in a home folder that lasts is written as ever.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any


class PassingConnection(sqlite3.Connection):
    """A connection that leaves it to the system when the disk gets what was written."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """As sqlite3.connect does, which is given this class as its `factory`."""
        super().__init__(*args, **kwargs)
        # Transactions are as whole as ever when the kernel is killed: only the waiting is gone.
        self.execute("PRAGMA synchronous = OFF")


def connection_options(profile: Path, sandbox: Path) -> dict[str, Any]:
    """IPython's `HistoryManager.connection_options` for a profile's folder."""
    # The first is IPython's own default: its saving thread uses the connection, too.
    ordinary = {"check_same_thread": False}
    if not profile.resolve().is_relative_to(sandbox.resolve()):
        return ordinary
    return {**ordinary, "factory": PassingConnection}
