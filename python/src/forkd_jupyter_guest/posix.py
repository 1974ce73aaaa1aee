"""The few Linux calls that Python's standard library does not offer."""

from __future__ import annotations

import ctypes
import os
import signal
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36

# Loaded once, before any fork: dlopen is not needed in the children.
_libc = ctypes.CDLL(None, use_errno=True)


def _prctl(option: int, argument: int) -> None:
    if _libc.prctl(option, argument, 0, 0, 0) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def die_with_parent(parent_pid: int) -> None:
    """Ask the kernel to SIGKILL this process when its parent ends.

    `parent_pid` is the pid that the parent had when it forked: if it is gone
    already, the request came too late and this process ends at once.
    """
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        os._exit(1)


def adopt_orphans() -> None:
    """Become the new parent of descendants whose own parent ends (PID 1 does so anyway)."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def set_hostname(name: str) -> bool:
    """Set the host name where this process may; False where it may not.

    A process sandbox shares the host's UTS namespace and must not rename the
    host: the caller decides (see `renewal`).
    """
    encoded = name.encode()
    return _libc.sethostname(encoded, len(encoded)) == 0


def children_of(pid: int) -> list[int]:
    """The direct children of a process, by the kernel's own list."""
    found: list[int] = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            listing = (task / "children").read_text(encoding="ascii")
            found.extend(int(word) for word in listing.split())
    except (FileNotFoundError, ProcessLookupError):
        return found
    return found
