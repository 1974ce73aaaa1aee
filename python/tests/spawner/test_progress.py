"""The hub's listeners get every stage, in order, however late they come."""

from __future__ import annotations

import asyncio
from typing import Any

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


async def test_progress_ends_when_the_start_fails(make_spawner: MakeSpawner) -> None:
    spawner = make_spawner(snapshot_tag="missing")
    await asyncio.gather(spawner.start(), return_exceptions=True)
    assert [event["stage"] for event in await _stages(spawner)] == ["requested"]


async def test_before_any_start_there_is_what_any_spawner_tells(
    make_spawner: MakeSpawner,
) -> None:
    assert [event["progress"] for event in await _stages(make_spawner())] == [50]
