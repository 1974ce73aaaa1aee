"""One client of the agent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ..machine.link import as_line

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from ..machine.reactor import Reactor
    from .reply import Reply

MAX_REQUEST_BYTES = 8 * 1024 * 1024
"""An activation with 1 MiB of environment, escaped twice, fits."""


class Connection:
    """One client: reads one line, answers with one line, closes."""

    def __init__(
        self,
        reactor: Reactor,
        connection: socket.socket,
        answer: Callable[[Any, Callable[[Reply], None]], None],
    ) -> None:
        self._reactor = reactor
        self._socket = connection
        self._answer = answer
        self._received = bytearray()
        self._unsent = b""
        self._is_answered = False
        connection.setblocking(False)
        reactor.hold(connection)
        reactor.watch(connection, self._read)

    def _read(self) -> None:
        try:
            chunk = self._socket.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            self._close()
            return
        self._received += chunk
        if b"\n" in chunk or (not chunk and self._received):
            # Until the reply is due, the client has nothing to say that matters.
            self._reactor.unwatch(self._socket)
            self._dispatch()
        elif not chunk or len(self._received) > MAX_REQUEST_BYTES:
            self._close()

    def _dispatch(self) -> None:
        """Answer; whatever is wrong with a request, its answer says so."""
        try:
            self._answer(json.loads(self._received.partition(b"\n")[0]), self._send)
        except Exception as error:  # noqa: BLE001 (the one guard around every request)
            self._send({"error": f"{type(error).__name__}: {error}", "exit_code": 1})

    def _send(self, reply: Reply) -> None:
        if self._is_answered:
            return
        self._unsent = as_line(reply)
        self._is_answered = True
        self._reactor.watch(self._socket, self._write)
        self._reactor.watch_writable(self._socket, self._write)
        self._write()

    def _write(self) -> None:
        try:
            sent = self._socket.send(self._unsent)
        except BlockingIOError:
            return
        except OSError:
            sent = len(self._unsent)
        self._unsent = self._unsent[sent:]
        if not self._unsent:
            self._close()

    def _close(self) -> None:
        self._reactor.close(self._socket)
