"""Bytes from one connection to another, both ways, until both sides have said their last."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import cast

KEEP_ALIVE_IDLE_S = 30
KEEP_ALIVE_PROBES = 4
KEEP_ALIVE_INTERVAL_S = 10
"""A microVM that is killed says nothing: its connections are found dead after some 70 s."""

NO_LINGER = struct.pack("ii", 1, 0)

log = logging.getLogger(__name__)

Dial = Callable[[], Awaitable[socket.socket]]
"""Connects to the other side."""


class Relay:
    """One connection that came in, and the one that was made for it."""

    def __init__(self, dial: Dial, on_end: Callable[[Relay], None]) -> None:
        """`on_end` is called once, when nothing of it is left."""
        self._dial = dial
        self._on_end = on_end
        self.sides: list[_Side] = []
        self._dialling: asyncio.Task[None] | None = None
        self._open = 0

    def accept(self) -> asyncio.Protocol:
        """The protocol of the connection that came in."""
        return self._side(on_made=self._begin_dialling)

    def abort(self) -> None:
        """End both connections, whatever is still under way."""
        if self._dialling is not None:
            self._dialling.cancel()
        for side in self.sides:
            side.abort()

    def _side(self, on_made: Callable[[], None] = lambda: None) -> _Side:
        side = _Side(on_made, self._ended)
        self.sides.append(side)
        self._open += 1
        return side

    def _begin_dialling(self) -> None:
        self._dialling = asyncio.create_task(self._connect())

    async def _connect(self) -> None:
        ours = self.sides[0]
        try:
            theirs = await self._dial_side()
        except Exception as error:  # noqa: BLE001 (a namespace that is gone, say: nobody waits for this task)
            log.info("a connection is refused: %s: %s", type(error).__name__, error)
            # Whoever connected learns it as from a host that nobody listens on.
            ours.abort()
        else:
            ours.join(theirs)
            theirs.join(ours)

    async def _dial_side(self) -> _Side:
        dialled = await self._dial()
        try:
            _keep_alive(dialled)
            loop = asyncio.get_running_loop()
            _, side = await loop.connect_accepted_socket(self._side, dialled)
        except BaseException:
            dialled.close()
            raise
        return side

    def _ended(self, *, broken: bool) -> None:
        self._open -= 1
        if broken:
            self.abort()
        if self._open == 0:
            self._on_end(self)


class _Side(asyncio.Protocol):
    """One of the two connections; reads no faster than the other writes."""

    def __init__(self, on_made: Callable[[], None], on_lost: Callable[..., None]) -> None:
        self._on_made = on_made
        self._on_lost = on_lost
        self._transport: asyncio.Transport | None = None
        self._other: _Side | None = None
        self.has_said_all = False
        """Whether its peer has ended its half of the connection."""

    def join(self, other: _Side) -> None:
        """From here on, this one sends what the other receives."""
        self._other = other
        if not other.is_open:
            self.abort()
        other.resume()

    @property
    def connection(self) -> socket.socket:
        """Its socket, once it is made."""
        assert self._transport is not None  # noqa: S101 (nobody asks before)
        return self._transport.get_extra_info("socket")

    @property
    def is_open(self) -> bool:
        """Whether anything can still be sent."""
        return self._transport is not None and not self._transport.is_closing()

    def send(self, data: bytes) -> None:
        """Have it sent, or kept until it can be."""
        if self._transport is not None and self.is_open:
            self._transport.write(data)

    def end(self) -> None:
        """End our half of it, once all is sent; all of it, if its peer has ended the other half."""
        if self._transport is None or not self.is_open:
            return
        if self.has_said_all:
            self._transport.close()
            return
        with contextlib.suppress(OSError):  # not connected any more
            self._transport.write_eof()

    def pause(self) -> None:
        """Receive no more for now."""
        if self._transport is not None and self.is_open:
            self._transport.pause_reading()

    def resume(self) -> None:
        """Receive again."""
        if self._transport is not None and self.is_open:
            self._transport.resume_reading()

    def abort(self) -> None:
        """End it with a reset, so that half of a body doesn't look like the whole."""
        if self._transport is None or not self.is_open:
            return
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        self._transport.abort()

    # --- called by the event loop ------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Nothing is received before there is somebody to send it to."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.pause_reading()
        self._on_made()

    def data_received(self, data: bytes) -> None:
        """Hand it on."""
        if self._other is not None:
            self._other.send(data)

    def eof_received(self) -> bool:
        """Hand the end on; true while the other half of this connection stays open."""
        self.has_said_all = True
        if self._other is None:
            return False
        self._other.end()
        return not self._other.has_said_all

    def pause_writing(self) -> None:
        """Too much waits to be sent."""
        if self._other is not None:
            self._other.pause()

    def resume_writing(self) -> None:
        """It is sent."""
        if self._other is not None:
            self._other.resume()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell how it ended: a peer that hasn't said all was cut off."""
        self._on_lost(broken=exc is not None or not self.has_said_all)


def _keep_alive(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEP_ALIVE_IDLE_S)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, KEEP_ALIVE_INTERVAL_S)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, KEEP_ALIVE_PROBES)
