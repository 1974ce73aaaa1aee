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

from ..errors import UnusableValueError
from .ledger import Event, from_json, to_json
from .locked_file import OWNER_ONLY, open_locked
from .trouble import Trouble

LONG = 1024 * 1024
"""Bytes from which on a file is written anew."""

APPEND = os.O_WRONLY | os.O_APPEND

logger = logging.getLogger(__name__)


class JournalFile:
    """A file that this process alone has, until it ends."""

    def __init__(self, path: Path) -> None:
        """Raises UnusableValueError if the file can't be had."""
        self.path = path
        self._descriptor = _open_own(path)
        self._unsynced = False
        self._sync: asyncio.Task[None] | None = None
        self._sync_trouble, self._rewrite_trouble = Trouble(logger), Trouble(logger)
        self._lacks_events = False
        """Whether the disk, when it was full for example, did not take something."""

    def read(self) -> list[Event]:
        """All events; a line that a crash has torn is left out."""
        return list(_events(self.path.read_text(errors="replace").splitlines(), self.path))

    def append(self, event: Event) -> None:
        """Raises OSError if the kernel doesn't take all of it."""
        try:
            _write_all(self._descriptor, _line(event))
        except OSError:
            self._lacks_events = True
            raise
        self._unsynced = True
        if self._sync is None or self._sync.done():
            self._sync = asyncio.create_task(self._sync_all(), name="forkd-journal")

    async def _sync_all(self) -> None:
        while self._unsynced:
            self._unsynced = False
            try:
                await asyncio.to_thread(os.fdatasync, self._descriptor)
            except OSError as error:
                self._lacks_events = True
                self._sync_trouble.begins(
                    "%s cannot be written to the disk: %s", self.path, error.strerror
                )
            else:
                self._sync_trouble.ends("%s can be written again", self.path)

    @property
    def should_be_rewritten(self) -> bool:
        """Whether it is long or lacks something, and can be: no thread has it in hand."""
        if self._sync is not None and not self._sync.done():
            return False
        return self._lacks_events or os.fstat(self._descriptor).st_size > LONG

    def rewrite(self, events: Iterable[Event]) -> None:
        """Replace the file, in one step, by one with these events; where that fails, it stays."""
        try:
            descriptor = _write_beside(self.path, b"".join(map(_line, events)))
        except OSError as error:
            self._rewrite_trouble.begins(
                "%s cannot be written anew (%s): it stays as it is", self.path, error.strerror
            )
            return
        self._rewrite_trouble.ends("%s can be written again", self.path)
        self._descriptor, old = descriptor, self._descriptor
        self._lacks_events = False
        os.close(old)


def _write_beside(path: Path, content: bytes) -> int:
    """Let a new file take the place of one, once it is on the disk; raises OSError."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    descriptor = open_locked(new, APPEND, OWNER_ONLY)
    if descriptor is None:
        raise BlockingIOError(errno.EWOULDBLOCK, f"another process holds {new.name}")
    try:
        _write_all(descriptor, content)
        os.fsync(descriptor)
        new.rename(path)
    except BaseException:
        os.close(descriptor)
        new.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)
    return descriptor


def _write_all(descriptor: int, content: bytes) -> None:
    """The kernel may take a part: then the next attempt says why it doesn't take the rest."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _sync_folder(folder: Path) -> None:
    """Have the new name on the disk: lines that follow would be lost with it."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        logger.warning("%s cannot be written to the disk: %s", folder, error.strerror)


def _open_own(path: Path) -> int:
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
