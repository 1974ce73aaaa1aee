"""A server is stopped while it starts, in a real hub, and the controller doesn't answer.

The hub gives a start that it cancels one second to end (apihandlers/users.py, `delete`). One
that takes longer left a server that was ready, as the hub saw it, and that neither ran nor
could be stopped or started.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from forkd_jupyter_spawner.leftovers.ledger import Ledger, from_json
from spawner.browser import browser
from spawner.driving import is_ready, is_stopped, logged, server, start, state, stop, until
from spawner.freezing_controller import FreezingController
from spawner.hub import RunningHub, needs_proxy
from spawner.stand_in import TOKEN

pytestmark = needs_proxy

USERS = ["alice", "bob", "hook", "auth-hook", "created-hook", "timed-out"]

CREATE = "POST /v1/sandboxes"
ACTIVATION = "POST /v1/sandboxes/[^/]+/eval"
DELETION = "DELETE /v1/sandboxes/.*"

CONFIGURATION = """
import asyncio

async def holds_on(spawner, *_):
    spawner.log.warning("the hook of %s has begun", spawner.user.name)
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.sleep(4)
        spawner.log.warning("the hook of %s has ended", spawner.user.name)

def for_user(name):
    async def hook(spawner, *arguments):
        if spawner.user.name == name and spawner.user.name not in spawner.user.settings:
            spawner.user.settings[spawner.user.name] = "has been held up"
            await holds_on(spawner, *arguments)
    return hook

c.JupyterHub.allow_named_servers = True
c.ForkdSpawner.sweep_interval = 0.5
c.ForkdSpawner.request_timeout = 5
c.ForkdSpawner.pre_spawn_hook = for_user("hook")
c.ForkdSpawner.auth_state_hook = for_user("auth-hook")
c.ForkdSpawner.after_created_hook = for_user("created-hook")
"""
"""Each hook holds up the first start of its user, and doesn't let go at once."""


@pytest.fixture(scope="module")
async def controller() -> AsyncIterator[FreezingController]:
    running = FreezingController()
    await running.start()
    yield running
    await running.stop()


@pytest.fixture(scope="module")
async def module_hub(
    controller: FreezingController, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningHub]:
    folder = tmp_path_factory.mktemp("hub")
    running = RunningHub(folder, controller.url, TOKEN, CONFIGURATION)
    await running.start()
    await running.call("POST", "/users", {"usernames": USERS})
    yield running
    await running.stop()


@pytest.fixture
async def hub(module_hub: RunningHub, controller: FreezingController) -> AsyncIterator[RunningHub]:
    """Afterwards every user can start and stop a server, and nothing is left."""
    yield module_hub
    controller.thaw()
    for user in USERS:
        if await is_ready(module_hub, user):
            assert await stop(module_hub, user) == 204, module_hub.log
    assert await start(module_hub, "alice") == 201, module_hub.log
    assert await stop(module_hub, "alice") == 204, module_hub.log
    await _nothing_is_left(module_hub, controller)


async def _nothing_is_left(hub: RunningHub, controller: FreezingController) -> None:
    async def is_clean() -> bool:
        return controller.sandboxes == {} and _open_in_journal(hub) == []

    await until(is_clean, "no sandbox is left, and the journal knows")


def _open_in_journal(hub: RunningHub) -> list[Any]:
    (path,) = hub.folder.glob("*journal*")
    ledger = Ledger()
    for line in path.read_text().splitlines():
        if line:
            ledger.note(from_json(json.loads(line)))
    return [*ledger.unanswered, *ledger.made]


async def _begin(hub: RunningHub, user: str) -> asyncio.Task[Any]:
    return asyncio.create_task(hub.call("POST", f"/users/{user}/server"))


async def _give_up(hub: RunningHub, user: str, path: str = "server") -> None:
    """As a user, or the idle culler, does: the hub obeys, and says what is so."""
    status, answer = await hub.call("DELETE", f"/users/{user}/{path}")
    assert status in {202, 204}, (status, answer, hub.log)
    await until(lambda: is_stopped(hub, user), f"the hub has no server of {user} any more")


@pytest.mark.parametrize("frozen_on", [CREATE, ACTIVATION, f"{ACTIVATION}|{DELETION}"])
async def test_a_start_at_a_frozen_controller_can_be_stopped_and_then_started_again(
    hub: RunningHub, controller: FreezingController, frozen_on: str
) -> None:
    controller.freeze(frozen_on)
    first = await _begin(hub, "alice")
    await controller.reached()
    await _give_up(hub, "alice")
    await first
    second = asyncio.create_task(start(hub, "alice"))
    controller.thaw()
    assert await second == 201
    sandbox_id = (await state(hub, "alice"))["sandbox_id"]

    async def is_alone() -> bool:
        return list(controller.sandboxes) == [sandbox_id]

    await until(is_alone, "what the first start has made is deleted, and nothing else")
    assert await is_ready(hub, "alice")


