"""Who holds the lock of a file, as the kernel tells everybody."""

from __future__ import annotations

import os
import pwd
import re
import stat
from dataclasses import dataclass
from pathlib import Path

LOCKS = Path("/proc/locks")


@dataclass(frozen=True)
class Holder:
    """A process and its user; None where nobody can tell."""

    pid: int | None
    uid: int | None

    def __str__(self) -> str:
        """As part of a sentence."""
        process = "a process" if self.pid is None else f"process {self.pid}"
        return f"{process} of {_user(self.uid)}"


def holder_of(path: Path) -> Holder:
    """Who holds a file's lock, or has put something in its place that can't be locked."""
    try:
        status = path.lstat()
    except OSError:
        return Holder(None, None)
    pid = _pid_in(_locks(), status)
    if pid is not None:
        return Holder(pid, _real_uid(pid))
    can_be_locked = stat.S_ISREG(status.st_mode) and os.access(path, os.R_OK)
    return Holder(None, None if can_be_locked else status.st_uid)


def _locks() -> str:
    """Some sandboxes have no such file: then nobody can tell."""
    try:
        return LOCKS.read_text()
    except OSError:
        return ""


def _pid_in(locks: str, status: os.stat_result) -> int | None:
    """Lines of those who only wait have an arrow in front."""
    major, minor = os.major(status.st_dev), os.minor(status.st_dev)
    file = f"{major:02x}:{minor:02x}:{status.st_ino}"
    line = re.search(rf"^\d+: FLOCK +\S+ +\S+ +(\d+) {file} ", locks, re.MULTILINE)
    return None if line is None else int(line[1])


def _real_uid(pid: int) -> int | None:
    """Not that of /proc/PID's owner, nor the effective one: a process can make both root's."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    line = re.search(r"^Uid:\s+(\d+)", status, re.MULTILINE)
    return None if line is None else int(line[1])


def _user(uid: int | None) -> str:
    if uid is None:
        return "an unknown user"
    try:
        return f"user {pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"user {uid}"
