"""What breaks in operation, with real hubs, a real controller and real servers.

A second hub uses the same controller all the while: after each fault its server runs on,
nothing is left over, and the next start works.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest

from spawner.driving import (
    DEADLINE_S,
    all_stopped,
    is_ready,
    is_stopped,
    logged,
    process_at,
    start,
    start_all,
    state,
    stop,
    stop_all,
    until,
)
from spawner.embedded import IS_BUILT, EmbeddedController
from spawner.hub import RunningHub
from spawner.unreliable_proxy import UnreliableProxy

pytestmark = pytest.mark.skipif(not IS_BUILT, reason="not built: run `npm ci` first")

USERS = [f"user-{number}" for number in range(5)]

GRACE_S = 0.5

OPERATOR = f"""
c.ForkdSpawner.request_timeout = 2
c.ForkdSpawner.sweep_interval = 0.5
c.ForkdSpawner.unknown_grace_s = {GRACE_S}
c.ForkdSpawner.mem_limit = "400M"
"""
"""A short request_timeout makes frozen controllers, and what depends on it, quick to tell."""

IMPATIENT = f"""{OPERATOR}
from traitlets import Float
from forkd_jupyter_spawner import ForkdSpawner

class ImpatientSpawner(ForkdSpawner):
    start_timeout = Float(0.1)

c.JupyterHub.spawner_class = ImpatientSpawner
"""
"""JupyterHub's own trait takes whole seconds only."""


@pytest.fixture(scope="module")
async def controller(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedController]:
    running = EmbeddedController(tmp_path_factory.mktemp("controller"))
    await running.start()
    yield running
    await running.stop()


@pytest.fixture(scope="module")
async def neighbour(
    controller: EmbeddedController, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningHub]:
    """Another hub that uses the same controller, with a server."""
    folder = tmp_path_factory.mktemp("neighbour")
    running = RunningHub(folder, controller.url, controller.token, OPERATOR)
    await running.start()
    await running.call("POST", "/users", {"usernames": USERS})
    assert await start(running, "user-0") == 201
    yield running
    await stop(running, "user-0")
    await running.stop()


@pytest.fixture(scope="module")
async def proxy(controller: EmbeddedController) -> AsyncIterator[UnreliableProxy]:
    running = UnreliableProxy(controller.url)
    await running.start()
    yield running
    await running.stop()


