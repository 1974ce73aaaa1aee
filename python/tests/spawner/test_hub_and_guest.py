"""Hub, spawner and guest together: all of the product's Python, for real."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from guest.harness import Parent
from spawner.guest_controller import GuestController, GuestSandbox
from spawner.hub import NODE_PROGRAMS, RunningHub
from spawner.stand_in import TOKEN

pytestmark = pytest.mark.skipif(
    not (NODE_PROGRAMS / "configurable-http-proxy").exists(),
    reason="configurable-http-proxy is not installed: run `npm ci` first",
)

USERS = [f"user-{number}" for number in range(5)]


@pytest.fixture
async def warm(tmp_path: Path) -> AsyncIterator[GuestController]:
    """A controller with a warm parent."""
    parent = Parent(tmp_path)
    await parent.open()
    controller = GuestController(parent=parent)
    await controller.start()
    yield controller
    await controller.stop()
    await parent.close()


@pytest.fixture
async def hub(warm: GuestController, tmp_path: Path) -> AsyncIterator[RunningHub]:
    """A hub whose users exist."""
    running = RunningHub(tmp_path, warm.url, TOKEN)
    await running.start()
    await running.call("POST", "/users", {"usernames": USERS})
    yield running
    await running.stop()


async def _run(hub: RunningHub, controller: GuestController, user: str, code: str) -> str:
    """Run a cell on the user's server, as a client with a token of that user."""
    status, token = await hub.call("POST", f"/users/{user}/tokens")
    assert status == 201, token
    _, model = await hub.call("GET", f"/users/{user}")
    sandbox = controller.sandboxes[model["servers"][""]["state"]["sandbox_id"]]
    assert isinstance(sandbox, GuestSandbox)
    assert sandbox.clone is not None
    sandbox.clone.prefix, sandbox.clone.token = f"/user/{user}/", token["token"]
    return await sandbox.clone.run(code)


async def test_five_users_compute_with_numpy_and_a_server_that_dies_is_noticed(
    hub: RunningHub, warm: GuestController
) -> None:
    starts = [hub.call("POST", f"/users/{user}/server") for user in USERS]
    assert [status for status, _ in await asyncio.gather(*starts)] == [201] * 5
    expressions = [f"import numpy; int(numpy.arange({n}).sum())" for n in (10, 20, 30, 40, 50)]
    results = await asyncio.gather(
        *(_run(hub, warm, user, code) for user, code in zip(USERS, expressions, strict=True))
    )
    assert results == ["45", "190", "435", "780", "1225"]

    await hub.stop()
    await hub.start()
    _, model = await hub.call("GET", "/users/user-0")
    assert model["servers"][""]["ready"] is True

    sandbox = warm.sandboxes[model["servers"][""]["state"]["sandbox_id"]]
    assert isinstance(sandbox, GuestSandbox)
    os.kill(json.loads(sandbox.replies[0]["result"])["server"]["pid"], signal.SIGKILL)
    await asyncio.wait_for(_until_stopped(hub, "user-0"), 30)
    assert "has stopped (137): the server inside the sandbox ended" in hub.log

    stops = [hub.call("DELETE", f"/users/{user}/server") for user in USERS[1:]]
    assert [status for status, _ in await asyncio.gather(*stops)] == [204] * 4
    assert warm.sandboxes == {}


async def _until_stopped(hub: RunningHub, user: str) -> None:
    while True:
        _, model = await hub.call("GET", f"/users/{user}")
        if not model["servers"]:
            return
        await asyncio.sleep(0.1)
