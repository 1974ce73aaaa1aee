"""Keeps the creates of several hubs on one host from overlapping (see create_queue)."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import tempfile
import time
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from .errors import ControllerTimeoutError, UnusableValueError
from .locked_file import open_locked

PAUSE_S = 0.005
PATIENCE_S = 30.0
"""As long as a create of another hub may take by default: its request_timeout."""

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
ANYBODY_READS = 0o644
"""Hubs of several system users share the lock: who can read a file can lock it."""


class CreateLock:
    """One controller's, as a file that all hubs of the host see. Used as `async with`."""

    def __init__(self, url: str, folder: str = "") -> None:
        """`folder` is made by the operator; empty: the host's own for locks."""
        self._url = url
        self._path = Path(folder or _hosts_lock_folder()) / _file_name(url)
        self._descriptor: int | None = None

    async def __aenter__(self) -> None:
        """Free, as it nearly always is, it is taken at once: that costs microseconds."""
        deadline = time.monotonic() + PATIENCE_S
        while (descriptor := self._try()) is None:
            if time.monotonic() > deadline:
                raise ControllerTimeoutError(
                    f"another hub has been creating sandboxes at {self._url} for {PATIENCE_S:g} s "
                    f"(it holds {self._path})"
                )
            await asyncio.sleep(PAUSE_S)
        self._descriptor = descriptor

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
            return open_locked(self._path, os.O_RDONLY, ANYBODY_READS)
        except OSError as error:
            raise UnusableValueError(
                f"the lock for creating sandboxes cannot be opened: {error.strerror}: "
                f"{self._path}; c.ForkdSpawner.create_lock_folder names another folder"
            ) from error


def _hosts_lock_folder() -> str:
    folder = "/run/lock"
    return folder if os.access(folder, os.W_OK) else tempfile.gettempdir()


def _file_name(url: str) -> str:
    """One name for all ways to write the address of one controller."""
    parts = urlsplit(url)
    host = "loopback" if parts.hostname in LOOPBACK else parts.hostname
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return f"forkd-create-{hashlib.sha256(f'{host}:{port}'.encode()).hexdigest()[:16]}.lock"
