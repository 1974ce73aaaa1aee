"""JupyterHub's idle culler stops servers while their users start them again.

The culler reads a list of servers and then stops them one by one: one that has been stopped and
started since is hit in the middle of its start. The controller deletes more slowly than the hub
waits for a start that it cancels.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from spawner.driving import (
    is_ready,
    is_stopped,
    server,
    start,
    start_all,
    state,
    stop,
    stop_all,
    until,
)
from spawner.embedded import IS_BUILT, EmbeddedController, embedded_in
from spawner.hub import DEADLINE_S, RunningHub
from spawner.idle_culler import LateStop, idle_culler
from spawner.unreliable_proxy import UnreliableProxy

pytestmark = pytest.mark.skipif(not IS_BUILT, reason="not built: run `npm ci` first")

DURATION_S = float(os.environ.get("FORKD_TEST_CULLER_S", "0"))

USERS = [f"user-{number}" for number in range(30 if DURATION_S else 1)]

IDLE_S = 3
"""After which the culler stops a server."""

HOWEVER_BUSY = -60
"""As a timeout: the culler stops also a server that was used this very moment."""

ACTIVATION = "POST /v1/sandboxes/[^/]+/eval"

STOPPED, INTERRUPTED = "seconds to stop", "Interrupting spawner"
"""What the hub logs for each stop, and for each that comes in the middle of a start."""

CONFIGURATION = """
c.JupyterHub.concurrent_spawn_limit = 0
c.JupyterHub.tornado_settings = {"slow_spawn_timeout": 60, "slow_stop_timeout": 60}
c.ForkdSpawner.sweep_interval = 2
"""


@pytest.fixture
async def controller(tmp_path: Path) -> AsyncIterator[EmbeddedController]:
    async with embedded_in(tmp_path) as running:
        yield running


@pytest.fixture
async def slow(controller: EmbeddedController) -> AsyncIterator[UnreliableProxy]:
    """What the hub takes for its controller."""
    running = UnreliableProxy(controller.url, deletions_take_s=2.0)
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def hub(
    controller: EmbeddedController, slow: UnreliableProxy, tmp_path: Path
) -> AsyncIterator[RunningHub]:
    running = RunningHub(tmp_path, slow.url, controller.token, CONFIGURATION)
    await running.start()
    await running.call("POST", "/users", {"usernames": USERS})
    yield running
    await running.stop()


@pytest.fixture
async def late(hub: RunningHub) -> AsyncIterator[LateStop]:
    """What the culler takes for the hub."""
    running = LateStop(hub)
    await running.start()
    yield running
    await running.stop()


async def _all_start_and_stop(hub: RunningHub, controller: EmbeddedController) -> None:
    """And each has one sandbox of its own, and afterwards none."""
    assert await start_all(hub, USERS) == [201] * len(USERS), hub.log
    theirs = {(await state(hub, user))["sandbox_id"] for user in USERS}

    async def are_alone() -> bool:
        return await controller.sandbox_ids() == theirs

    await until(are_alone, "each user has one sandbox")
    assert await stop_all(hub, USERS) == [204] * len(USERS), hub.log

    async def nothing_is_left() -> bool:
        return await controller.sandbox_ids() == set()

    await until(nothing_is_left, "no sandbox is left")


@pytest.mark.skipif(DURATION_S > 0, reason="FORKD_TEST_CULLER_S asks for the long form")
async def test_a_stop_of_the_idle_culler_that_hits_a_start_leaves_a_server_that_starts(
    hub: RunningHub, late: LateStop, slow: UnreliableProxy, controller: EmbeddedController
) -> None:
    (user,) = USERS
    assert await start(hub, user) == 201, hub.log
    async with idle_culler(hub, late.url, timeout_s=HOWEVER_BUSY, every_s=3600):
        await late.is_on_its_way()
        assert await stop(hub, user) == 204, hub.log
        slow.fall_silent(ACTIVATION)
        started_anew = asyncio.create_task(hub.call("POST", f"/users/{user}/server"))
        await asyncio.wait_for(slow.fell_silent.wait(), DEADLINE_S)
        assert len(await controller.sandbox_ids()) == 1
        status = await late.arrive()
    slow.speak()
    await started_anew
    assert hub.log.count(INTERRUPTED) == 1
    assert (status, await server(hub, user)) == (204, {}), hub.log
    await _all_start_and_stop(hub, controller)


@pytest.mark.skipif(not DURATION_S, reason="FORKD_TEST_CULLER_S=60 runs it for so many seconds")
async def test_no_server_gets_stuck_while_all_keep_coming_back(
    hub: RunningHub, controller: EmbeddedController
) -> None:
    answers = Counter[int]()
    async with idle_culler(hub, hub.api_url, timeout_s=IDLE_S, every_s=1):
        await _keep_coming_back(hub, answers)
    await until(lambda: _nothing_is_pending(hub), "no start or stop is under way")
    await stop_all(hub, [user for user in USERS if await is_ready(hub, user)])
    stuck = [user for user in USERS if not await is_stopped(hub, user)]
    culled, interrupted = (hub.log.count(text) for text in (STOPPED, INTERRUPTED))
    print(  # noqa: T201
        f"\nanswers to starts {dict(answers)}, {culled} servers stopped, {interrupted} of them "
        f"while they started, stuck {stuck}"
    )
    assert stuck == [], hub.log
    await _all_start_and_stop(hub, controller)


async def _keep_coming_back(hub: RunningHub, answers: Counter[int]) -> None:
    """Each user starts the server as soon as it doesn't run, and starts an old one anew."""
    acts: dict[str, asyncio.Task[None]] = {}
    ends = time.monotonic() + DURATION_S
    while time.monotonic() < ends:
        _, users = await hub.call("GET", "/users")
        for user in users:
            name, model = user["name"], user["servers"].get("")
            if (name in acts and not acts[name].done()) or (model and not _is_old(model)):
                continue
            acts[name] = asyncio.create_task(_start(hub, name, answers, anew=bool(model)))
    await asyncio.gather(*acts.values())


def _is_old(model: dict[str, Any]) -> bool:
    """Whether the culler has it on its list: a user who starts anew now may get in its way."""
    if not model["ready"] or model["started"] is None:
        return False
    started = datetime.fromisoformat(model["started"].replace("Z", "+00:00"))
    return (datetime.now(timezone.utc) - started).total_seconds() > IDLE_S


async def _start(hub: RunningHub, user: str, answers: Counter[int], *, anew: bool) -> None:
    if anew:
        await hub.call("DELETE", f"/users/{user}/server")
    status, _ = await hub.call("POST", f"/users/{user}/server")
    answers[status] += 1


async def _nothing_is_pending(hub: RunningHub) -> bool:
    _, users = await hub.call("GET", "/users")
    return not any(model["pending"] for user in users for model in user["servers"].values())
