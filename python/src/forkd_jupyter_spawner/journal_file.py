"""The journal's file: one JSON object a line, appended, on its way to the disk at once.

A line is handed to the kernel before its request is sent. Whatever becomes of the hub's
process, the kernel keeps it, and that costs microseconds. That it has reached the disk,
which makes a difference to a power failure only, a thread waits for meanwhile.
"""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from .errors import UnusableValueError
from .ledger import Event, from_json, to_json
from .locked_file import OWNER_ONLY, open_locked

LONG = 1024 * 1024
"""Bytes from which on a file is written anew."""

APPEND = os.O_WRONLY | os.O_APPEND

logger = logging.getLogger(__name__)


class JournalFile:
    """A file that this process alone has, until it ends."""

    def __init__(self, path: Path) -> None:
        """Raises UnusableValueError if the file can't be had."""
        self.path = path
        self._descriptor = _open(path)
        self._unsynced = False
        self._sync: asyncio.Task[None] | None = None

    def read(self) -> list[Event]:
        """All events; a line that a crash has torn is left out."""
        return list(_events(self.path.read_text(errors="replace").splitlines(), self.path))

    def append(self, event: Event) -> None:
        """Raises OSError if the kernel doesn't take it."""
        line = _line(event)
        if os.write(self._descriptor, line) < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._unsynced = True
        if self._sync is None or self._sync.done():
            self._sync = asyncio.create_task(self._sync_all(), name="forkd-journal")

    async def _sync_all(self) -> None:
        while self._unsynced:
            self._unsynced = False
            try:
                await asyncio.to_thread(os.fdatasync, self._descriptor)
            except OSError:
                logger.exception("%s cannot be written to the disk", self.path)

    @property
    def is_long(self) -> bool:
        """Whether it is time to write it anew, and possible: no thread has it in hand."""
        synced = self._sync is None or self._sync.done()
        return synced and os.fstat(self._descriptor).st_size > LONG

    def rewrite(self, events: Iterable[Event]) -> None:
        """Replace the file, in one step, by one with these events. Raises OSError."""
        new = self.path.with_name(f"{self.path.name}.new")
        new.unlink(missing_ok=True)
        descriptor = _open(new)
        os.write(descriptor, b"".join(map(_line, events)))
        os.fsync(descriptor)
        new.rename(self.path)
        self._descriptor, old = descriptor, self._descriptor
        os.close(old)


def _open(path: Path) -> int:
    try:
        descriptor = open_locked(path, APPEND, OWNER_ONLY)
    except OSError as error:
        raise UnusableValueError(
            f"ForkdSpawner.journal_file cannot be opened: {error.strerror}: {path.absolute()}; "
            "give a path that the hub may write to"
        ) from error
    if descriptor is None:
        raise UnusableValueError(
            f"ForkdSpawner.journal_file is in use by another hub: {path.absolute()}; "
            "give each hub a file of its own"
        )
    return descriptor


def _line(event: Event) -> bytes:
    # The newline comes first: a line that was torn spoils none but itself.
    return b"\n" + json.dumps(to_json(event)).encode()


def _events(lines: Iterable[str], path: Path) -> Iterator[Event]:
    for number, line in enumerate(lines, 1):
        if not line:
            continue
        try:
            yield from_json(json.loads(line))
        except (ValueError, TypeError, KeyError):
            logger.warning("line %d of %s cannot be read and is left out", number, path)
