"""How the hub and its proxy reach a sandbox.

`direct` is all there is yet: the sandbox's address is one of the hub's own host or
network, as with the embedded controller. A genuine forkd puts each sandbox into a
network namespace in which the guest is always 10.42.0.2; the ways into it
(`forward`, `dnat`) are further entries of `NETWORKS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from .errors import NotReachableError
from .facts import Sandbox

NAMESPACED_GUEST = "10.42.0.2"
"""forkd's guest address in every namespace: never reachable from the host as it stands."""


class Network(Protocol):
    """A way from the hub to sandboxes."""

    async def open(self, sandbox: Sandbox) -> None:
        """Called by start() before the activation: from here on hub and guest can talk."""
        ...

    async def address(self, sandbox: Sandbox, port: int) -> tuple[str, int]:
        """Called by start() after the activation: where the hub finds a port of the guest."""
        ...

    async def close(self, sandbox_id: str) -> None:
        """Called when a sandbox was deleted; more than once is fine."""
        ...


class DirectNetwork:
    """Sandboxes whose addresses are the host's own, or routed."""

    async def open(self, sandbox: Sandbox) -> None:
        """Nothing to open: only refuse what can't work."""
        if sandbox.host == NAMESPACED_GUEST:
            raise NotReachableError(
                f"sandbox {sandbox.id} is {NAMESPACED_GUEST} inside the network namespace "
                f"{sandbox.netns or '(unnamed)'}, which the hub cannot reach with "
                "c.ForkdSpawner.network = 'direct'; the modes that can, 'forward' and 'dnat', "
                "come with a later release"
            )

    async def address(self, sandbox: Sandbox, port: int) -> tuple[str, int]:
        """The guest's own."""
        return sandbox.host, port

    async def close(self, sandbox_id: str) -> None:
        """Nothing to close."""
        del sandbox_id


NETWORKS: Mapping[str, Network] = {"direct": DirectNetwork()}
