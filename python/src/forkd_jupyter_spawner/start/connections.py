"""What all spawners of a hub process share: connections, create queues, removals, the sweep."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import aiohttp

from ..controller.client import ControllerClient
from ..errors import UnusableValueError
from ..leftovers.in_background import Removals
from ..leftovers.journal import Journal
from ..leftovers.removal import Removal
from ..leftovers.sweeper import Sweeper
from ..life.state import SpawnState
from .create_lock import CreateLock
from .create_queue import CreateQueue

KEEP_ALIVE_S = 4.0
"""Below the 5 s after which a Node server closes idle connections: none is used as it closes."""


@dataclass
class Connections:
    """The connections that belong to one event loop."""

    _sessions: dict[tuple[str, str], aiohttp.ClientSession] = field(default_factory=dict)
    _keepers: dict[tuple[str, str], asyncio.Task[None]] = field(default_factory=dict)
    _queues: dict[tuple[str, Journal], CreateQueue] = field(default_factory=dict)
    removals: Removals = field(default_factory=Removals)

    def __post_init__(self) -> None:
        """The sweep leaves alone what is being deleted."""
        self.sweeper = Sweeper(being_removed=self.removals.under_way)

    def session(self, url: str, ca_file: str = "") -> aiohttp.ClientSession:
        """Return the one keep-alive session for a controller."""
        key = (url, ca_file)
        session = self._sessions.get(key)
        if session is None or session.closed:
            session = self._sessions[key] = _open_session(ca_file)
            self._keepers[key] = asyncio.create_task(_close_at_end(session), name="forkd-session")
        return session

    def client(self, url: str, spawner: Any) -> ControllerClient:
        """Return a client of a controller, with the token of this moment."""
        session = self.session(url, spawner.ca_file)
        return ControllerClient(url, session, spawner.request_timeout, spawner.bearer_token())

    def queue(self, url: str, journal: Journal, lock_folder: str) -> CreateQueue:
        """Return the one create queue for a controller."""
        key = (url, journal)
        if key not in self._queues:
            self._queues[key] = CreateQueue(url, journal, CreateLock(url, lock_folder))
        return self._queues[key]


_by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, Connections] = WeakKeyDictionary()


def connections() -> Connections:
    """Return the connections of the running event loop, of which a hub has one."""
    loop = asyncio.get_running_loop()
    found = _by_loop.get(loop)
    if found is None:
        found = _by_loop[loop] = Connections()
    return found


def begin_removal(owner: Any, state: SpawnState) -> asyncio.Task[None]:
    """Delete a server's sandbox; whoever begins it needn't wait for its end."""
    return connections().removals.begin(Removal(owner, state))


def _open_session(ca_file: str) -> aiohttp.ClientSession:
    context = trusted(ca_file) if ca_file else True
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            ssl=context,
            keepalive_timeout=KEEP_ALIVE_S,
            limit=0,  # an activation holds its connection: polls must not queue behind them
        ),
        raise_for_status=False,
    )


def trusted(ca_file: str) -> ssl.SSLContext:
    """Return what makes TLS trust the authorities of a file."""
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:  # ssl.SSLError is one
        raise UnusableValueError(
            f"ForkdSpawner.ca_file = {ca_file!r} holds no certificates in PEM format that can be "
            f"read: {error.strerror or error}"
        ) from None


async def _close_at_end(session: aiohttp.ClientSession) -> None:
    """The hub tells nobody that it ends, but it cancels all tasks and waits for them."""
    try:
        await asyncio.Event().wait()
    finally:
        await session.close()
