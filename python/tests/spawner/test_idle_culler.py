"""JupyterHub's idle culler stops servers while their users start them again and again.

The culler reads a list of servers and then stops them one by one: one that has been stopped and
started since is hit in the middle of its start. FORKD_TEST_CULLER_S=60 is the full run.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from spawner.driving import is_ready, is_stopped, start_all, stop_all, until
from spawner.embedded import IS_BUILT, EmbeddedController
from spawner.hub import ADMIN_TOKEN, RunningHub
from spawner.unreliable_proxy import UnreliableProxy

pytestmark = pytest.mark.skipif(not IS_BUILT, reason="not built: run `npm ci` first")

DURATION_S = float(os.environ.get("FORKD_TEST_CULLER_S", "0"))
"""0: until it has hit two starts, and no longer than SHORT_S."""

SHORT_S = 30.0

USERS = [f"user-{number}" for number in range(30 if DURATION_S else 10)]

DEADLINE_S = 120.0

IDLE_S = 3
"""After which the culler stops a server."""

STOPPED, INTERRUPTED = "seconds to stop", "Interrupting spawner"
"""What the hub logs for each stop, and for each that comes in the middle of a start."""

CONFIGURATION = """
c.JupyterHub.concurrent_spawn_limit = 0
c.JupyterHub.tornado_settings = {"slow_spawn_timeout": 60, "slow_stop_timeout": 60}
c.ForkdSpawner.sweep_interval = 2
"""


@pytest.fixture
async def controller(tmp_path: Path) -> AsyncIterator[EmbeddedController]:
    folder = tmp_path / "controller"
    folder.mkdir()
    running = EmbeddedController(folder)
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def hub(controller: EmbeddedController, tmp_path: Path) -> AsyncIterator[RunningHub]:
    """At times its controller deletes more slowly than the hub waits for a cancelled start."""
    slow = UnreliableProxy(controller.url, every_second_deletion_takes_s=2.0)
    await slow.start()
    running = RunningHub(tmp_path, slow.url, controller.token, CONFIGURATION)
    await running.start()
    await running.call("POST", "/users", {"usernames": USERS})
    yield running
    await running.stop()
    await slow.stop()


@asynccontextmanager
async def _culler(hub: RunningHub) -> AsyncIterator[None]:
    command = [sys.executable, "-m", "jupyterhub_idle_culler", f"--url={hub.api_url}"]
    with (hub.folder / "culler.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command,
            *(f"--timeout={IDLE_S}", "--cull-every=1"),
            env={**os.environ, "JUPYTERHUB_API_TOKEN": ADMIN_TOKEN},
            stdout=log,
            stderr=log,
        )
    try:
        yield
        assert process.returncode is None, (hub.folder / "culler.log").read_text()
    finally:
        process.terminate()
        await process.wait()


async def test_no_server_gets_stuck_under_the_idle_culler(
    hub: RunningHub, controller: EmbeddedController
) -> None:
    began, answers = time.monotonic(), Counter[int]()

    def goes_on() -> bool:
        lasts_s = time.monotonic() - began
        if DURATION_S:
            return lasts_s < DURATION_S
        # Whether a stop hits a start is a matter of luck.
        return lasts_s < SHORT_S and hub.log.count(INTERRUPTED) < 2

    async with _culler(hub):
        await asyncio.wait_for(_keep_coming_back(hub, answers, goes_on), DURATION_S + DEADLINE_S)
    await until(lambda: _nothing_is_pending(hub), "no start or stop is under way")
    await stop_all(hub, [user for user in USERS if await is_ready(hub, user)])
    stuck = [user for user in USERS if not await is_stopped(hub, user)]
    culled, interrupted = (hub.log.count(text) for text in (STOPPED, INTERRUPTED))
    left = len(await controller.sandbox_ids())
    print(  # noqa: T201
        f"\nanswers to starts {dict(answers)}, {culled} servers stopped, {interrupted} of them "
        f"while they started, stuck {stuck}, sandboxes left {left}"
    )
    assert stuck == [], hub.log
    assert await start_all(hub, USERS) == [201] * len(USERS), hub.log
    assert await stop_all(hub, USERS) == [204] * len(USERS), hub.log

    async def nothing_is_left() -> bool:
        return await controller.sandbox_ids() == set()

    await until(nothing_is_left, "no sandbox is left")


async def _keep_coming_back(
    hub: RunningHub, answers: Counter[int], goes_on: Callable[[], bool]
) -> None:
    """Each user starts the server as soon as it doesn't run, and starts an old one anew."""
    acts: dict[str, asyncio.Task[None]] = {}
    while goes_on():
        _, users = await hub.call("GET", "/users")
        for user in users:
            name, server = user["name"], user["servers"].get("")
            if (name in acts and not acts[name].done()) or (server and not _is_old(server)):
                continue
            acts[name] = asyncio.create_task(_start(hub, name, answers, anew=bool(server)))
    await asyncio.gather(*acts.values())


def _is_old(server: dict[str, Any]) -> bool:
    """Whether the culler has it on its list: a user who starts anew now may get in its way."""
    if not server["ready"] or server["started"] is None:
        return False
    started = datetime.fromisoformat(server["started"].replace("Z", "+00:00"))
    return (datetime.now(timezone.utc) - started).total_seconds() > IDLE_S


async def _start(hub: RunningHub, user: str, answers: Counter[int], *, anew: bool) -> None:
    if anew:
        await hub.call("DELETE", f"/users/{user}/server")
    status, _ = await hub.call("POST", f"/users/{user}/server")
    answers[status] += 1


async def _nothing_is_pending(hub: RunningHub) -> bool:
    _, users = await hub.call("GET", "/users")
    return not any(server["pending"] for user in users for server in user["servers"].values())