async def test_the_next_start_waits_for_no_deletion_and_keeps_its_sandbox(
    hub: RunningHub, controller: FreezingController
) -> None:
    controller.freeze(f"{ACTIVATION}|{DELETION}")
    first = await _begin(hub, "alice")
    await controller.reached()
    (old,) = controller.sandboxes
    await _give_up(hub, "alice")
    await first
    controller.freeze(DELETION)
    assert await start(hub, "alice") == 201
    new = (await state(hub, "alice"))["sandbox_id"]
    assert set(controller.sandboxes) == {old, new}
    controller.thaw()

    async def is_alone() -> bool:
        return list(controller.sandboxes) == [new]

    await until(is_alone, "the old sandbox is deleted, and the new one is not")
    assert await is_ready(hub, "alice")


@pytest.mark.parametrize("user", ["hook", "auth-hook", "created-hook"])
async def test_a_hook_that_does_not_let_go_holds_up_no_stop(
    hub: RunningHub, controller: FreezingController, user: str
) -> None:
    first = await _begin(hub, user)
    await logged(hub, f"the hook of {user} has begun")
    await _give_up(hub, user)
    await first
    assert await start(hub, user) == 201
    sandbox_id = (await state(hub, user))["sandbox_id"]
    await logged(hub, f"the hook of {user} has ended")

    async def is_alone() -> bool:
        return list(controller.sandboxes) == [sandbox_id]

    await until(is_alone, "what the first start has made is deleted, and nothing else")


async def test_a_named_server_can_be_stopped_while_it_starts(
    hub: RunningHub, controller: FreezingController
) -> None:
    controller.freeze(f"{ACTIVATION}|{DELETION}")
    first = asyncio.create_task(hub.call("POST", "/users/alice/servers/course"))
    await controller.reached()
    status, answer = await hub.call("DELETE", "/users/alice/servers/course", {"remove": True})
    assert status in {202, 204}, (status, answer)
    await first

    async def is_removed() -> bool:
        _, model = await hub.call("GET", "/users/alice")
        return model["servers"] == {}

    await until(is_removed, "the named server is removed")
    controller.thaw()
    status, _ = await hub.call("POST", "/users/alice/servers/course")
    assert status == 201
    status, _ = await hub.call("DELETE", "/users/alice/servers/course", {"remove": True})
    assert status in {202, 204}
    await until(is_removed, "the named server is removed again")


async def test_two_stops_at_once_leave_a_server_that_starts(
    hub: RunningHub, controller: FreezingController
) -> None:
    controller.freeze(f"{ACTIVATION}|{DELETION}")
    first = await _begin(hub, "bob")
    await controller.reached()
    # JupyterHub itself answers 500 to the second one, as long as the first one stops the server.
    await asyncio.gather(*(hub.call("DELETE", "/users/bob/server") for _ in range(2)))
    await first
    await until(lambda: is_stopped(hub, "bob"), "the hub has no server any more")
    controller.thaw()
    assert await start(hub, "bob") == 201


async def test_a_browser_that_stops_a_starting_server_gets_to_the_next_one(
    hub: RunningHub, controller: FreezingController
) -> None:
    async with browser(hub, "bob") as opened:
        controller.freeze(f"{ACTIVATION}|{DELETION}")
        first = asyncio.create_task(opened.get("/hub/spawn/bob"))
        await controller.reached()
        assert await opened.delete("/hub/api/users/bob/server") in {202, 204}
        await first
        await until(lambda: is_stopped(hub, "bob"), "the hub has no server any more")
        status, page = await opened.get("/user/bob/lab")
        assert (status, "Redirect loop" in page) == (424, False)
        controller.thaw()
        await opened.get("/hub/spawn/bob")
        await until(lambda: is_ready(hub, "bob"), "the next server runs")


async def test_what_a_killed_hub_was_deleting_is_swept_by_the_next_one(
    hub: RunningHub, controller: FreezingController
) -> None:
    controller.freeze(f"{ACTIVATION}|{DELETION}")
    first = await _begin(hub, "alice")
    await controller.reached()
    await _give_up(hub, "alice")
    await first
    await hub.kill()
    assert len(controller.sandboxes) == 1
    await hub.start()
    controller.thaw()
    await _nothing_is_left(hub, controller)


async def test_a_hub_that_ends_waits_for_no_controller(
    hub: RunningHub, controller: FreezingController
) -> None:
    controller.freeze(f"{ACTIVATION}|{DELETION}")
    first = await _begin(hub, "alice")
    await controller.reached()
    await hub.stop()
    await asyncio.gather(first, return_exceptions=True)
    await hub.start()
    assert await is_stopped(hub, "alice")
    controller.thaw()
    await _nothing_is_left(hub, controller)


async def test_a_server_that_is_stopped_while_the_controller_is_frozen_can_be_started_again(
    hub: RunningHub, controller: FreezingController
) -> None:
    assert await start(hub, "alice") == 201
    controller.freeze()
    status, _ = await hub.call("DELETE", "/users/alice/server")
    assert status in {202, 204}
    await until(lambda: is_stopped(hub, "alice"), "the hub gives up")
    assert (await server(hub, "alice")) == {}
    controller.thaw()
    assert await start(hub, "alice") == 201
