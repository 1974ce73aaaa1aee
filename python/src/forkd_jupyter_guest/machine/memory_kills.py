"""Tells an end for want of memory from any other SIGKILL: the kernel counts its own."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .reactor import ChildExit

CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUPS = Path("/proc/self/cgroup")

UNCLAIMED_S = 10.0
"""Who is ended is counted before its end is known, which on a machine without memory takes long."""


class MemoryKills:
    """The kernel's count of processes that it has ended for want of memory."""

    def __init__(self, *, is_vm: bool) -> None:
        """`is_vm`: the whole system is this sandbox's own, else its cgroup is."""
        self._is_vm = is_vm
        self._known = self._count()
        self._unclaimed = 0
        self._counted_at_s = monotonic()

    def took(self, child: ChildExit) -> bool:
        """Whether this one was among them; to be asked when its end becomes known."""
        if child.signal != signal.SIGKILL:
            return False
        self._look()
        if not self._unclaimed:
            return False
        self._unclaimed -= 1
        return True

    def _look(self) -> None:
        """Several are ended at once where the first wasn't enough: a kernel, then its server."""
        count, now = self._count(), monotonic()
        if now > self._counted_at_s + UNCLAIMED_S:
            # They were others than those whose ends we are told.
            self._unclaimed = 0
        if count > self._known:
            self._unclaimed += count - self._known
            self._known, self._counted_at_s = count, now

    def _count(self) -> int:
        for counters in [Path("/proc/vmstat")] if self._is_vm else _own_cgroup_counters():
            with contextlib.suppress(OSError):
                for line in counters.read_text(encoding="ascii").splitlines():
                    name, _, count = line.partition(" ")
                    if name == "oom_kill":
                        return int(count)
        return 0


def _own_cgroup_counters() -> Iterator[Path]:
    """The counters are cgroup v2's or v1's, whichever has the memory; a guest may have neither."""
    if not OWN_CGROUPS.exists():
        return
    for line in OWN_CGROUPS.read_text(encoding="utf-8").splitlines():
        _, controllers, group = line.split(":", 2)
        if not controllers:
            yield CGROUPS / group.lstrip("/") / "memory.events"
        elif "memory" in controllers.split(","):
            yield CGROUPS / "memory" / group.lstrip("/") / "memory.oom_control"
