"""`network = 'dnat'`: the kernel hands packets on, by rules of `forkd-spawner network up`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Address

from ..errors import NotReachableError
from ..facts import Sandbox
from .ways import Route

CHILD = re.compile(r"forkd-child-(\d+)")
FIRST_CHILD_ADDRESS = IPv4Address("10.43.0.1")
"""The address of the host's bridge: child i has the i-th after it."""
MOST_CHILDREN = 253
"""forkd numbers them within one octet."""


class DnatNetwork:
    """Sandboxes at the outer address of their namespace."""

    name = "dnat"

    async def open(self, sandbox: Sandbox, hub_api_url: str) -> Route:
        """Nothing to open: rules are there once for all sandboxes."""
        del hub_api_url
        match = CHILD.fullmatch(sandbox.netns or "")
        if match is None or not 0 < int(match[1]) <= MOST_CHILDREN:
            raise NotReachableError(
                f"sandbox {sandbox.id} is in the network namespace {sandbox.netns or '(none)'}; "
                "c.ForkdSpawner.network = 'dnat' knows the way to forkd-child-1 to "
                f"forkd-child-{MOST_CHILDREN} only"
            )
        return Route(str(FIRST_CHILD_ADDRESS + int(match[1])))

    async def expose(self, sandbox: Sandbox, ports: Sequence[int]) -> None:
        """All ports are."""
        del sandbox, ports

    async def close(self, sandbox_id: str) -> None:
        """Nothing to close: the next sandbox of the namespace needs the same rules."""
        del sandbox_id
