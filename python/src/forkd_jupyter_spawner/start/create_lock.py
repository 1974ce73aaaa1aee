"""Keeps the creates of several hubs on one host from overlapping (see start/create_queue).

Who may write to the lock's folder takes part. In one that everybody may write to, as the host's
own for locks, hubs of several system users find each other without any configuration, and
anybody else can hold the lock as well: there, another user's process is waited for once, for
as long as a create may take, and then no longer.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import os
import stat
import tempfile
import time
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from ..errors import ControllerTimeoutError, UnusableValueError
from ..leftovers.locked_file import OWNER_ONLY, open_locked
from .lock_holder import holder_of

PAUSE_S = 0.005
PATIENCE_S = 30.0
"""A create of another hub may take this long by default: its request_timeout."""

ROOT = 0

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

logger = logging.getLogger(__name__)


class CreateLock:
    """One controller's, as a file that all hubs of the host see. Used as `async with`."""

    def __init__(self, url: str, folder: str = "") -> None:
        """`folder` is made by the operator; empty: the host's own for locks."""
        self._url = url
        self._path = Path(folder or _hosts_lock_folder()) / _file_name(url)
        self._descriptor: int | None = None
        self._no_longer_waited_for: set[int | None] = set()
        """Users, by their numbers."""

    async def __aenter__(self) -> None:
        """Free, as it nearly always is, it is taken at once: that costs microseconds."""
        deadline = time.monotonic() + PATIENCE_S
        while (descriptor := self._try()) is None:
            if self._goes_without():
                return
            if time.monotonic() > deadline:
                self._end_waiting()
                return
            await asyncio.sleep(PAUSE_S)
        self._descriptor = descriptor

    def _goes_without(self) -> bool:
        return bool(self._no_longer_waited_for) and (
            holder_of(self._path).uid in self._no_longer_waited_for
        )

    def _end_waiting(self) -> None:
        """Wait no more for good, if anybody could be the holder; raise if only a hub could be."""
        holder = holder_of(self._path)
        if not self._is_everybodys or holder.uid in {ROOT, os.getuid()}:
            raise ControllerTimeoutError(
                f"another hub has been creating sandboxes at {self._url} for {PATIENCE_S:g} s "
                f"({holder} holds {self._path})"
            )
        self._no_longer_waited_for.add(holder.uid)
        logger.error(
            "%s has held the lock for creating sandboxes (%s) for %g s, longer than a create may "
            "take: this hub waits for that user's processes no longer. If it is no hub, end it; "
            "c.ForkdSpawner.create_lock_folder names a folder that only hubs may write to",
            *(holder, self._path, PATIENCE_S),
        )

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Closing the file unlocks it; who waits for a file that is gone makes another."""
        if self._descriptor is not None:
            with contextlib.suppress(OSError):  # another user's, in a folder of everybody's
                self._path.unlink()
            os.close(self._descriptor)
            self._descriptor = None

    def _try(self) -> int | None:
        try:
            descriptor = open_locked(self._path, os.O_RDONLY, self._mode)
        except OSError as error:
            if self._is_occupied:
                return None
            raise UnusableValueError(
                f"the lock for creating sandboxes cannot be opened: {error.strerror}: "
                f"{self._path}; c.ForkdSpawner.create_lock_folder names another folder"
            ) from error
        if descriptor is not None:
            # Whatever the umask; it fails for what another user has made, which is as it made it.
            with contextlib.suppress(PermissionError):
                os.fchmod(descriptor, self._mode)
        return descriptor

    @property
    def _is_occupied(self) -> bool:
        """Whether another user has put there what can't be opened: its lock file, or worse."""
        with contextlib.suppress(OSError):
            return self._path.lstat().st_uid != os.getuid()
        return False

    @property
    def _mode(self) -> int:
        """Who can read a file can lock it: whoever may write to the folder, and nobody else."""
        may_write = self._folder_mode & (stat.S_IWGRP | stat.S_IWOTH)
        return OWNER_ONLY | may_write << 1

    @property
    def _is_everybodys(self) -> bool:
        return bool(self._folder_mode & stat.S_IWOTH)

    @property
    def _folder_mode(self) -> int:
        try:
            return self._path.parent.stat().st_mode
        except OSError:
            return 0  # opening the file says more


def _hosts_lock_folder() -> str:
    folder = "/run/lock"
    return folder if os.access(folder, os.W_OK) else tempfile.gettempdir()


def _file_name(url: str) -> str:
    """One name for all ways to write the address of one controller."""
    parts = urlsplit(url)
    host = "loopback" if parts.hostname in LOOPBACK else parts.hostname
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return f"forkd-create-{hashlib.sha256(f'{host}:{port}'.encode()).hexdigest()[:16]}.lock"
