"""Where an agent listens."""

from __future__ import annotations

import socket

from ..machine.site import AGENT_PORT


def listen(address: str) -> socket.socket:
    """Bind the agent's socket; raises OSError (EADDRINUSE) when somebody else has it."""
    listener = socket.create_server((address, AGENT_PORT), backlog=128)
    listener.set_inheritable(False)
    return listener


def listen_at_name(name: str) -> socket.socket:
    """Bind a Unix socket, for who can't reach the agent's address; raises OSError.

    `name` with an `@` in front is one of Linux's abstract ones.
    """
    listener = socket.socket(socket.AF_UNIX)
    try:
        listener.bind(name.replace("@", "\0", 1))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener
