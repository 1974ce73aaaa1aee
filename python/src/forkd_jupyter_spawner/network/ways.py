"""How hub and guest reach each other.

The embedded controller gives sandboxes addresses of the host. A genuine forkd puts each into a
network namespace in which the guest is always 10.42.0.2 and sees nothing but 10.42.0.1, its
gateway. All networks keep the guest's port numbers: only the address differs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol
from urllib.parse import urlsplit

from ..errors import NotReachableError
from ..facts import Identity, Sandbox

NAMESPACED_GUEST = "10.42.0.2"
"""forkd's guest address in every namespace: never reachable from the host as it stands."""

HUB_URLS = ("JUPYTERHUB_API_URL", "JUPYTERHUB_ACTIVITY_URL")
"""The variables of a server's environment that say where it asks the hub."""


@dataclass(frozen=True)
class Route:
    """A way between hub and sandbox."""

    host: str
    """Where the hub and its proxy find the guest's ports."""
    hub: str | None = None
    """`host:port` at which the guest finds the hub; None: where the hub says that it is."""


class Network(Protocol):
    """A way from the hub to sandboxes."""

    @property
    def name(self) -> str:
        """As `c.ForkdSpawner.network` has it."""
        ...

    async def open(self, sandbox: Sandbox, hub_api_url: str) -> Route:
        """Called by start() before the activation: from here on the guest can reach the hub."""
        ...

    async def expose(self, sandbox: Sandbox, ports: Sequence[int]) -> None:
        """Called by start() after the activation: from here on the hub can reach these ports."""
        ...

    async def close(self, sandbox_id: str) -> None:
        """Called when a sandbox was deleted; more than once is fine."""
        ...


async def close_after_deletion(network: Network, sandbox_id: str, log: Any) -> None:
    """A way that stays open leads nowhere, and ends with its namespace's next sandbox."""
    try:
        await network.close(sandbox_id)
    except NotReachableError as error:
        log.warning("The way to the deleted sandbox %s: %s", sandbox_id, error)


class DirectNetwork:
    """Sandboxes whose addresses are the host's own, or routed."""

    name = "direct"

    async def open(self, sandbox: Sandbox, hub_api_url: str) -> Route:
        """Nothing to open: only refuse what can't work."""
        del hub_api_url
        if sandbox.host == NAMESPACED_GUEST:
            raise NotReachableError(
                f"sandbox {sandbox.id} is {NAMESPACED_GUEST} inside the network namespace "
                f"{sandbox.netns or '(unnamed)'}, which the hub cannot reach with "
                "c.ForkdSpawner.network = 'direct'; 'forward' and 'dnat' can"
            )
        return Route(sandbox.host)

    async def expose(self, sandbox: Sandbox, ports: Sequence[int]) -> None:
        """Nothing to open."""
        del sandbox, ports

    async def close(self, sandbox_id: str) -> None:
        """Nothing to close."""
        del sandbox_id


def choose_network(configured: str, sandbox: Sandbox) -> str:
    """The name of the network for a sandbox, where `auto` leaves it to its address."""
    if configured != "auto":
        return configured
    return "forward" if sandbox.host == NAMESPACED_GUEST else "direct"


def seen_from_guest(identity: Identity, route: Route) -> Identity:
    """The identity with the hub's address as the guest needs it."""
    if route.hub is None:
        return identity
    environment = dict(identity.environment)
    for name in HUB_URLS:
        if name in environment:
            environment[name] = urlsplit(environment[name])._replace(netloc=route.hub).geturl()
    return replace(identity, environment=environment)


def hub_api_url(environment: Mapping[str, str]) -> str:
    """Where the hub says that its API is."""
    return environment["JUPYTERHUB_API_URL"]
