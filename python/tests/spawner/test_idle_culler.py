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
from pathlib import Path

import pytest

from spawner.driving import all_stopped, is_ready, is_stopped, server, start_all, stop_all, until
from spawner.embedded import IS_BUILT, EmbeddedController
from spawner.hub import ADMIN_TOKEN, RunningHub

pytestmark = pytest.mark.skipif(not IS_BUILT, reason="not built: run `npm ci` first")

DURATION_S = float(os.environ.get("FORKD_TEST_CULLER_S", "0"))
"""0: until the culler has stopped as many servers as there are users."""

USERS = [f"user-{number}" for number in range(30 if DURATION_S else 10)]

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
    running = RunningHub(tmp_path, controller.url, controller.token, CONFIGURATION)
    await running.start()
    await running.call("POST", "/users", {"usernames": USERS})
    yield running
    await running.stop()


@asynccontextmanager
async def _culler(hub: RunningHub) -> AsyncIterator[None]:
    command = [sys.executable, "-m", "jupyterhub_idle_culler", f"--url={hub.api_url}"]
    with (hub.folder / "culler.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command,
            *("--timeout=3", "--cull-every=1", "--concurrency=30"),
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

    def has_been_enough() -> bool:
        if DURATION_S:
            return time.monotonic() - began > DURATION_S
        return hub.log.count("seconds to stop") > len(USERS)

    async with _culler(hub):
        users = (_come_back(hub, user, answers, has_been_enough) for user in USERS)
        await asyncio.gather(*users)
    culled = hub.log.count("seconds to stop")
    interrupted = hub.log.count("Interrupting spawner")

    async def nothing_is_pending() -> bool:
        return not any([(await server(hub, user)).get("pending") for user in USERS])

    await until(nothing_is_pending, "no start or stop is under way")
    stuck = [user for user in USERS if await is_ready(hub, user)]
    await stop_all(hub, stuck)
    left = [user for user in USERS if not await is_stopped(hub, user)]
    print(  # noqa: T201
        f"\nanswers to starts {dict(answers)}, {culled} stopped, {interrupted} interrupted, "
        f"stuck {left}, at the controller {len(await controller.sandbox_ids())}"
    )
    assert left == []
    assert await start_all(hub, USERS) == [201] * len(USERS)
    assert await stop_all(hub, USERS) == [204] * len(USERS)
    await until(lambda: all_stopped(hub, USERS), "all are stopped")

    async def nothing_is_left() -> bool:
        return await controller.sandbox_ids() == set()

    await until(nothing_is_left, "no sandbox is left")


async def _come_back(
    hub: RunningHub, user: str, answers: Counter[int], has_been_enough: Callable[[], bool]
) -> None:
    """Start the server whenever it doesn't run."""
    while not has_been_enough():
        status, _ = await hub.call("POST", f"/users/{user}/server")
        answers[status] += 1
        if not has_been_enough():
            await until(lambda: is_stopped(hub, user), f"the culler stops {user}")
