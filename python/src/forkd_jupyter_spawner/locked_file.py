"""Opens files of which one process at a time is the owner; the kernel frees those of the dead."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

OWNER_ONLY = 0o600


def open_locked(path: Path, flags: int, mode: int = OWNER_ONLY) -> int | None:
    """Open a file, made if there is none, and lock it; None while another holds it. Never waits.

    The lock is the descriptor's: it ends when that is closed, by a SIGKILL as well.
    """
    descriptor = _open(path, flags, mode)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_at(path, descriptor):
            return descriptor
    except BlockingIOError:
        pass
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


def _open(path: Path, flags: int, mode: int) -> int:
    flags |= os.O_CLOEXEC | os.O_NOFOLLOW
    # Without O_CREAT first: in a folder that everybody may write to, the kernel can refuse it
    # for a file that another user has made (fs.protected_regular).
    with contextlib.suppress(FileNotFoundError):
        return os.open(path, flags)
    return os.open(path, flags | os.O_CREAT, mode)


def _is_at(path: Path, descriptor: int) -> bool:
    """Whether the path still names the file: it may have been replaced before it was locked."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
