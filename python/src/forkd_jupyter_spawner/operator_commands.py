"""What an operator can ask of a running server, through the hub's API and the controller's.

The hub gives a server's state only to tokens with the scope `admin:server_state`: whoever has
none gets neither a kernel's key nor a sandbox's id from here.
"""

from __future__ import annotations

import json
import os
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import quote

import aiohttp

from .controller.client import ControllerClient
from .errors import ForkdError

TIMEOUT_S = 30.0


@dataclass(frozen=True)
class HubApi:
    """A hub's REST API, as one token may use it."""

    url: str
    """With the path: `http://127.0.0.1:8081/hub/api`."""
    token: str = field(repr=False)

    def server_state(self, user: str, server: str) -> Mapping[str, Any]:
        """The spawner's state of a running server; raises ForkdError that says what is missing."""
        servers = self._get(f"/users/{quote(user, safe='')}").get("servers") or {}
        name = f"{user}'s server {server!r}" if server else f"{user}'s server"
        if server not in servers:
            raise ForkdError(f"{name} does not run, or the token may not see it")
        state = servers[server].get("state")
        if state is None:
            raise ForkdError(
                f"the token may not read the state of {name}: it needs the scope admin:server_state"
            )
        return cast("Mapping[str, Any]", state)

    def _get(self, path: str) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 (the operator's own URL)
            f"{self.url.rstrip('/')}{path}", headers={"Authorization": f"token {self.token}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:  # noqa: S310
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise ForkdError(f"the hub answered {error.code} to GET {path}") from error
        except (OSError, ValueError) as error:
            raise ForkdError(f"the hub's API at {self.url} cannot be used: {error}") from error


def kernel_connection(state: Mapping[str, Any]) -> dict[str, Any]:
    """The first kernel's connection info, as Jupyter's clients read it from a file."""
    connection = state.get("kernel_connection")
    if not connection:
        raise ForkdError("the server has no kernel that was warm when it started")
    return {**connection, "ip": state["host"]}


def write_privately(path: str, text: str) -> None:
    """Write a file that only its owner can read: it holds a kernel's key."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, 0o600)  # of a file that was there before, too
        file.write(text)


async def server_log(
    state: Mapping[str, Any], count: int, *, controller_token: str, ca_file: str
) -> Sequence[str]:
    """The last lines of a running server's log; it is gone with its sandbox."""
    if not state.get("sandbox_id"):
        raise ForkdError("the server has no sandbox")
    trusted = ssl.create_default_context(cafile=ca_file or None)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trusted)) as session:
        client = ControllerClient(state["controller_url"], session, TIMEOUT_S, controller_token)
        return await client.server_log(state["sandbox_id"], count)
