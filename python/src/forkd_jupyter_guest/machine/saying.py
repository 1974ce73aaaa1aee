"""What the guest says in its sandbox's log."""

from __future__ import annotations

import contextlib
import sys


def say(sentence: str) -> None:
    """Write a line. A log that takes nothing, on a full disk for example, ends nobody."""
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(f"forkd: {sentence}\n")
        sys.stderr.flush()
