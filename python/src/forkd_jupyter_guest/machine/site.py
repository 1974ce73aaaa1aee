"""Where one sandbox lives: its address, its ports and its folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .account import Account

AGENT_PORT = 8888
"""forkd's controller connects to the guest agent here."""

EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 (a microVM has a network of its own)

SERVER_PORT = 8000
"""The single-user server. Fixed: every sandbox has an address of its own."""

KERNEL_PORTS = {
    "shell_port": 9001,
    "iopub_port": 9002,
    "stdin_port": 9003,
    "control_port": 9004,
    "hb_port": 9005,
}
"""The first kernel's ports, so that what forwards them can be set up ahead of time."""


@dataclass(frozen=True)
class SandboxSite:
    """Facts that a clone knows of itself before it is activated."""

    sandbox_id: str
    address: str
    """IPv4 address to bind: the sandbox's own loopback address, or 0.0.0.0 in a microVM."""
    directory: Path
    """Writable, private to the sandbox, gone with it."""
    is_vm: bool = False
    """Whether host name, clock and the whole system are this sandbox's own."""
    account: Account | None = None
    """Whom server and kernels run as; None: whoever runs the agent."""

    @property
    def home(self) -> Path:
        """The user's home folder, unless the activation's environment names one."""
        if self.account is not None:
            return self.account.home
        return self.directory / "home"

    @property
    def temporary(self) -> Path:
        """What TMPDIR points to."""
        if self.is_vm:
            return Path("/tmp")  # noqa: S108 (nobody else's)
        return self.directory / "tmp"

    @property
    def runtime(self) -> Path:
        """Connection files (mode 0700)."""
        return self.directory / "runtime"

    @property
    def server_log(self) -> Path:
        """Output of the server and its kernels."""
        return self.directory / "server.log"

    def certificate(self, name: str) -> Path:
        """Where a file for encrypted connections is kept."""
        return self.directory / "certificates" / f"{name}.pem"

    def write_certificates(self, texts: Mapping[str, str]) -> None:
        """Keep them, readable by this sandbox's user only."""
        for name, text in texts.items():
            file = self.certificate(name)
            file.parent.mkdir(mode=0o700, exist_ok=True)
            file.touch(mode=0o600)
            file.write_text(text, encoding="ascii")
            self.give(file.parent, file)

    def make_folders(self) -> None:
        """Create what the server expects to exist."""
        for folder in (self.home, self.temporary, self.runtime):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.give(self.home, self.runtime)

    def give(self, *paths: Path) -> None:
        """Make files or folders that the agent has made its user's."""
        if self.account is not None:
            self.account.give(*paths)

    def become_user(self) -> None:
        """In a forked server or kernel: be no more than its user."""
        if self.account is not None:
            self.account.become()

    def last_log_lines(self, count: int) -> list[str]:
        """The end of the server's log; empty when there is none."""
        try:
            with self.server_log.open("rb") as log:
                log.seek(max(0, os.fstat(log.fileno()).st_size - 200 * count))
                return log.read().decode(errors="replace").splitlines()[-count:]
        except FileNotFoundError:
            return []
