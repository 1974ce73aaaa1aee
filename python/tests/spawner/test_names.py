"""Users and servers of all names, with a real hub and real servers."""

from __future__ import annotations

import json
from urllib.parse import quote

import jupyterhub
import pytest

from spawner.conftest import StartHub
from spawner.guest_controller import GuestController
from spawner.hub import RunningHub, needs_proxy

pytestmark = needs_proxy

ODD_NAMES = [
    "an@example.org",
    "til~de",
    "per%cent",
    "per%40cent",
    "caf\u00e9",
    "l" + "o" * 198 + "ng",
]

NAMED_SERVERS = "c.JupyterHub.allow_named_servers = True"

SHOW_IDENTITY = """
import json, os
print(json.dumps([os.environ[f"JUPYTERHUB_{name}"] for name in ("USER", "SERVER_NAME")]))
"""


async def _start(hub: RunningHub, user: str, server: str | None = None) -> None:
    path = "server" if server is None else f"servers/{server}"
    status, answer = await hub.call("POST", f"/users/{quote(user)}/{path}")
    assert status == 201, answer


async def _identity(hub: RunningHub, user: str, server: str = "") -> list[str]:
    return json.loads(await (await hub.server_of(user, server)).run(SHOW_IDENTITY))


async def test_users_of_odd_names_have_servers_of_their_own(start_hub: StartHub) -> None:
    hub = await start_hub(*ODD_NAMES)
    for name in ODD_NAMES:
        await _start(hub, name)
        assert await _identity(hub, name) == [name, ""]


async def test_a_user_s_servers_are_sandboxes_that_start_and_end_by_themselves(
    start_hub: StartHub, warm: GuestController
) -> None:
    hub = await start_hub("alice", configuration=NAMED_SERVERS)
    await _start(hub, "alice")
    await _start(hub, "alice", "second")
    assert await _identity(hub, "alice") == ["alice", ""]
    assert await _identity(hub, "alice", "second") == ["alice", "second"]

    status, _ = await hub.call("DELETE", "/users/alice/servers/second", {"remove": True})
    assert status == 204
    assert len(warm.sandboxes) == 1
    assert await _identity(hub, "alice") == ["alice", ""]

    # Whoever deletes a user wants nothing of him to run.
    assert (await hub.call("DELETE", "/users/alice"))[0] == 204
    assert warm.sandboxes == {}


@pytest.mark.skipif(jupyterhub.version_info < (6,), reason="servers are renamed since JupyterHub 6")
async def test_a_renamed_server_starts_by_its_new_name(start_hub: StartHub) -> None:
    hub = await start_hub("alice", configuration=NAMED_SERVERS)
    await _start(hub, "alice", "draft")
    assert (await hub.call("DELETE", "/users/alice/servers/draft"))[0] == 204
    status, answer = await hub.call("PATCH", "/users/alice/servers/draft", {"name": "final"})
    assert status == 200, answer
    await _start(hub, "alice", "final")
    assert await _identity(hub, "alice", "final") == ["alice", "final"]
