"""The user of the system that a microVM's server and kernels run as; its agent stays root."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from . import posix


class NoAccountError(Exception):
    """The root disk has no user of this name."""


@dataclass(frozen=True)
class Account:
    """As /etc/passwd has it."""

    name: str
    uid: int
    gid: int
    home: Path
    shell: str

    @classmethod
    def named(cls, name: str) -> Account:
        """Look it up; raises NoAccountError."""
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            message = f"/etc/passwd has no user {name!r}: name another with forkd.account=NAME"
            raise NoAccountError(message) from None
        home = Path(entry.pw_dir)
        return cls(name, entry.pw_uid, entry.pw_gid, home, entry.pw_shell or "/bin/sh")

    @property
    def environment(self) -> dict[str, str]:
        """What a login would set."""
        return {"USER": self.name, "LOGNAME": self.name, "SHELL": self.shell}

    def give(self, *paths: Path) -> None:
        """Make it the owner of files or folders, which nobody else can have replaced by then."""
        for path in paths:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def become(self) -> None:
        """In a forked child: give up root, for good."""
        parent_pid = os.getppid()
        os.setgroups(os.getgrouplist(self.name, self.gid))
        os.setgid(self.gid)
        os.setuid(self.uid)
        # The kernel takes both back with the old identity: who looks at its own process, or at a
        # kernel of the same user, finds it root's otherwise.
        posix.allow_inspection()
        posix.die_with_parent(parent_pid)
