"""The network namespace that a process sandbox has in place of a microVM's own network.

Laid out by the controller as forkd lays out a microVM's surroundings, so the agent's address
there is the same in every sandbox, and can be reached from that namespace's neighbour only: the
controller, which can't go there, has a Unix socket beside it (docs/protocols.md §3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..machine import posix
from . import listeners

if TYPE_CHECKING:
    import socket


@dataclass(frozen=True)
class GuestNamespace:
    """Where it is, and the way in for the controller."""

    file: str
    """What `setns` takes: /run/netns/NAME."""
    agent_socket: str
    """Name of the Unix socket at which the agent listens, too."""

    @classmethod
    def parse(cls, value: dict[str, Any] | None) -> GuestNamespace | None:
        """Read it from a fork request; null: the sandbox shares its parent's network."""
        return None if value is None else cls(value["file"], value["agent_socket"])


def listen(address: str, namespace: GuestNamespace | None) -> list[socket.socket]:
    """Bind what the agent of a new sandbox serves; raises OSError.

    The process comes back to its own network: it has no other thread, so nobody sees it gone.
    """
    if namespace is None:
        return [listeners.listen(address)]
    with posix.in_network_namespace(namespace.file):
        inside = listeners.listen(address)
    try:
        return [inside, listeners.listen_at_name(namespace.agent_socket)]
    except OSError:
        inside.close()
        raise
