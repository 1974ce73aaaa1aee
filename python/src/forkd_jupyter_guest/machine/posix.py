"""The few Linux calls that Python's standard library does not offer."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
from collections.abc import Generator
from pathlib import Path

from forkd_jupyter_common.netns import enter_network_namespace

_MADV_COLLAPSE = 25
_HUGE_PAGE_BYTES = 2 << 20
_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_OWN_NETWORK = "/proc/thread-self/ns/net"

MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8

RB_AUTOBOOT = 0x0123_4567
RB_DISABLE_CAD = 0

# Loaded once, before any fork: dlopen is not needed in the children.
_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, file: str | None = None) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), file)


def _prctl(option: int, argument: int) -> None:
    _check(_libc.prctl(option, argument, 0, 0, 0))


def mount(source: str, target: str, kind: str, flags: int, options: str) -> None:
    """Mount a file system of this kind; raises OSError."""
    texts = [os.fsencode(text) for text in (source, target, kind, options)]
    _check(_libc.mount(*texts[:3], ctypes.c_ulong(flags), texts[3]))


def reboot(command: int) -> None:
    """Give the kernel one of the RB_ commands, of which RB_AUTOBOOT doesn't return."""
    _check(_libc.reboot(command))


def allow_inspection() -> None:
    """Have /proc/PID of this process belong to its user, also after it has changed users."""
    _prctl(_PR_SET_DUMPABLE, 1)


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


@contextlib.contextmanager
def children_offered_to_memory_killer(points: int) -> Generator[None]:
    """Have children that are started meanwhile be ended before this process for want of memory.

    By so many of 1000 `points`, with which they are born: a child that has yet to take them is no
    better victim than its parent.
    """
    if not points:
        yield
        return
    parent_pid = os.getpid()
    taken = _offer_to_memory_killer(points)
    try:
        yield
    finally:
        # A fork goes on from here twice, and the child keeps them.
        if os.getpid() == parent_pid:
            _offer_to_memory_killer(-taken)


def _offer_to_memory_killer(points: int) -> int:
    """Return the points that took effect; their negative takes the offer back."""
    score = Path("/proc/self/oom_score_adj")
    present = int(score.read_text(encoding="ascii"))
    offered = min(1000, present + points)
    score.write_text(str(offered), encoding="ascii")
    return offered - present


@contextlib.contextmanager
def in_network_namespace(file: str) -> Generator[None]:
    """Be in another network namespace for a while, to make sockets in it."""
    own = os.open(_OWN_NETWORK, os.O_RDONLY | os.O_CLOEXEC)
    try:
        enter_network_namespace(file)
        try:
            yield
        finally:
            enter_network_namespace(f"/proc/self/fd/{own}")
    finally:
        os.close(own)


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


def collapse_memory() -> None:
    """Put this process's own memory into huge pages, where the kernel can (Linux 6.1).

    A fork copies one entry for each page: with huge ones it takes 0.2 instead of 1 ms for 120 MiB.
    A child that writes to one still copies 4 KiB only.
    """
    for line in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines():
        span, access, _, _, _, *name = line.split(maxsplit=5)
        if access != "rw-p" or (name and name != ["[heap]"]):
            continue
        first, last = (int(part, 16) for part in span.split("-"))
        start = -(-first // _HUGE_PAGE_BYTES) * _HUGE_PAGE_BYTES
        length = (last - start) // _HUGE_PAGE_BYTES * _HUGE_PAGE_BYTES
        if length > 0:
            # Refused by an older kernel: then everything stays as it is.
            _libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(length), _MADV_COLLAPSE)
