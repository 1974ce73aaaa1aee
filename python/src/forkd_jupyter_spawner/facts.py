"""What the spawner knows about sandboxes: frozen, typed, free of REST field names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .spans import Span


@dataclass(frozen=True)
class SandboxSpec:
    """What to fork. Equal specs can be asked for in one request."""

    snapshot_tag: str
    per_child_netns: bool = True
    memory_limit_mib: int | None = None
    prewarm: bool | None = None
    """This and the following switches: None leaves it to forkd."""
    live_fork: bool | None = None
    hugepages: bool | None = None
    further: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Fields of a later forkd, in its own words."""


@dataclass(frozen=True)
class Snapshot:
    """A snapshot as its controller lists it."""

    tag: str
    bootable: bool = True
    warning: str = ""
    """Why it isn't bootable, in the controller's words."""


@dataclass(frozen=True)
class Sandbox:
    """A sandbox as its controller lists it. Being listed is no proof of life."""

    id: str
    snapshot_tag: str
    host: str
    agent_port: int
    netns: str | None = None
    memory_limit_mib: int | None = None
    created_at_unix: int = 0
    """When it was made, by the controller's clock."""
    pid: int | None = None
    """The number of its process on the controller's host."""
    spans: tuple[Span, ...] = field(default=(), compare=False)
    """How its creation went, where the controller says so."""


@dataclass(frozen=True)
class Certificates:
    """With `internal_ssl`: what a server proves itself with, and whom it trusts. All PEM."""

    key: str = field(repr=False)
    certificate: str
    authorities: str


@dataclass(frozen=True)
class Identity:
    """What makes a warm sandbox one user's: the activation's request (docs/protocols.md §2)."""

    username: str
    environment: Mapping[str, str]
    args: tuple[str, ...] = ()
    certificates: Certificates | None = None


@dataclass(frozen=True)
class Activation:
    """The reply to an activation: the server listens and its first kernel is warm."""

    guest_version: str
    server_port: int
    hostname: str
    kernel_connection: Mapping[str, Any] | None
    """As in a Jupyter connection file; None when the first kernel is not the guest's to warm."""
    spans: tuple[Span, ...] = ()
    """The guest's, and the controller's where it has any."""


@dataclass(frozen=True)
class ServerExit:
    """How the server inside a sandbox ended."""

    exit_code: int | None
    signal: int | None
    out_of_memory: bool = False
    """Whether the guest's kernel ended it for want of memory."""

    @property
    def status(self) -> int:
        """As a shell tells it: 128 + n for signal n; 0 where nothing is known."""
        if self.signal is not None:
            return 128 + self.signal
        return self.exit_code or 0


@dataclass(frozen=True)
class GuestStatus:
    """Whose sandbox it is, and whether its server still runs."""

    nonce: str | None
    """None: nobody's (never activated)."""
    server_exit: ServerExit | None
    """None: the server runs."""
