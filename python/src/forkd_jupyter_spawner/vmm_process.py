"""The process of a microVM, where it is on the hub's own host: its end is certain.

forkd keeps the row of a microVM that has died, and a ping of a dead one fails as that of a
paused one does. But the row names its process, which an operating system can be asked about.
The same number can also be another process: on another host, behind a tunnel, in another PID
namespace, or later. So it is looked at while the microVM has just been seen to live, and counts
only where it is Firecracker then; what is remembered says of which process, and where.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FIRECRACKER = "firecracker"

CGROUPS = Path("/sys/fs/cgroup")
"""Of version 2, which is forkd's."""

_STATE, _START_TICKS = 0, 19
"""Fields of /proc/PID/stat, counted from behind the name, which may hold spaces."""


@dataclass(frozen=True)
class VmmProcess:
    """One Firecracker process of this host."""

    pid: int
    start_ticks: int
    """Since boot, in clock ticks: with `pid` and `host` it is this process and no later one."""
    host: str
    """Which boot of which machine, and which PID namespace of it."""

    @classmethod
    def of(cls, pid: int | None) -> VmmProcess | None:
        """The process of a microVM that lives; None where it isn't to be seen from here."""
        if pid is None:
            return None
        try:
            name = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
            return cls(pid, int(_stat(pid)[_START_TICKS]), _here()) if name == FIRECRACKER else None
        except (OSError, ValueError, IndexError):
            return None

    @classmethod
    def from_json(cls, stored: Mapping[str, Any] | None) -> VmmProcess | None:
        """As `dataclasses.asdict` has written it; None where nothing usable was."""
        try:
            return None if stored is None else cls(**stored)
        except TypeError:
            return None

    def has_ended(self) -> bool:
        """True when it has ended for certain: what can't be seen, lives."""
        try:
            if self.host != _here():
                return False
            # Tells also of processes that /proc hides (hidepid).
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            pass  # it is another user's, so it is
        except OSError:
            return False
        try:
            stat = _stat(self.pid)
            # forkd doesn't reap its children: a dead one stays a zombie.
            return stat[_STATE] in "ZX" or int(stat[_START_TICKS]) != self.start_ticks
        except (OSError, ValueError, IndexError):
            return False

    def memory_limit_bytes(self) -> int | None:
        """What the host enforces; None: nothing, or nobody can tell."""
        try:
            lines = Path(f"/proc/{self.pid}/cgroup").read_text(encoding="utf-8").splitlines()
            group = next((line[3:] for line in lines if line.startswith("0::")), "")
            limit = (CGROUPS / group.lstrip("/") / "memory.max").read_text(encoding="ascii")
            return int(limit)
        except (OSError, ValueError):
            return None


def _stat(pid: int) -> list[str]:
    text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    return text.rpartition(")")[2].split()


def _here() -> str:
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
