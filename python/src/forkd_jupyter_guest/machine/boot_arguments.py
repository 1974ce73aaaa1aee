"""What the kernel's command line tells a microVM's guest: words of the form `forkd.NAME=VALUE`."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

PREFIX = "forkd."

SIZES = {"/run": "64m", "/tmp": "50%", "/var/tmp": "10%", "/home": "50%", "/dev/shm": "50%"}  # noqa: S108 (a machine's own)
"""Where a guest can write, and how much at most: a share of its memory, or bytes, as of tmpfs."""

NOT_MOUNTED = "none"
"""The size of a folder that stays as the root disk has it."""


class BootArgumentError(Exception):
    """A word of the command line cannot be meant as it is written; the text says why."""


@dataclass(frozen=True)
class BootArguments:
    """Facts that are decided when the machine is started, not when its disk is made."""

    account: str = "jovyan"
    """Name of the user whose server and kernels run here (`forkd.account`)."""
    nameserver: str | None = None
    """Address of a DNS server; None: there is no DNS (`forkd.nameserver`)."""
    time_zone: str = "UTC"
    """A name in /usr/share/zoneinfo (`forkd.time_zone`)."""
    sizes: dict[str, str] = field(default_factory=SIZES.copy)
    """Writable folder to size (`forkd.size=/home:2g`, once for each folder that differs)."""
    environment: dict[str, str] = field(default_factory=dict[str, str])
    """Variables for all processes (`forkd.env=NAME=VALUE`, once for each)."""

    @classmethod
    def of_this_machine(cls) -> BootArguments:
        """As the kernel was told, or the variable FORKD_BOOT_ARGUMENTS where it is set."""
        text = os.environ.get("FORKD_BOOT_ARGUMENTS")
        if text is None:
            text = Path("/proc/cmdline").read_text(encoding="utf-8")
        return cls.parse(text)

    @classmethod
    def parse(cls, text: str) -> BootArguments:
        """Read a command line; raises BootArgumentError for a word that is ours and wrong."""
        found = cls()
        simple: dict[str, str] = {}
        for word in text.split():
            if not word.startswith(PREFIX):
                continue
            name, equals, value = word.removeprefix(PREFIX).partition("=")
            if not equals or not value:
                raise BootArgumentError(f"{word!r} has no value")
            if name in {"account", "nameserver", "time_zone"}:
                simple[name] = value
            elif name == "size":
                found.sizes.update([_pair(word, value, ":")])
            elif name == "env":
                found.environment.update([_pair(word, value, "=")])
            else:
                raise BootArgumentError(f"{word!r}: there is no {PREFIX}{name}")
        return cls(**simple, sizes=found.sizes, environment=found.environment)


def _pair(word: str, text: str, separator: str) -> tuple[str, str]:
    name, found, value = text.rpartition(separator) if separator == ":" else text.partition("=")
    if not found or not name or not value:
        raise BootArgumentError(f"{word!r} is not of the form NAME{separator}VALUE")
    return name, value
