"""Concurrent creates are gathered, never overlap, and leave nothing when cancelled."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from forkd_jupyter_spawner import ControllerClient, CreateQueue
from forkd_jupyter_spawner.errors import UnknownSnapshotError
from forkd_jupyter_spawner.facts import Sandbox, SandboxSpec
from spawner.stand_in import StandInController

SPEC = SandboxSpec("jupyter")


def _start(
    queue: CreateQueue, client: ControllerClient, spec: SandboxSpec = SPEC
) -> asyncio.Task[Sandbox]:
    return asyncio.create_task(queue.take(client, spec))


async def test_a_lone_start_is_one_request_at_once(
    controller: StandInController, client: ControllerClient
) -> None:
    await CreateQueue().take(client, SPEC)
    assert controller.creates == [1]


async def test_starts_of_the_same_moment_share_one_request(
    controller: StandInController, client: ControllerClient
) -> None:
    queue = CreateQueue()
    sandboxes = await asyncio.gather(*(queue.take(client, SPEC) for _ in range(5)))
    assert controller.creates == [5]
    assert len({sandbox.id for sandbox in sandboxes}) == 5


async def test_starts_that_come_meanwhile_share_the_next_request_which_does_not_overlap(
    controller: StandInController, client: ControllerClient
) -> None:
    queue = CreateQueue()
    controller.create_gate.clear()
    first = _start(queue, client)
    await controller.create_arrived.wait()
    others = [_start(queue, client) for _ in range(4)]
    controller.create_gate.set()
    await asyncio.gather(first, *others)
    assert controller.creates == [1, 4]
    assert controller.most_creates_at_once == 1


async def test_starts_of_different_shape_take_turns(
    controller: StandInController, client: ControllerClient
) -> None:
    queue = CreateQueue()
    big = SandboxSpec("jupyter", memory_limit_mib=1024)
    await asyncio.gather(*(queue.take(client, spec) for spec in (SPEC, big, SPEC, big, big)))
    assert controller.creates == [2, 3]
    assert controller.most_creates_at_once == 1


async def test_a_failed_request_fails_its_own_waiters_only(
    controller: StandInController, client: ControllerClient
) -> None:
    queue = CreateQueue()
    missing = SandboxSpec("missing")
    good, bad, worse = await asyncio.gather(
        *(queue.take(client, spec) for spec in (SPEC, missing, missing)), return_exceptions=True
    )
    assert isinstance(good, Sandbox)
    assert isinstance(bad, UnknownSnapshotError)
    assert isinstance(worse, UnknownSnapshotError)
    assert controller.creates == [1, 2]


async def test_a_waiter_cancelled_before_its_request_is_not_asked_for(
    controller: StandInController, client: ControllerClient
) -> None:
    queue = CreateQueue()
    controller.create_gate.clear()
    first = _start(queue, client)
    await controller.create_arrived.wait()
    stays, leaves = _start(queue, client), _start(queue, client)
    await asyncio.sleep(0)
    leaves.cancel()
    controller.create_gate.set()
    await asyncio.gather(first, stays)
    assert controller.creates == [1, 1]


async def test_a_waiter_cancelled_during_its_request_costs_exactly_one_sandbox(
    controller: StandInController, client: ControllerClient
) -> None:
    queue = CreateQueue()
    controller.create_gate.clear()
    tasks = [_start(queue, client) for _ in range(3)]
    await controller.create_arrived.wait()
    tasks[1].cancel()
    controller.create_gate.set()
    kept = {(await tasks[0]).id, (await tasks[2]).id}
    with pytest.raises(asyncio.CancelledError):
        await tasks[1]
    await queue.settled()
    assert set(controller.sandboxes) == kept


@dataclass
class CancellingForker:
    """Hands a sandbox over and cancels its taker before that one wakes up."""

    task: asyncio.Task[Sandbox] | None = None
    deleted: list[str] = field(default_factory=list)

    async def create(self, spec: SandboxSpec, count: int) -> list[Sandbox]:
        assert self.task is not None
        assert count == 1
        asyncio.get_running_loop().call_soon(self.task.cancel)
        return [Sandbox("sb-1", spec.snapshot_tag, "127.0.0.2", 8888)]

    async def delete(self, sandbox_id: str) -> bool:
        self.deleted.append(sandbox_id)
        return True


async def test_a_waiter_cancelled_as_it_is_handed_its_sandbox_deletes_it() -> None:
    queue, forker = CreateQueue(), CancellingForker()
    forker.task = asyncio.create_task(queue.take(forker, SPEC))
    await asyncio.wait([forker.task])
    await queue.settled()
    assert forker.task.cancelled()
    assert forker.deleted == ["sb-1"]
