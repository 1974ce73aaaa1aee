"""A sandbox may be gone before its way in is open: nothing of it may stay open then."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from forkd_jupyter_forwarder import namespaces as namespaces_module
from forkd_jupyter_forwarder.errors import ForwarderError
from forkd_jupyter_forwarder.forwards import Forwards, Target
from forkd_jupyter_forwarder.namespaces import Namespaces
from namespaces import needs_namespaces

pytestmark = needs_namespaces

ADDRESSES = ipaddress.IPv4Network("127.46.0.0/29")
"""Addresses that no forwarder of this host would use."""
HUB = Target("127.0.0.1", 8081)


@pytest.fixture
def may_listen(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Holds up every listener until it is set."""
    event = threading.Event()
    original = namespaces_module.listening_socket

    def held_up(address: str, port: int) -> socket.socket:
        event.wait()
        return original(address, port)

    monkeypatch.setattr(namespaces_module, "listening_socket", held_up)
    yield event
    event.set()


async def _begun(opening: Callable[[], Any]) -> asyncio.Task[Any]:
    """A request that waits for its listener."""
    task = asyncio.create_task(opening())
    await asyncio.sleep(0)
    assert not task.done()
    return task


async def test_a_close_that_overtakes_its_open_leaves_no_listener(
    namespaces: Namespaces, namespace: str, may_listen: threading.Event
) -> None:
    forwards = Forwards(namespaces, ADDRESSES)
    opening = await _begun(lambda: forwards.open("sb-1", namespace, HUB))
    forwards.close("sb-1")
    may_listen.set()
    with pytest.raises(ForwarderError, match="sb-1 was closed before it was open"):
        await opening
    assert forwards.all == []
    listener = await namespaces.listener(namespace, "10.42.0.1", HUB.port)
    listener.close()


async def test_an_open_that_failed_does_not_close_the_one_that_came_after_it(
    namespaces: Namespaces, namespace: str, may_listen: threading.Event
) -> None:
    forwards = Forwards(namespaces, ADDRESSES)
    first = await _begun(lambda: forwards.open("sb-1", namespace, HUB))
    second = await _begun(lambda: forwards.open("sb-1", namespace, Target("127.0.0.1", 8082)))
    may_listen.set()
    with pytest.raises(ForwarderError):
        await first
    assert forwards.all == [await second]
    forwards.close("sb-1")


async def test_who_asks_for_what_is_being_opened_is_answered_when_it_is_open(
    namespaces: Namespaces, namespace: str, may_listen: threading.Event
) -> None:
    forwards = Forwards(namespaces, ADDRESSES)
    first = await _begun(lambda: forwards.open("sb-1", namespace, HUB))
    second = await _begun(lambda: forwards.open("sb-1", namespace, HUB))
    may_listen.set()
    assert await first is await second
    forwards.close("sb-1")
