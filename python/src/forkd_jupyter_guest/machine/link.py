"""The line between a sandbox's agent and the processes that it forked: one JSON object a line.

The agent's end lives in a `Reactor`; the other end in a server's or a kernel's
asyncio loop, or, before that loop runs, in plain blocking code.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

Message = dict[str, Any]

MAX_LINE_BYTES = 16 * 1024 * 1024
"""A kernel's environment of several MiB fits; who sends more without an end says nothing."""


class NoMessageError(Exception):
    """The other end doesn't keep to the protocol."""


def as_line(message: Message) -> bytes:
    """Return a message as it is sent."""
    return json.dumps(message).encode() + b"\n"


class LineBuffer:
    """Puts lines together from what is read piece by piece."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def lines(self, chunk: bytes) -> list[bytearray]:
        """The lines that a piece completes; raises NoMessageError where one has no end."""
        self._rest += chunk
        *lines, rest = self._rest.split(b"\n")
        if len(rest) > MAX_LINE_BYTES:
            message = f"a line of more than {MAX_LINE_BYTES} bytes"
            raise NoMessageError(message)
        self._rest = rest
        return lines


class LineSocket:
    """Sends and splits lines on a connected socket."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self._buffer = LineBuffer()

    def send(self, message: Message) -> None:
        """Send one message; lines are far smaller than a socket's buffer."""
        self.socket.sendall(as_line(message))

    def receive(self) -> list[Message] | None:
        """The messages that one read completes; None at the end of the stream.

        Raises NoMessageError for what is none: nothing that follows would be understood.
        """
        try:
            chunk = self.socket.recv(1 << 16)
        except ConnectionResetError:
            # It ended without having read all: an end like any other.
            return None
        if not chunk:
            return None
        return [_message(line) for line in self._buffer.lines(chunk)]


def _message(line: bytes | bytearray) -> Message:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        text = f"a line that is no JSON ({type(error).__name__})"
        raise NoMessageError(text) from None
    if not isinstance(message, dict):
        text = f"a line that is no object but {type(message).__name__}"
        raise NoMessageError(text)
    return message


class AgentLink:
    """A server's or kernel's end: requests with replies, and notices from the agent."""

    def __init__(self, connection: socket.socket) -> None:
        self._lines = LineSocket(connection)
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Message]] = {}
        self._listeners: list[Callable[[Message], None]] = []

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Read from this loop from now on."""
        loop.add_reader(self._lines.socket, self._read)

    def listen(self, callback: Callable[[Message], None]) -> None:
        """Call back for every message that is no reply."""
        self._listeners.append(callback)

    def send(self, message: Message) -> None:
        """Tell the agent something that has no reply."""
        self._lines.send(message)

    def close(self) -> None:
        """Hang up; called from the loop that it is attached to."""
        asyncio.get_running_loop().remove_reader(self._lines.socket)
        self._lines.socket.close()

    async def request(self, message: Message) -> Message:
        """Ask the agent; raises ConnectionError when it is gone, RuntimeError with its reason."""
        number = next(self._numbers)
        future = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        self._lines.send({**message, "request": number})
        reply: Message = await future
        if reply.get("error"):
            raise RuntimeError(reply["error"])
        return reply

    def _read(self) -> None:
        messages = self._lines.receive()
        if messages is None:
            asyncio.get_running_loop().remove_reader(self._lines.socket)
            self._fail_waiting()
            return
        for message in messages:
            future = self._waiting.pop(message.get("request", 0), None)
            if future is not None and not future.done():
                future.set_result(message)
            elif future is None:
                for listener in self._listeners:
                    listener(message)

    def _fail_waiting(self) -> None:
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(ConnectionError("the sandbox's agent is gone"))
        self._waiting.clear()
