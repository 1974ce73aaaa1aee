"""One sandbox's agent, from the fork or the snapshot to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from ..machine import posix
from ..machine.reactor import Reactor
from .agent import Agent
from .sandbox import Sandbox

if TYPE_CHECKING:
    import socket

    from ..machine.site import SandboxSite


def serve(site: SandboxSite, *listeners: socket.socket) -> NoReturn:
    """Run a sandbox's agent until it is killed."""
    posix.adopt_orphans()
    reactor = Reactor()
    sandbox = Sandbox(site, reactor)
    # In a microVM it is root, which whoever works in there is not to become.
    Agent(reactor, listeners, sandbox.names(), obeys_own_machine=not site.is_vm)
    reactor.run()