@pytest.fixture(scope="module")
async def tested(
    controller: EmbeddedController,
    proxy: UnreliableProxy,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[RunningHub]:
    folder = tmp_path_factory.mktemp("tested")
    running = RunningHub(folder, proxy.url, controller.token, OPERATOR)
    await running.start()
    await running.call("POST", "/users", {"usernames": USERS})
    yield running
    await running.stop()


@pytest.fixture
async def hub(
    tested: RunningHub, neighbour: RunningHub, controller: EmbeddedController
) -> AsyncIterator[RunningHub]:
    """The hub that is put to the test; afterwards all has to be well."""
    (tested.folder / "hub.log").write_text("")
    yield tested
    await _all_is_well(tested, neighbour, controller)


async def _all_is_well(
    hub: RunningHub, neighbour: RunningHub, controller: EmbeddedController
) -> None:
    """The next start works, nothing is left over, nobody else's server was touched."""
    if await is_stopped(hub, USERS[0]):
        assert await start(hub, USERS[0]) == 201, hub.log
    ready = [user for user in USERS if await is_ready(hub, user)]
    assert await stop_all(hub, ready) == [204] * len(ready), hub.log
    assert await is_ready(neighbour, "user-0")
    await until(lambda: _has_only(controller, neighbour), "only the neighbour's sandbox is left")
    status = await controller.client.status((await state(neighbour, "user-0"))["sandbox_id"])
    assert status.server_exit is None


async def _has_only(controller: EmbeddedController, neighbour: RunningHub) -> bool:
    return await controller.sandbox_ids() == {(await state(neighbour, "user-0"))["sandbox_id"]}


async def test_a_controller_that_is_killed_and_comes_back_costs_only_what_died_with_it(
    tmp_path: Path,
) -> None:
    controller = EmbeddedController(tmp_path)
    await controller.start()
    patient = f"{OPERATOR}\nc.ForkdSpawner.unknown_grace_s = 300"
    hub = RunningHub(tmp_path, controller.url, controller.token, patient)
    await hub.start()
    await hub.call("POST", "/users", {"usernames": USERS})
    assert await start_all(hub, USERS) == [201] * 5
    servers = [process_at((await state(hub, user))["host"], 8000) for user in USERS]
    await controller.kill()
    for user in USERS:
        await logged(hub, f"Whether {user} runs is unknown")
    assert not any([await is_stopped(hub, user) for user in USERS])
    psutil.wait_procs(servers, timeout=DEADLINE_S)
    await controller.start()
    await until(lambda: all_stopped(hub, USERS), "the hub knows that its servers are gone")
    assert await start_all(hub, USERS) == [201] * 5
    assert await stop_all(hub, USERS) == [204] * 5
    assert await controller.sandbox_ids() == set()
    await hub.stop()
    await controller.stop()


async def test_a_controller_that_is_frozen_costs_no_server_and_what_it_makes_late_is_swept(
    hub: RunningHub, controller: EmbeddedController
) -> None:
    assert await start(hub, "user-0") == 201
    sandbox_id = (await state(hub, "user-0"))["sandbox_id"]
    controller.send(signal.SIGSTOP)
    try:
        await logged(hub, "user-0 runs, though the forkd controller", times=2)
        assert await start(hub, "user-1") >= 500
    finally:
        controller.send(signal.SIGCONT)
    assert await is_ready(hub, "user-0")
    assert (await state(hub, "user-0"))["sandbox_id"] == sandbox_id


async def test_a_start_that_is_stopped_while_the_controller_is_frozen_can_be_made_again(
    hub: RunningHub, controller: EmbeddedController, proxy: UnreliableProxy
) -> None:
    proxy.fall_silent("POST /v1/sandboxes/[^/]+/eval")
    first = asyncio.create_task(hub.call("POST", "/users/user-0/server"))
    await asyncio.wait_for(proxy.fell_silent.wait(), DEADLINE_S)
    controller.send(signal.SIGSTOP)
    try:
        assert await stop(hub, "user-0") == 204
        assert await is_stopped(hub, "user-0")
        await first
    finally:
        controller.send(signal.SIGCONT)
        proxy.speak()
    assert await start(hub, "user-0") == 201


async def test_errors_on_every_second_request_cost_no_server(
    hub: RunningHub, proxy: UnreliableProxy
) -> None:
    proxy.fails_every_second_time = True
    await start_all(hub, USERS)
    ready = [user for user in USERS if await is_ready(hub, user)]
    failures = proxy.failures

    async def has_failed_often() -> bool:
        return proxy.failures > failures + 10

    await until(has_failed_often, "polls or sweeps have failed")
    assert [user for user in USERS if await is_ready(hub, user)] == ready
    proxy.fails_every_second_time = False


@pytest.mark.parametrize(
    "silent_on",
    ["POST /v1/sandboxes", "POST /v1/sandboxes/[^/]+/eval"],
    ids=["before it knows of a sandbox", "before the servers are ready"],
)
async def test_a_hub_that_is_killed_in_the_middle_of_five_starts_leaves_nothing(
    hub: RunningHub, proxy: UnreliableProxy, silent_on: str
) -> None:
    proxy.fall_silent(silent_on)
    starts = [asyncio.create_task(hub.call("POST", f"/users/{user}/server", {})) for user in USERS]
    await asyncio.wait_for(proxy.fell_silent.wait(), DEADLINE_S)
    await hub.kill()
    await asyncio.gather(*starts, return_exceptions=True)
    proxy.speak()
    await hub.start()
    await logged(hub, "which this hub had made and no server owns, is deleted")
    await until(lambda: all_stopped(hub, USERS), "no server is there")


async def test_a_hub_that_was_away_for_longer_than_the_grace_period_finds_its_servers_again(
    hub: RunningHub, controller: EmbeddedController
) -> None:
    assert await start_all(hub, USERS) == [201] * 5
    before = [(await state(hub, user))["sandbox_id"] for user in USERS]
    await hub.stop()
    controller.send(signal.SIGSTOP)
    stopped = time.monotonic()
    try:
        await hub.start()
        assert time.monotonic() > stopped + GRACE_S
        await logged(hub, "runs, though the forkd controller", times=5)
    finally:
        controller.send(signal.SIGCONT)
    assert [await is_ready(hub, user) for user in USERS] == [True] * 5
    assert [(await state(hub, user))["sandbox_id"] for user in USERS] == before


async def test_a_sandbox_that_is_killed_from_outside_is_noticed(hub: RunningHub) -> None:
    assert await start(hub, "user-0") == 201
    process_at((await state(hub, "user-0"))["host"], 8888).kill()
    await until(lambda: is_stopped(hub, "user-0"), "the hub knows")


async def test_a_server_that_is_killed_inside_its_sandbox_is_noticed(hub: RunningHub) -> None:
    assert await start(hub, "user-0") == 201
    process_at((await state(hub, "user-0"))["host"], 8000).kill()
    await until(lambda: is_stopped(hub, "user-0"), "the hub knows")
    assert "user-0 has stopped (137)" in hub.log


async def test_running_out_of_memory_costs_nobody_but_the_user(
    hub: RunningHub, controller: EmbeddedController
) -> None:
    if "not enforced" in await controller.memory_limits():
        pytest.skip("the controller has no cgroup in which it could limit memory")
    assert await start(hub, "user-0") == 201
    assert (
        await _run(controller, (await state(hub, "user-0"))["sandbox_id"], "bytearray(2**30)") != 0
    )
    assert await start(hub, "user-1") == 201


async def _run(controller: EmbeddedController, sandbox_id: str, code: str) -> int:
    """The exit code of a program inside a sandbox."""
    body = {"args": [sys.executable, "-c", code], "timeout_secs": 30}
    answer = await _ask(controller, "POST", f"/v1/sandboxes/{sandbox_id}/exec", body)
    return int(answer["exit_code"])


async def _ask(
    controller: EmbeddedController, method: str, path: str, body: Any = None
) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {controller.token}"}
    url = f"{controller.url}{path}"
    async with aiohttp.request(method, url, json=body, headers=headers) as answer:
        return await answer.json()


async def test_a_start_timeout_of_a_tenth_of_a_second_leaves_nothing(
    hub: RunningHub, proxy: UnreliableProxy
) -> None:
    await _restart(hub, IMPATIENT)
    await start_all(hub, USERS)
    ready = [user for user in USERS if await is_ready(hub, user)]
    assert await stop_all(hub, ready) == [204] * len(ready)
    proxy.fall_silent("POST /v1/sandboxes")
    assert min(await start_all(hub, USERS)) >= 500
    proxy.speak()
    await _restart(hub, OPERATOR)


async def _restart(hub: RunningHub, configuration: str) -> None:
    await hub.stop()
    hub.configuration = configuration
    await hub.start()
