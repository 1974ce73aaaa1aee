"""The process of a microVM, where it is on the hub's own host: its end is certain.

forkd keeps the row of a microVM that has died, and a ping of a dead one fails as that of a
paused one does. But the row names its process, which an operating system can be asked about.
The same number can also be another process: on another host, behind a tunnel, in another PID
namespace, or later. So it is looked at when the microVM has just been made, and counts only where
it is a Firecracker as old as the row; what is remembered says of which process, and where.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..facts import Sandbox

FIRECRACKER = "firecracker"

CGROUPS = Path("/sys/fs/cgroup")
"""Where cgroups of version 2 are, which forkd uses."""

SAME_AGE_S = 60.0
"""Between a microVM's start and its row is its creation, which may take as long as a request."""

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
    def of(cls, sandbox: Sandbox) -> VmmProcess | None:
        """The process of a new microVM; None where it isn't to be seen from here."""
        pid = sandbox.pid
        if pid is None:
            return None
        try:
            name = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
            start_ticks = int(_stat(pid)[_START_TICKS])
            is_it = name == FIRECRACKER and _is_as_old(start_ticks, sandbox.created_at_unix)
            return cls(pid, start_ticks, _here()) if is_it else None
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
            return int((self._cgroup() / "memory.max").read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    def ran_out_of_memory(self) -> bool:
        """Whether its limit has ended it: a zombie's cgroup is still known, and has counted it."""
        try:
            if int(_stat(self.pid)[_START_TICKS]) != self.start_ticks:
                return False
            events = (self._cgroup() / "memory.events").read_text(encoding="ascii")
            counts = dict(line.split() for line in events.splitlines())
        except (OSError, ValueError, IndexError):
            return False
        return self.memory_limit_bytes() is not None and counts.get("oom_kill", "0") != "0"

    def _cgroup(self) -> Path:
        lines = Path(f"/proc/{self.pid}/cgroup").read_text(encoding="utf-8").splitlines()
        group = next((line[3:] for line in lines if line.startswith("0::")), "")
        return CGROUPS / group.lstrip("/")


def _is_as_old(start_ticks: int, created_at_unix: int) -> bool:
    age_s = time.clock_gettime(time.CLOCK_BOOTTIME) - start_ticks / os.sysconf("SC_CLK_TCK")
    return abs(time.time() - age_s - created_at_unix) < SAME_AGE_S


def _stat(pid: int) -> list[str]:
    text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    return text.rpartition(")")[2].split()


def _here() -> str:
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
