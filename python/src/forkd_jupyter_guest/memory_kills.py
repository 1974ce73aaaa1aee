"""Tells an end for want of memory from any other SIGKILL: the kernel counts its own."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .reactor import ChildExit

CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUPS = Path("/proc/self/cgroup")


class MemoryKills:
    """The kernel's count of processes that it has ended for want of memory."""

    def __init__(self, *, is_vm: bool) -> None:
        """`is_vm`: the whole system is this sandbox's own, else its cgroup is."""
        self._is_vm = is_vm
        self._known = self._count()

    def took(self, child: ChildExit) -> bool:
        """Whether this one was among them; to be asked when its end becomes known."""
        if child.signal != signal.SIGKILL:
            return False
        count = self._count()
        is_new, self._known = count > self._known, count
        return is_new

    def _count(self) -> int:
        for counters in [Path("/proc/vmstat")] if self._is_vm else _own_cgroup_counters():
            with contextlib.suppress(OSError):
                for line in counters.read_text(encoding="ascii").splitlines():
                    name, _, count = line.partition(" ")
                    if name == "oom_kill":
                        return int(count)
        return 0


def _own_cgroup_counters() -> Iterator[Path]:
    """Of cgroup v2 and v1, whichever of them has the memory; a guest's kernel may have neither."""
    if not OWN_CGROUPS.exists():
        return
    for line in OWN_CGROUPS.read_text(encoding="utf-8").splitlines():
        _, controllers, group = line.split(":", 2)
        if not controllers:
            yield CGROUPS / group.lstrip("/") / "memory.events"
        elif "memory" in controllers.split(","):
            yield CGROUPS / "memory" / group.lstrip("/") / "memory.oom_control"
