"""A process that the agent has forked, with a line to talk to it."""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from ..machine.fork import fork_child, redirect_output
from ..machine.link import LineSocket, Message, NoMessageError
from ..machine.saying import say

if TYPE_CHECKING:
    from ..machine.reactor import Reactor
    from ..machine.site import SandboxSite

# What a user computes is to cost a kernel, not the server, and never the agent. Each point is a
# thousandth of the limit, and all share most of their memory: a small limit needs many of them,
# as the agent counts up to 9 MiB of libraries more than a child that has only just been forked.
SERVER_MEMORY_POINTS = 900
KERNEL_MEMORY_POINTS = 1000


class Forked:
    """The agent's side of a server or a kernel."""

    def __init__(self, pid: int, lines: LineSocket) -> None:
        self.pid = pid
        self._lines = lines
        self.when_hung_up: Callable[[], None] = _nothing
        """Called once, when nothing is heard any more; the process may not have been reaped yet."""

    def tell(self, message: Message) -> bool:
        """Send a message; whether there was a line for it."""
        try:
            self._lines.send(message)
        except OSError:
            return False
        return True


def fork_with_line(
    reactor: Reactor,
    site: SandboxSite,
    run: Callable[[socket.socket], int],
    on_message: Callable[[Message], None],
    memory_points: int,
) -> Forked:
    """Fork a process that runs `run` with its end of the line; it writes to the sandbox's log.

    `memory_points`: as of `fork_child`.
    """
    ours, theirs = socket.socketpair()

    def child() -> int:
        ours.close()
        reactor.abandon()
        redirect_output(str(site.server_log))
        site.become_user()
        return run(theirs)

    try:
        pid = fork_child(child, memory_points=memory_points)
    except OSError:
        ours.close()
        raise
    finally:
        theirs.close()
    lines = LineSocket(ours)

    def read() -> None:
        try:
            messages = lines.receive()
        except NoMessageError as error:
            # What a user runs in there can write to the line, too.
            say(f"process {pid} is heard no more: it sent {error}")
            messages = None
        if messages is None:
            reactor.close(ours)
            reactor.guarded(forked.when_hung_up)
            return
        for message in messages:
            reactor.guarded(partial(on_message, message))

    forked = Forked(pid, lines)
    reactor.watch(ours, read)
    return forked


def _nothing() -> None:
    """Nobody minds."""
