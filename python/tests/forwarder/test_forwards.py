"""A sandbox's ways in and out of its namespace, and none besides."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import AsyncIterator, Iterator

import pytest

from forkd_jupyter_forwarder.errors import (
    AddressInUseError,
    BadRequestError,
    NoSuchNamespaceError,
)
from forkd_jupyter_forwarder.forwards import GUEST_ADDRESS, TAP_ADDRESS, Forward, Forwards, Target
from forkd_jupyter_forwarder.namespaces import Namespaces
from namespaces import needs_namespaces

pytestmark = needs_namespaces

ADDRESSES = ipaddress.IPv4Network("127.45.0.0/29")
"""Six of them, and none that a forwarder of this host's would use."""


@pytest.fixture
def forwards(namespaces: Namespaces) -> Iterator[Forwards]:
    made = Forwards(namespaces, ADDRESSES)
    yield made
    for forward in made.all:
        made.close(forward.sandbox)


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, text: bytes) -> None:
    with contextlib.suppress(ConnectionError):
        while line := await reader.readline():
            writer.write(text + line)
            await writer.drain()
    writer.close()


@pytest.fixture
async def hub() -> AsyncIterator[Target]:
    """On the host's loopback interface."""
    server = await asyncio.start_server(lambda r, w: _answer(r, w, b"hub: "), "127.0.0.1", 0)
    async with server:
        yield Target(*server.sockets[0].getsockname())


async def _guest_listens(
    namespaces: Namespaces, namespace: str, port: int, text: bytes = b"guest: "
) -> asyncio.Server:
    listener = await namespaces.listener(namespace, GUEST_ADDRESS, port)
    return await asyncio.start_server(lambda r, w: _answer(r, w, text), sock=listener)


async def _asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    writer.write(b"hello\n")
    return await reader.readline()


async def _ask(host: str, port: int) -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        return await _asked(reader, writer)
    finally:
        writer.close()


@contextlib.asynccontextmanager
async def _connected(
    forwards: Forwards, namespaces: Namespaces, namespace: str, hub: Target
) -> AsyncIterator[tuple[Forward, asyncio.StreamReader, asyncio.StreamWriter]]:
    """A forward, and a connection through it to a guest that has answered once."""
    forward = await forwards.open("sb-1", namespace, hub)
    async with await _guest_listens(namespaces, namespace, 8000):
        await forwards.expose("sb-1", [8000])
        reader, writer = await asyncio.open_connection(forward.host, 8000)
        try:
            assert await _asked(reader, writer) == b"guest: hello\n"
            yield forward, reader, writer
        finally:
            writer.close()


async def _ask_from_guest(namespaces: Namespaces, namespace: str, port: int) -> bytes:
    connection = await namespaces.socket(namespace)
    try:
        await asyncio.get_running_loop().sock_connect(connection, (TAP_ADDRESS, port))
    except OSError:
        connection.close()
        raise
    reader, writer = await asyncio.open_connection(sock=connection)
    try:
        return await _asked(reader, writer)
    finally:
        writer.close()


async def test_the_hub_reaches_the_guest_s_ports_and_the_guest_the_hub(
    forwards: Forwards, namespaces: Namespaces, namespace: str, hub: Target
) -> None:
    forward = await forwards.open("sb-1", namespace, hub)
    async with (
        await _guest_listens(namespaces, namespace, 8000, b"server: "),
        await _guest_listens(namespaces, namespace, 9001, b"shell: "),
    ):
        await forwards.expose("sb-1", [8000, 9001])

        assert await _ask(forward.host, 8000) == b"server: hello\n"
        assert await _ask(forward.host, 9001) == b"shell: hello\n"
        assert await _ask_from_guest(namespaces, namespace, hub.port) == b"hub: hello\n"


async def test_no_message_waits_for_the_acknowledgement_of_the_one_before(
    forwards: Forwards, namespaces: Namespaces, namespace: str, hub: Target
) -> None:
    async with _connected(forwards, namespaces, namespace, hub) as (forward, _, _):
        (relay,) = forward.relays
        delays = [
            side.connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            for side in relay.sides
        ]
        assert delays == [1, 1]


