"""A real JupyterHub drives the spawner."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from spawner.driving import until
from spawner.hub import RunningHub, configuration_of, needs_proxy
from spawner.stand_in import TOKEN, StandInController

pytestmark = needs_proxy

USERS = [f"user-{number}" for number in range(5)]


@pytest.fixture
async def hub(
    request: pytest.FixtureRequest, controller: StandInController, tmp_path: Path
) -> AsyncIterator[RunningHub]:
    """A hub whose users exist."""
    running = RunningHub(tmp_path, controller.url, TOKEN, configuration_of(request))
    await running.start()
    await running.call("POST", "/users", {"usernames": USERS})
    yield running
    await running.stop()


async def _start(hub: RunningHub, user: str) -> int:
    status, _ = await hub.call("POST", f"/users/{user}/server")
    return status


async def _stop(hub: RunningHub, user: str) -> int:
    status, _ = await hub.call("DELETE", f"/users/{user}/server")
    return status


async def test_five_users_start_at_once_and_stop_without_a_trace(
    hub: RunningHub, controller: StandInController
) -> None:
    assert await asyncio.gather(*(_start(hub, user) for user in USERS)) == [201] * 5
    assert sum(controller.creates) == 5
    assert controller.most_creates_at_once == 1
    assert await asyncio.gather(*(_stop(hub, user) for user in USERS)) == [204] * 5
    assert controller.sandboxes == {}
    lines = [line for line in hub.log.splitlines() if "forkd spawn {" in line]
    outcomes = [json.loads(line[line.index("{") :])["outcome"] for line in lines]
    assert outcomes == ["completed"] * 5
    assert TOKEN not in hub.log


async def test_the_progress_stream_carries_the_stages_to_a_listener_who_comes_late(
    hub: RunningHub, controller: StandInController
) -> None:
    controller.activation_gate.clear()
    start = asyncio.create_task(_start(hub, "user-0"))
    await controller.activation_arrived.wait()
    stages: list[str | None] = []
    async for event in hub.progress("user-0"):
        stages.append(event.get("stage"))
        if event.get("stage") == "sandbox-created":
            controller.activation_gate.set()
    assert stages == [None, "requested", "sandbox-created", "activated", None]
    assert event["ready"] is True
    assert await start == 201
    (last,) = [event async for event in hub.progress("user-0")]
    assert list(last["stages_ms"]) == ["requested", "sandbox-created", "activated"]


HOOK_WAITS = """
import asyncio

async def wait(spawner):
    await asyncio.sleep(0.2)

c.Spawner.pre_spawn_hook = wait
"""


@pytest.mark.configuration(HOOK_WAITS)
async def test_a_listener_who_comes_while_a_hook_runs_gets_all_stages(hub: RunningHub) -> None:
    start = asyncio.create_task(_start(hub, "user-0"))

    async def is_pending() -> bool:
        _, user = await hub.call("GET", "/users/user-0")
        return user["servers"].get("", {}).get("pending") == "spawn"

    await until(is_pending, "the hook runs")
    stages = [event.get("stage") async for event in hub.progress("user-0")]
    assert await start == 201
    assert [stage for stage in stages if stage] == ["requested", "sandbox-created", "activated"]


async def test_servers_survive_a_restart_of_the_hub(
    hub: RunningHub, controller: StandInController
) -> None:
    await _start(hub, "user-0")
    await hub.stop()
    assert list(controller.sandboxes) == ["sb-1"]
    await hub.start()
    _, user = await hub.call("GET", "/users/user-0")
    assert user["servers"][""]["ready"] is True
    assert user["servers"][""]["state"]["sandbox_id"] == "sb-1"
    assert await _stop(hub, "user-0") == 204
    assert controller.sandboxes == {}


async def test_a_pending_server_can_be_stopped_and_leaves_nothing(
    hub: RunningHub, controller: StandInController
) -> None:
    controller.activation_gate.clear()
    start = asyncio.create_task(_start(hub, "user-0"))
    await controller.activation_arrived.wait()
    assert await _stop(hub, "user-0") in {202, 204}
    await start
    assert controller.sandboxes == {}


async def test_a_failed_start_tells_the_user_why(
    hub: RunningHub, controller: StandInController
) -> None:
    controller.activation_error = "ActivationError: no space left in 100% of <disks>"
    status, body = await hub.call("POST", "/users/user-0/server")
    assert status >= 400
    assert "no space left in 100% of <disks>" in body["message"]
    assert controller.sandboxes == {}
    assert await _start(hub, "user-1") >= 400
    controller.activation_error = None
    assert await _start(hub, "user-0") == 201
