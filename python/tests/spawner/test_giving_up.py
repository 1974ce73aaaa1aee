"""A start that is given up: what it has made is deleted behind it, and nothing of the next one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from tornado.web import HTTPError

from forkd_jupyter_spawner import ForkdSpawner
from forkd_jupyter_spawner.facts import Sandbox
from forkd_jupyter_spawner.start import letting_go
from spawner.conftest import MakeSpawner
from spawner.driving import until
from spawner.freezing_controller import FreezingController

ACTIVATION = "POST /v1/sandboxes/[^/]+/eval"
DELETION = "DELETE /v1/sandboxes/.*"
DEADLINE_S = 60.0


@pytest.fixture
async def controller() -> AsyncIterator[FreezingController]:
    running = FreezingController()
    await running.start()
    yield running
    await running.stop()


async def _has_only(controller: FreezingController, *sandboxes: str) -> None:
    async def has_them() -> bool:
        return list(controller.sandboxes) == [*sandboxes]

    await until(has_them, f"the controller has {sandboxes}")


async def _cancelled(start: asyncio.Task[str]) -> None:
    """As the hub does; the controller is still frozen when it ends."""
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(start, DEADLINE_S)


def _deletions(controller: FreezingController) -> int:
    return sum(method == "DELETE" for method, _, _ in controller.requests)


async def _start_and_freeze(
    spawner: ForkdSpawner, controller: FreezingController
) -> asyncio.Task[str]:
    controller.freeze(f"{ACTIVATION}|{DELETION}")
    start = asyncio.create_task(spawner.start())
    await controller.reached()
    return start


async def test_the_same_spawner_starts_anew_while_its_old_sandbox_is_being_deleted(
    make_spawner: MakeSpawner, controller: FreezingController
) -> None:
    spawner = make_spawner()
    await _cancelled(await _start_and_freeze(spawner, controller))
    assert await spawner.poll() == 0
    controller.freeze(DELETION)
    spawner.clear_state()
    await spawner.start()
    assert list(controller.sandboxes) == ["sb-1", "sb-2"]
    assert [made.id for made in spawner.journal.known] == ["sb-1", "sb-2"]
    controller.thaw()
    await _has_only(controller, "sb-2")
    assert spawner.get_state()["sandbox_id"] == "sb-2"
    assert [made.id for made in spawner.journal.known] == ["sb-2"]
    assert await spawner.poll() is None
    await spawner.stop()
    assert controller.sandboxes == {}


async def test_a_stop_waits_for_the_deletion_that_is_under_way_and_begins_no_other(
    make_spawner: MakeSpawner, controller: FreezingController
) -> None:
    spawner = make_spawner()
    await spawner.start()
    controller.freeze(DELETION)
    stops = [asyncio.create_task(spawner.stop()) for _ in range(2)]
    await controller.reached()
    assert not any(stop.done() for stop in stops)
    controller.thaw()
    await asyncio.gather(*stops)
    assert _deletions(controller) == 1
    assert controller.sandboxes == {}


async def test_a_stop_during_a_start_ends_both_though_the_controller_says_nothing(
    make_spawner: MakeSpawner, controller: FreezingController
) -> None:
    spawner = make_spawner()
    start = await _start_and_freeze(spawner, controller)
    stop = asyncio.create_task(spawner.stop())
    with pytest.raises(HTTPError, match="stopped while it was starting"):
        await asyncio.wait_for(start, DEADLINE_S)
    assert not stop.done()
    assert await spawner.poll() == 0
    controller.thaw()
    await stop
    assert controller.sandboxes == {}


async def test_a_user_who_is_deleted_during_a_start_leaves_nothing(
    make_spawner: MakeSpawner, controller: FreezingController
) -> None:
    spawner = make_spawner()
    start = await _start_and_freeze(spawner, controller)
    controller.freeze(ACTIVATION)
    await spawner.delete_forever()
    assert controller.sandboxes == {}
    with pytest.raises(HTTPError, match="stopped while it was starting"):
        await start


async def test_what_a_hook_that_ignores_its_cancellation_lets_through_is_deleted(
    make_spawner: MakeSpawner, controller: FreezingController
) -> None:
    asked, goes_on = asyncio.Event(), asyncio.Event()

    async def obstinate(_: ForkdSpawner) -> str:
        asked.set()
        while not goes_on.is_set():
            try:
                await goes_on.wait()
            except asyncio.CancelledError:
                continue
        return "jupyter"

    spawner = make_spawner(snapshot_tag=obstinate)
    start = asyncio.create_task(spawner.start())
    await asked.wait()
    await _cancelled(start)
    spawner.clear_state()
    spawner.snapshot_tag = "jupyter"
    await spawner.start()
    goes_on.set()

    async def both_were_made() -> bool:
        return len(controller.creates) == 2

    await until(both_were_made, "the first start has got as far as the second")
    await _has_only(controller, "sb-1")
    assert spawner.get_state()["sandbox_id"] == "sb-1"


async def test_a_hook_that_keeps_the_cancellation_to_itself_activates_nothing(
    make_spawner: MakeSpawner, controller: FreezingController
) -> None:
    asked, goes_on = asyncio.Event(), asyncio.Event()

    async def obstinate(_: ForkdSpawner, __: Sandbox) -> None:
        asked.set()
        while not goes_on.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await goes_on.wait()

    spawner = make_spawner(after_created_hook=obstinate)
    start = asyncio.create_task(spawner.start())
    await asked.wait()
    await _cancelled(start)
    await _has_only(controller)
    asked_before = len(controller.requests)
    goes_on.set()

    async def has_ended() -> bool:
        return not letting_go._slow

    await until(has_ended, "the start that was given up has ended")
    assert controller.requests[asked_before:] == []


async def test_a_poll_of_the_old_server_buries_nothing_of_the_new_one(
    make_spawner: MakeSpawner, controller: FreezingController
) -> None:
    spawner = make_spawner()
    await spawner.start()
    controller.sandboxes["sb-1"].server_exit = {"exit_code": 1, "signal": None}
    controller.freeze("POST /v1/sandboxes/sb-1/eval")
    poll = asyncio.create_task(spawner.poll())
    await controller.reached()
    spawner.clear_state()
    await spawner.start()
    controller.thaw()
    assert await poll == 1
    await _has_only(controller, "sb-2")
    assert await spawner.poll() is None


async def test_a_hub_that_gives_up_while_a_failed_start_is_cleaned_up_waits_for_nothing(
    make_spawner: MakeSpawner, controller: FreezingController
) -> None:
    def broken(_: ForkdSpawner, __: Sandbox) -> None:
        controller.freeze()
        raise LookupError("no course")

    start = asyncio.create_task(make_spawner(after_created_hook=broken).start())
    await controller.reached()
    await _cancelled(start)
    controller.thaw()
    await _has_only(controller)
