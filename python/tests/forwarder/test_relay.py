"""Bytes go both ways, in full, as fast as the slower side takes them."""

from __future__ import annotations

import asyncio
import hashlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from forkd_jupyter_forwarder.errors import NoSuchNamespaceError, NotPermittedError
from forkd_jupyter_forwarder.namespaces import Namespaces
from forkd_jupyter_forwarder.relay import Dial, Relay
from spawner.driving import until

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

MIB = 1 << 20
DEADLINE_S = 60.0


class _Relays:
    """A server whose every connection is relayed to another server."""

    def __init__(self) -> None:
        self.open: set[Relay] = set()
        self.port = 0

    async def until_open(self, number: int) -> None:
        async def are_open() -> bool:
            return len(self.open) == number

        await until(are_open, f"{number} relays are open")


@asynccontextmanager
async def _relayed(serve: Serve) -> AsyncIterator[_Relays]:
    target = await asyncio.start_server(serve, "127.0.0.1")
    relays = _Relays()
    async with target, _relaying_to(target.sockets[0].getsockname(), relays):
        yield relays


@asynccontextmanager
async def _relaying_to(address: tuple[str, int], relays: _Relays) -> AsyncIterator[None]:
    async def dial() -> socket.socket:
        connection = socket.socket()
        connection.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(connection, address)
        except OSError:
            connection.close()
            raise
        return connection

    async with _relaying(dial, relays):
        yield


@asynccontextmanager
async def _relaying(dial: Dial, relays: _Relays) -> AsyncIterator[None]:
    def accept() -> asyncio.Protocol:
        relay = Relay(dial, relays.open.discard)
        relays.open.add(relay)
        return relay.accept()

    loop = asyncio.get_running_loop()
    async with await loop.create_server(accept, "127.0.0.1", 0) as front:
        relays.port = front.sockets[0].getsockname()[1]
        yield


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


@pytest.mark.parametrize(
    "error", [NoSuchNamespaceError("gone"), NotPermittedError("no"), RuntimeError("a fault")]
)
async def test_a_connection_whose_other_side_cannot_be_dialled_is_reset(error: Exception) -> None:
    async def dial() -> socket.socket:
        raise error

    relays = _Relays()
    async with _relaying(dial, relays):
        async with asyncio.timeout(DEADLINE_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", relays.port)
            with pytest.raises(ConnectionResetError):
                await reader.read()
        writer.close()
        await relays.until_open(0)


async def test_a_namespace_that_has_vanished_is_the_end_of_a_connection(tmp_path: Path) -> None:
    namespaces = Namespaces(tmp_path)
    relays = _Relays()
    async with _relaying(lambda: namespaces.socket("forkd-child-1"), relays):
        async with asyncio.timeout(DEADLINE_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", relays.port)
            with pytest.raises(ConnectionResetError):
                await reader.read()
        writer.close()
        await relays.until_open(0)
    namespaces.close()


async def test_each_half_of_a_connection_ends_by_itself() -> None:
    async def count_then_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received = await reader.read()  # until the client has said its last
        writer.write(f"{len(received)} bytes".encode())
        writer.close()

    async with _relayed(count_then_answer) as relays:
        reader, writer = await asyncio.open_connection("127.0.0.1", relays.port)
        writer.write(b"x" * 1000)
        writer.write_eof()
        assert await reader.read() == b"1000 bytes"
        writer.close()
        await relays.until_open(0)


async def test_a_server_may_say_its_last_before_its_client_does() -> None:
    heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def greet_and_listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        writer.write_eof()
        heard.set_result(await reader.read())
        writer.close()

    async with _relayed(greet_and_listen) as relays:
        reader, writer = await asyncio.open_connection("127.0.0.1", relays.port)
        assert await reader.read() == b"hello"
        writer.write(b"and more")
        writer.write_eof()
        assert await asyncio.wait_for(heard, DEADLINE_S) == b"and more"
        writer.close()
        await relays.until_open(0)


async def test_a_hundred_megabytes_arrive_as_they_were_sent() -> None:
    async def digest(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received = hashlib.sha256()
        while data := await reader.read(MIB):
            received.update(data)
        writer.write(received.hexdigest().encode())
        writer.close()

    async with _relayed(digest) as relays:
        reader, writer = await asyncio.open_connection("127.0.0.1", relays.port)
        sent = hashlib.sha256()
        for number in range(100):
            block = bytes([number]) * MIB
            sent.update(block)
            writer.write(block)
            await writer.drain()
        writer.write_eof()
        assert (await reader.read()).decode() == sent.hexdigest()
        writer.close()


async def test_who_reads_slowly_slows_the_sender_down() -> None:
    reading = asyncio.Event()

    async def read_when_told(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reading.wait()
        await _echo(reader, writer)

    async with _relayed(read_when_told) as relays:
        reader, writer = await asyncio.open_connection("127.0.0.1", relays.port)
        block = b"x" * MIB

        async def send_all() -> None:
            for _ in range(64):
                writer.write(block)
                await writer.drain()
            writer.write_eof()

        # What the buffers of three connections hold is a few MiB: the rest must wait.
        sending = asyncio.create_task(send_all())
        _, pending = await asyncio.wait([sending], timeout=1)
        assert pending == {sending}
        reading.set()
        for _ in range(64):
            assert await asyncio.wait_for(reader.readexactly(MIB), DEADLINE_S) == block
        writer.close()
        await relays.until_open(0)


async def test_a_reset_is_handed_on_as_one() -> None:
    async def cut_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"half of a bo")
        await writer.drain()
        connection = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        writer.transport.abort()

    async with _relayed(cut_off) as relays:
        reader, writer = await asyncio.open_connection("127.0.0.1", relays.port)
        writer.write(b"x")
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(reader.read(), DEADLINE_S)
        await relays.until_open(0)


async def test_where_nobody_listens_a_connection_is_reset() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = free.getsockname()
    relays = _Relays()
    async with _relaying_to(address, relays):
        reader, _ = await asyncio.open_connection("127.0.0.1", relays.port)
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(reader.read(), DEADLINE_S)
        await relays.until_open(0)


async def test_two_thousand_connections_at_once_each_get_their_own_answer() -> None:
    async with _relayed(_echo) as relays:

        async def ask(number: int) -> bytes:
            reader, writer = await asyncio.open_connection("127.0.0.1", relays.port)
            writer.write(b"%d\n" % number)
            answer = await reader.readline()
            await all_have_asked.wait()
            writer.close()
            return answer

        all_have_asked = asyncio.Event()
        asking = [asyncio.create_task(ask(number)) for number in range(2000)]
        await relays.until_open(len(asking))
        all_have_asked.set()
        assert await asyncio.gather(*asking) == [b"%d\n" % number for number in range(2000)]
        await relays.until_open(0)


async def test_an_aborted_relay_ends_both_sides() -> None:
    async with _relayed(_echo) as relays:
        reader, writer = await asyncio.open_connection("127.0.0.1", relays.port)
        writer.write(b"x")
        assert await reader.readexactly(1) == b"x"
        for relay in list(relays.open):
            relay.abort()
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(reader.read(), DEADLINE_S)
        await relays.until_open(0)
