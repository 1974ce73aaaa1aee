"""`network = 'forward'`: the forwarder hands bytes on (docs/protocols.md §5)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from ..controller import wire
from ..errors import NotReachableError
from ..facts import Sandbox
from .ways import Route

TIMEOUT_S = 10.0
DEFAULT_PORTS = {"http": 80, "https": 443}


class ForwardNetwork:
    """Asks the forwarder at a Unix socket."""

    name = "forward"

    def __init__(self, socket: str) -> None:
        """`socket`: its path."""
        self._socket = socket

    async def open(self, sandbox: Sandbox, hub_api_url: str) -> Route:
        """Let the guest reach the hub's API, and nothing else of the host."""
        if sandbox.netns is None:
            raise NotReachableError(
                f"sandbox {sandbox.id} is in no network namespace, which "
                "c.ForkdSpawner.network = 'forward' needs; set per_child_netns = True"
            )
        hub = urlsplit(hub_api_url)
        target = [hub.hostname, hub.port or DEFAULT_PORTS.get(hub.scheme)]
        answer = await self._ask(
            {"op": "open", "sandbox": sandbox.id, "netns": sandbox.netns, "hub": target}
        )
        return Route(wire.text(answer, "host"), wire.text(answer, "gateway"))

    async def expose(self, sandbox: Sandbox, ports: Sequence[int]) -> None:
        """Open the ports on the address that `open` has given."""
        await self._ask({"op": "expose", "sandbox": sandbox.id, "ports": list(ports)})

    async def close(self, sandbox_id: str) -> None:
        """End it, its connections too."""
        await self._ask({"op": "close", "sandbox": sandbox_id})

    async def _ask(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            answer = await asyncio.wait_for(self._exchange(request), TIMEOUT_S)
        except asyncio.TimeoutError:
            raise NotReachableError(
                f"the forwarder at {self._socket} did not answer within {TIMEOUT_S:g} s"
            ) from None
        except (OSError, ValueError) as error:
            raise NotReachableError(
                f"the forwarder at {self._socket} cannot be used: {error}"
            ) from error
        reason = wire.optional_text(answer, "error")
        if reason is not None:
            raise NotReachableError(reason)
        return answer

    async def _exchange(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        reader, writer = await asyncio.open_unix_connection(self._socket)
        try:
            writer.write(json.dumps(request).encode() + b"\n")
            return wire.as_object(
                wire.decode_json(await reader.readline()), "the forwarder's answer"
            )
        finally:
            writer.close()
