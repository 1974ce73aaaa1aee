"""Hub, spawner and guest together: all of the product's Python, for real."""

from __future__ import annotations

import asyncio
import json
import os
import signal

from spawner.conftest import StartHub
from spawner.guest_controller import GuestController, GuestSandbox
from spawner.hub import RunningHub, needs_proxy

pytestmark = needs_proxy

USERS = [f"user-{number}" for number in range(5)]


async def test_five_users_compute_with_numpy_and_a_server_that_dies_is_noticed(
    start_hub: StartHub, warm: GuestController
) -> None:
    hub = await start_hub(*USERS)
    starts = [hub.call("POST", f"/users/{user}/server") for user in USERS]
    assert [status for status, _ in await asyncio.gather(*starts)] == [201] * 5
    expressions = [f"import numpy; int(numpy.arange({n}).sum())" for n in (10, 20, 30, 40, 50)]
    results = await asyncio.gather(
        *(_run(hub, user, code) for user, code in zip(USERS, expressions, strict=True))
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


async def _run(hub: RunningHub, user: str, code: str) -> str:
    return await (await hub.server_of(user)).run(code)


async def _until_stopped(hub: RunningHub, user: str) -> None:
    while True:
        _, model = await hub.call("GET", f"/users/{user}")
        if not model["servers"]:
            return
        await asyncio.sleep(0.1)
