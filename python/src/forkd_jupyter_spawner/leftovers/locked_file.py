"""Opens files that one process at a time owns; the kernel frees those of the dead."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
from pathlib import Path

OWNER_ONLY = 0o600


def open_locked(path: Path, flags: int, mode: int = OWNER_ONLY) -> int | None:
    """Open a file, made if there is none, and lock it; None while another holds it. Never waits.

    Raises OSError, also where something else than a file is in its place.

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
    descriptor = _open_anything(path, flags, mode)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError(errno.EINVAL, "it is no file")


def _open_anything(path: Path, flags: int, mode: int) -> int:
    # O_NONBLOCK: where a pipe is in its place, opening it would wait for the other end.
    flags |= os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
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
