"""What a machine can run out of, by the system's own names, and what gives it more."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

FEWER = "or start fewer servers at once"


@dataclass(frozen=True)
class Shortage:
    """One thing that there is no more of."""

    sentence: str
    """For anybody, with the name that can be searched for."""
    remedy: str
    """For whoever runs the machine."""
    mark: re.Pattern[str]
    """What a line of a log says of it."""

    @property
    def for_users(self) -> str:
        """A sentence of its own."""
        return f"{self.sentence[0].upper()}{self.sentence[1:]}."


_BY_NUMBER = {
    errno.EADDRNOTAVAIL: Shortage(
        "the machine has no local port left for another connection (EADDRNOTAVAIL)",
        f"widen `sysctl net.ipv4.ip_local_port_range`, {FEWER}",
        # A server that is to listen on an address of another machine is told the same.
        re.compile(r"connect.*Cannot assign requested address", re.IGNORECASE),
    ),
    errno.EMFILE: Shortage(
        "a process may open no more files and connections (EMFILE)",
        f"raise the limit with `ulimit -n` (LimitNOFILE of a systemd unit), {FEWER}",
        re.compile(r"Too many open files(?! in system)"),
    ),
    errno.ENFILE: Shortage(
        "the machine may open no more files (ENFILE)",
        f"raise the limit with `sysctl fs.file-max`, {FEWER}",
        re.compile(r"Too many open files in system"),
    ),
    errno.ENOBUFS: Shortage(
        "the kernel has no buffer left for a connection (ENOBUFS)",
        f"end other programs, {FEWER}",
        re.compile(r"No buffer space available"),
    ),
    errno.ENOMEM: Shortage(
        "the machine has no memory left (ENOMEM)",
        f"end other programs, {FEWER}",
        re.compile(r"\[Errno 12\] Cannot allocate memory"),
    ),
    errno.ENOSPC: Shortage(
        "a disk is full (ENOSPC)",
        "make room on it",
        re.compile(r"No space left on device"),
    ),
}


def shortage_of(error: BaseException) -> Shortage | None:
    """Whatever wraps it; None where nothing has run out."""
    for one in _with_causes(error):
        if isinstance(one, OSError) and one.errno in _BY_NUMBER:
            return _BY_NUMBER[one.errno]
    return None


def shortage_in(lines: Iterable[str]) -> Shortage | None:
    """What the last line says that speaks of one; None where none does."""
    for line in reversed(list(lines)):
        for shortage in _BY_NUMBER.values():
            if shortage.mark.search(line):
                return shortage
    return None


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or current.__context__
