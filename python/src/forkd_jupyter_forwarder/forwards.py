"""Which sandboxes are reached where."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import re
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .errors import AddressInUseError, BadRequestError, ClosedError
from .namespaces import Namespaces, listening_socket, tcp_socket
from .relay import Dial, Relay

GUEST_ADDRESS = "10.42.0.2"
"""forkd's address of the guest, in each namespace the same."""
TAP_ADDRESS = "10.42.0.1"
"""forkd's address of the namespace's end of the tap: the guest's gateway."""

CONNECT_TIMEOUT_S = 5.0
MAX_PORT = 65_535

NAMESPACE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
"""It becomes part of a path."""
NUMBER_AT_END = re.compile(r"\d{0,5}$")
"""The number of the child whose namespace it is, as forkd names them."""


@dataclass(frozen=True)
class Target:
    """Where the guest's way to the hub ends."""

    host: str
    port: int


@dataclass
class Forward:
    """One sandbox's ways in and out."""

    sandbox: str
    namespace: str
    host: str
    """The loopback address at which the sandbox's ports are found."""
    hub: Target
    ports: set[int] = field(default_factory=set[int])
    """The guest's, open on `host`."""
    servers: list[asyncio.Server] = field(default_factory=list[asyncio.Server])
    relays: set[Relay] = field(default_factory=set[Relay])
    is_closed: bool = False
    """A request that still waits for a listener of this forward has to end it then."""
    is_settled: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when it is open or closed, whichever comes first."""

    def as_json(self) -> Mapping[str, Any]:
        """As the control socket tells it."""
        return {
            "sandbox": self.sandbox,
            "netns": self.namespace,
            "host": self.host,
            "gateway": f"{TAP_ADDRESS}:{self.hub.port}",
            "hub": [self.hub.host, self.hub.port],
            "ports": sorted(self.ports),
            "connections": len(self.relays),
        }

    def close(self) -> None:
        """End everything of it, connections too: the sandbox is gone, or is to be."""
        self.is_closed = True
        self.is_settled.set()
        for server in self.servers:
            server.close()
        for relay in list(self.relays):
            relay.abort()

    def check(self) -> None:
        """Raise ClosedError if it was closed meanwhile."""
        if self.is_closed:
            raise ClosedError(f"the forward of {self.sandbox} was closed before it was open")


class Forwards:
    """All that are open, in one event loop."""

    def __init__(self, namespaces: Namespaces, addresses: ipaddress.IPv4Network) -> None:
        """`addresses`: part of 127.0.0.0/8, of which each namespace gets one."""
        self._namespaces = namespaces
        self._addresses = addresses
        self._by_sandbox: dict[str, Forward] = {}

    @property
    def all(self) -> Sequence[Forward]:
        """Those that are open."""
        return list(self._by_sandbox.values())

    async def open(
        self, sandbox: str, namespace: str, hub: Target, *, host: str | None = None
    ) -> Forward:
        """Let the sandbox reach the hub, and give it an address on the host.

        Asked again for the same, it changes nothing: connections go on. A namespace has one
        sandbox at a time, so an earlier one's forward ends. `host` is the address that it had
        before a restart.
        """
        if NAMESPACE_NAME.fullmatch(namespace) is None:
            raise BadRequestError(f"{namespace!r} cannot be the name of a network namespace")
        known = self._by_sandbox.get(sandbox)
        if known is not None and (known.namespace, known.hub) == (namespace, hub):
            await known.is_settled.wait()
            known.check()
            return known
        for earlier in self.all:
            if earlier.namespace == namespace or earlier.sandbox == sandbox:
                self.close(earlier.sandbox)
        forward = Forward(sandbox, namespace, host or self._address_for(namespace), hub)
        # From here on its address is taken.
        self._by_sandbox[sandbox] = forward
        try:
            listener = await self._namespaces.listener(namespace, TAP_ADDRESS, hub.port)
            await self._serve(forward, listener, lambda: _dial_host(hub))
        except OSError as error:
            self._give_up(forward)
            raise _not_bound(error, f"{TAP_ADDRESS}:{hub.port} in {namespace}") from error
        except BaseException:
            self._give_up(forward)
            raise
        forward.is_settled.set()
        return forward

    async def expose(self, sandbox: str, ports: Sequence[int]) -> Forward:
        """Open ports of the guest on the host, by their own numbers."""
        forward = self._by_sandbox.get(sandbox)
        if forward is None:
            raise BadRequestError(f"nothing is open for the sandbox {sandbox}")
        for port in ports:
            await self._expose(forward, port)
        return forward

    def close(self, sandbox: str) -> None:
        """End a sandbox's forward; one that is not there is as good."""
        forward = self._by_sandbox.pop(sandbox, None)
        if forward is not None:
            forward.close()

    def _give_up(self, forward: Forward) -> None:
        """Close this one only: the sandbox may have another by now."""
        if self._by_sandbox.get(forward.sandbox) is forward:
            del self._by_sandbox[forward.sandbox]
        forward.close()

    async def _expose(self, forward: Forward, port: int) -> None:
        if port in forward.ports:
            return
        forward.ports.add(port)
        try:
            listener = listening_socket(forward.host, port)
        except OSError as error:
            forward.ports.discard(port)
            raise _not_bound(error, f"{forward.host}:{port}") from error
        await self._serve(forward, listener, lambda: self._dial_guest(forward.namespace, port))

    async def _serve(self, forward: Forward, listener: socket.socket, dial: Dial) -> None:
        """Serve at a listener, unless the forward was closed while this waited."""

        async def dial_if_open() -> socket.socket:
            forward.check()
            return await dial()

        def accept() -> asyncio.Protocol:
            relay = Relay(dial_if_open, forward.relays.discard)
            forward.relays.add(relay)
            return relay.accept()

        try:
            forward.check()
            server = await asyncio.get_running_loop().create_server(accept, sock=listener)
        except BaseException:
            listener.close()
            raise
        forward.servers.append(server)
        if forward.is_closed:
            server.close()
            forward.check()

    async def _dial_guest(self, namespace: str, port: int) -> socket.socket:
        connection = await self._namespaces.socket(namespace)
        return await _connect(connection, (GUEST_ADDRESS, port))

    def _address_for(self, namespace: str) -> str:
        """The one of its own number, so that forwarders for several hubs of a host don't meet."""
        taken = {forward.host for forward in self.all}
        number = int(NUMBER_AT_END.findall(namespace)[0] or 0)
        if 0 < number < self._addresses.num_addresses - 1:
            own = str(self._addresses[number])
            if own not in taken:
                return own
        # From the other end, where numbers are least likely.
        for address in reversed(list(self._addresses.hosts())):
            if str(address) not in taken:
                return str(address)
        raise AddressInUseError(
            f"all {len(taken)} addresses of {self._addresses} are in use; "
            "give the forwarder a larger --addresses"
        )


async def _dial_host(target: Target) -> socket.socket:
    return await _connect(tcp_socket(), (target.host, target.port))


async def _connect(connection: socket.socket, address: tuple[str, int]) -> socket.socket:
    loop = asyncio.get_running_loop()
    try:
        await asyncio.wait_for(loop.sock_connect(connection, address), CONNECT_TIMEOUT_S)
    except BaseException:
        connection.close()
        raise
    return connection


def _not_bound(error: OSError, where: str) -> Exception:
    if error.errno == errno.EADDRINUSE:
        return AddressInUseError(f"somebody else listens on {where} already")
    return error
