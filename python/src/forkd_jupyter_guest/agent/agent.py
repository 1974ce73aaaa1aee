"""forkd's guest agent: `ping`, `exec`, `eval`, one JSON object a line on TCP port 8888.

The protocol is forkd's (docs/protocols.md §1, recorded in fixtures/forkd). What
is ours: an `eval` whose value is `Later` is answered when that is settled, so
that an activation can wait for a server while pings go on being answered.
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ..machine.saying import say
from .command import Command
from .connection import Connection
from .reply import failure, success

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable

    from ..machine.reactor import Reactor
    from .reply import Reply

ACCEPT_AGAIN_S = 0.1
"""After there was no descriptor for a connection."""


class Agent:
    """Serves one sandbox's agent socket from a reactor."""

    def __init__(
        self,
        reactor: Reactor,
        listeners: Iterable[socket.socket],
        names: dict[str, Any],
        *,
        obeys_own_machine: bool = True,
    ) -> None:
        """`names` is what expressions can use, beside `numpy` and `np`.

        `obeys_own_machine`: whether connections from the machine that it runs on are answered.
        """
        self._reactor = reactor
        self._obeys_own_machine = obeys_own_machine
        self._names = {"numpy": np, "np": np, **names}
        for listener in listeners:
            listener.setblocking(False)
            self._listen(listener)

    def _accept(self, listener: socket.socket) -> None:
        try:
            while True:
                self._welcome(*listener.accept())
        except (BlockingIOError, ConnectionError):
            return
        except OSError as error:
            # Out of descriptors or memory, say. Whoever waits goes on waiting meanwhile.
            say(f"no connection can be accepted: {error}")
            self._reactor.unwatch(listener)
            self._reactor.call_later(ACCEPT_AGAIN_S, lambda: self._listen(listener))

    def _listen(self, listener: socket.socket) -> None:
        self._reactor.watch(listener, partial(self._accept, listener))

    def _welcome(self, connection: socket.socket, peer: Any) -> None:
        if self._obeys_own_machine or not _is_within(connection.getsockname(), peer):
            Connection(self._reactor, connection, self.answer)
        else:
            connection.close()

    def answer(self, request: Any, reply: Callable[[Reply], None]) -> None:
        """Answer one request, at once or later."""
        action = request.get("action") if isinstance(request, dict) else None
        match action:
            case "ping":
                reply(_pong())
            case "eval":
                self._evaluate(str(request.get("code", "")), reply)
            case "exec":
                Command(self._reactor, request).start(reply)
            case _:
                reply({"error": f"unknown action: {action}", "exit_code": 1})

    def _evaluate(self, code: str, reply: Callable[[Reply], None]) -> None:
        try:
            value = eval(code, dict(self._names))  # noqa: S307 (that is the protocol)
            text = None if hasattr(value, "on_settled") else repr(value)
        except BaseException as error:  # noqa: BLE001 (an expression may raise anything, also SystemExit)
            reply(failure(error))
            return
        if text is None:
            value.on_settled(reply)
        else:
            reply(success(text))


def _pong() -> Reply:
    return {
        "pong": True,
        "agent_lang": "python",
        "numpy_version": np.__version__,
        "pid": os.getpid(),
        "warmup_ready": True,
    }


def _is_within(own: tuple[str, int], peer: tuple[str, int]) -> bool:
    """Whether both ends are this machine's: on it, no other source address can be chosen."""
    return own[0] == peer[0] or any(address.startswith("127.") for address, _ in (own, peer))
