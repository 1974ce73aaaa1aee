"""Entering a network namespace."""

from __future__ import annotations

import ctypes
import os

_CLONE_NEWNET = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)


def enter_network_namespace(file: str) -> None:
    """Move this thread, and what it forks from now on, to the network namespace of a file.

    Sockets stay where they were made. Raises FileNotFoundError where there is no such file, and
    PermissionError without CAP_SYS_ADMIN.
    """
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        # os.setns is there from Python 3.12 on.
        if _libc.setns(descriptor, _CLONE_NEWNET) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), file)
    finally:
        os.close(descriptor)
