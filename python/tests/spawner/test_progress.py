"""The hub's listeners get every stage, in order, however late they come."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from forkd_jupyter_spawner import ForkdSpawner
from spawner.conftest import MakeSpawner
from spawner.stand_in import StandInController

STAGES = ["requested", "sandbox-created", "activated"]


async def _stages(spawner: ForkdSpawner) -> list[dict[str, Any]]:
    return [event async for event in spawner.progress()]


async def test_listeners_before_during_and_after_get_all_stages_in_order(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    controller.activation_gate.clear()
    spawner = make_spawner()
    start = asyncio.create_task(spawner.start())
    await asyncio.sleep(0)
    early = asyncio.create_task(_stages(spawner))
    await controller.activation_arrived.wait()
    during = asyncio.create_task(_stages(spawner))
    controller.activation_gate.set()
    await start
    late = await _stages(spawner)
    assert await early == await during == late
    assert [event["stage"] for event in late] == STAGES
    assert [event["progress"] for event in late] == sorted(event["progress"] for event in late)
    assert [event["elapsed_ms"] for event in late] == sorted(e["elapsed_ms"] for e in late)
    assert late[1]["sandbox_id"] == late[2]["sandbox_id"] == "sb-1"


async def test_who_listens_before_the_start_begins_hears_of_it_and_of_no_earlier_one(
    make_spawner: MakeSpawner,
) -> None:
    spawner = make_spawner()
    await spawner.start()
    await spawner.stop()
    spawner.clear_state()  # as the hub does, before it runs a pre_spawn_hook

    listening = asyncio.create_task(_stages(spawner))
    await asyncio.sleep(0)
    await spawner.start()

    events = await listening
    assert [event["stage"] for event in events] == STAGES
    assert events[1]["sandbox_id"] == "sb-2"


async def test_a_class_that_starts_in_its_own_way_is_told_of_as_any_spawner_is_until_ours_begins(
    make_spawner: MakeSpawner,
) -> None:
    class Careful(ForkdSpawner):
        async def start(self) -> str:  # pyright: ignore[reportIncompatibleMethodOverride]
            return await super().start()

    spawner = make_spawner()
    spawner.__class__ = Careful
    spawner.clear_state()
    listening = asyncio.create_task(_stages(spawner))
    await asyncio.sleep(0)
    await spawner.start()

    assert [event.get("stage") for event in await listening] == [None, *STAGES]


async def test_progress_ends_when_the_start_fails(make_spawner: MakeSpawner) -> None:
    spawner = make_spawner(snapshot_tag="missing")
    await asyncio.gather(spawner.start(), return_exceptions=True)
    assert [event["stage"] for event in await _stages(spawner)] == ["requested"]


async def test_before_any_start_there_is_what_any_spawner_tells(
    make_spawner: MakeSpawner,
) -> None:
    assert [event["progress"] for event in await _stages(make_spawner())] == [50]


@pytest.mark.parametrize(
    ("listening_ms", "warm_ms", "stages"),
    [
        (0.1, 0.2, ["server-listening", "kernel-warm"]),
        (0.2, 0.1, ["kernel-warm", "server-listening"]),
    ],
)
async def test_the_guests_own_stages_come_in_the_order_in_which_they_were_reached(
    make_spawner: MakeSpawner,
    controller: StandInController,
    listening_ms: float,
    warm_ms: float,
    stages: list[str],
) -> None:
    controller.activation_gate.clear()
    spawner = make_spawner()
    start = asyncio.create_task(spawner.start())
    await controller.activation_arrived.wait()
    controller.sandboxes["sb-1"].spans = [
        {"name": "agent.server-listening", "start_unix_s": 1.0, "duration_ms": listening_ms},
        {"name": "agent.kernel-warm", "start_unix_s": 1.0, "duration_ms": warm_ms},
    ]
    controller.activation_gate.set()
    await start
    events = await _stages(spawner)
    assert [event["stage"] for event in events] == [*STAGES[:2], *stages, "activated"]
    assert [event["progress"] for event in events] == sorted(e["progress"] for e in events)
    assert [event["elapsed_ms"] for event in events] == sorted(e["elapsed_ms"] for e in events)


async def test_a_stage_that_would_be_later_than_the_answer_is_not_known(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    controller.activation_gate.clear()
    spawner = make_spawner()
    start = asyncio.create_task(spawner.start())
    await controller.activation_arrived.wait()
    controller.sandboxes["sb-1"].spans = [
        {"name": "agent.server-listening", "start_unix_s": 1.0, "duration_ms": 0.1},
        # As long as no start, and no more than a span may be.
        {"name": "agent.kernel-warm", "start_unix_s": 1.0, "duration_ms": 3_000_000.0},
    ]
    controller.activation_gate.set()
    await start
    events = await _stages(spawner)
    assert [event["stage"] for event in events] == [*STAGES[:2], "server-listening", "activated"]