async def test_the_guest_reaches_nothing_else_of_the_host(
    forwards: Forwards, namespaces: Namespaces, namespace: str, hub: Target
) -> None:
    other = await asyncio.start_server(lambda r, w: _answer(r, w, b"secret: "), "127.0.0.1", 0)
    async with other:
        await forwards.open("sb-1", namespace, hub)
        port = other.sockets[0].getsockname()[1]
        with pytest.raises(ConnectionRefusedError):
            await _ask_from_guest(namespaces, namespace, port)


async def test_what_was_not_exposed_is_not_reached(
    forwards: Forwards, namespaces: Namespaces, namespace: str, hub: Target
) -> None:
    forward = await forwards.open("sb-1", namespace, hub)
    async with await _guest_listens(namespaces, namespace, 8000):
        with pytest.raises(ConnectionRefusedError):
            await _ask(forward.host, 8000)


async def test_what_is_open_already_stays_as_it_is(
    forwards: Forwards, namespaces: Namespaces, namespace: str, hub: Target
) -> None:
    async with _connected(forwards, namespaces, namespace, hub) as (forward, reader, writer):
        assert await forwards.open("sb-1", namespace, hub) is forward
        await forwards.expose("sb-1", [8000])

        assert await _asked(reader, writer) == b"guest: hello\n"


async def test_closing_ends_connections_and_frees_the_address(
    forwards: Forwards, namespaces: Namespaces, namespace: str, hub: Target
) -> None:
    async with _connected(forwards, namespaces, namespace, hub) as (forward, reader, writer):
        forwards.close("sb-1")

        with pytest.raises(ConnectionResetError):
            await reader.readline()
        writer.close()
        with pytest.raises(ConnectionRefusedError):
            await _ask(forward.host, 8000)
        assert (await forwards.open("sb-2", namespace, hub)).host == forward.host


async def test_a_namespace_s_next_sandbox_takes_the_way_of_the_one_before(
    forwards: Forwards, namespace: str, hub: Target
) -> None:
    await forwards.open("sb-1", namespace, hub)
    await forwards.open("sb-2", namespace, hub)

    assert [forward.sandbox for forward in forwards.all] == ["sb-2"]


async def test_a_namespace_has_the_address_of_its_number_or_else_a_free_one(
    namespaces: Namespaces, namespace: str, hub: Target
) -> None:
    number = int(namespace.rpartition("-")[2])
    wide, narrow = (
        Forwards(namespaces, ipaddress.IPv4Network(text))
        for text in ("127.47.0.0/16", "127.47.0.0/32")
    )

    assert (await wide.open("sb-1", namespace, hub)).host == f"127.47.0.{number}"
    wide.close("sb-1")
    assert (await narrow.open("sb-1", namespace, hub)).host == "127.47.0.0"
    with pytest.raises(AddressInUseError, match="all 1 addresses"):
        await narrow.open("sb-2", f"{namespace}-other", hub)
    narrow.close("sb-1")


async def test_a_guest_that_does_not_listen_is_a_reset(
    forwards: Forwards, namespace: str, hub: Target
) -> None:
    forward = await forwards.open("sb-1", namespace, hub)
    await forwards.expose("sb-1", [8000])

    with pytest.raises(ConnectionResetError):
        await _ask(forward.host, 8000)


async def test_a_namespace_that_is_not_there_is_named(forwards: Forwards, hub: Target) -> None:
    with pytest.raises(NoSuchNamespaceError, match="no network namespace forkd-child-404"):
        await forwards.open("sb-1", "forkd-child-404", hub)
    assert forwards.all == []


async def test_a_port_that_somebody_else_has_is_named(
    forwards: Forwards, namespaces: Namespaces, namespace: str, hub: Target
) -> None:
    taken = await namespaces.listener(namespace, TAP_ADDRESS, hub.port)
    with taken, pytest.raises(AddressInUseError, match=f"{TAP_ADDRESS}:{hub.port} in {namespace}"):
        await forwards.open("sb-1", namespace, hub)
    assert forwards.all == []


async def test_a_name_that_leads_elsewhere_is_refused(forwards: Forwards, hub: Target) -> None:
    with pytest.raises(BadRequestError, match="name of a network namespace"):
        await forwards.open("sb-1", "../../proc/1/ns/net", hub)


async def test_a_sandbox_that_is_not_open_exposes_nothing(forwards: Forwards) -> None:
    with pytest.raises(BadRequestError, match="nothing is open for the sandbox sb-1"):
        await forwards.expose("sb-1", [8000])
