"""Sandboxes that this hub had made and no server owns are deleted; others' never."""

from __future__ import annotations

import gc
import logging
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web
from jupyterhub import orm
from sqlalchemy.orm import Session
from tornado.web import HTTPError

from forkd_jupyter_spawner import ForkdSpawner
from forkd_jupyter_spawner.hub.sweep import HubItself
from forkd_jupyter_spawner.leftovers.sweeper import Sweeper
from spawner.conftest import MakeSpawner
from spawner.stand_in import StandInController

GRACE_S = 60.0
"""Twice the request_timeout of 30 s."""


@dataclass
class Clock:
    """Seconds that pass when a test says so."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Hub:
    """A hub's spawners and its sweep, which happens when a test says so."""

    make: MakeSpawner
    sweeper: Sweeper
    clock: Clock

    def spawner(self, name: str = "alice", **traits: object) -> ForkdSpawner:
        spawner = self.make(name, **traits)
        self.sweeper.watch(spawner)
        return spawner

    async def sweep(self, after_s: float = 0.0) -> None:
        self.clock.now += after_s
        await self.sweeper.sweep()


@pytest.fixture
def hub(make_spawner: MakeSpawner) -> Hub:
    clock = Clock()
    return Hub(make_spawner, Sweeper(clock), clock)


def _requests(controller: StandInController) -> list[str]:
    return [f"{method} {path}" for method, path, _ in controller.requests]


async def _fails(_: web.Request) -> web.Response:
    return web.json_response({"error": "out of luck"}, status=500)


async def _lose_answer(controller: StandInController, spawner: ForkdSpawner) -> None:
    """Start in vain: the sandbox is made, a proxy in between fails."""

    async def bad_gateway(request: web.Request) -> web.Response:
        controller.faults.clear()
        await controller.create(await request.json())
        return web.Response(status=502)

    controller.fail("POST /v1/sandboxes", bad_gateway)
    with pytest.raises(HTTPError, match="the forkd controller failed"):
        await spawner.start()
    spawner.clear_state()


async def test_where_nothing_is_left_over_the_controller_is_not_asked(
    hub: Hub, controller: StandInController
) -> None:
    await hub.spawner().start()
    before = _requests(controller)
    await hub.sweep()
    assert _requests(controller) == before


async def test_what_a_failed_stop_leaves_is_deleted_and_nothing_else(
    hub: Hub, controller: StandInController, caplog: pytest.LogCaptureFixture
) -> None:
    alice, bob = hub.spawner("alice"), hub.spawner("bob")
    await alice.start()
    await bob.start()
    controller.fail("DELETE .*", _fails)
    with pytest.raises(Exception, match="out of luck"):
        await alice.stop()
    alice.clear_state()
    controller.faults.clear()
    bob.log.propagate = True
    with caplog.at_level(logging.WARNING):
        await hub.sweep()
    assert list(controller.sandboxes) == ["sb-2"]
    assert "Sandbox sb-1 at http://127.0.0.1" in caplog.text
    assert [made.id for made in bob.journal.known] == ["sb-2"]
    assert await bob.poll() is None


async def test_a_dry_run_says_once_what_would_be_deleted_and_deletes_nothing(
    hub: Hub, controller: StandInController, caplog: pytest.LogCaptureFixture
) -> None:
    spawner = hub.spawner(sweep_dry_run=True)
    await spawner.start()
    spawner.clear_state()
    spawner.log.propagate = True
    with caplog.at_level(logging.WARNING):
        await hub.sweep()
        await hub.sweep()
    assert caplog.text.count("Sandbox sb-1 at") == 1
    assert "would be deleted" in caplog.text
    assert list(controller.sandboxes) == ["sb-1"]


async def test_a_controller_that_fails_is_asked_again_at_the_next_sweep(
    hub: Hub, controller: StandInController
) -> None:
    spawner = hub.spawner()
    await spawner.start()
    spawner.clear_state()
    await controller.hang_up()
    await hub.sweep()
    await controller.listen()
    await hub.sweep()
    assert controller.sandboxes == {}


async def test_a_sandbox_that_has_the_id_of_ours_but_is_another_is_not_touched(
    hub: Hub, controller: StandInController
) -> None:
    spawner = hub.spawner()
    await spawner.start()
    spawner.clear_state()
    controller.sandboxes["sb-1"].created_at_unix += 1000
    await hub.sweep()
    assert list(controller.sandboxes) == ["sb-1"]
    assert spawner.journal.known == []


async def test_what_a_lost_answer_leaves_is_deleted_when_nobody_has_claimed_it_for_the_grace_period(
    hub: Hub, controller: StandInController
) -> None:
    spawner = hub.spawner()
    await _lose_answer(controller, spawner)
    await hub.sweep()
    await hub.sweep(after_s=GRACE_S - 1)
    assert list(controller.sandboxes) == ["sb-1"]
    await hub.sweep(after_s=1)
    assert controller.sandboxes == {}
    assert spawner.journal.lost_creates == []


async def test_a_sandbox_that_comes_after_the_first_sweep_is_found_too(
    hub: Hub, controller: StandInController
) -> None:
    spawner = hub.spawner()
    await _lose_answer(controller, spawner)
    late = controller.sandboxes.pop("sb-1")
    await hub.sweep()
    controller.sandboxes["sb-1"] = late
    await hub.sweep(after_s=GRACE_S)
    assert list(controller.sandboxes) == ["sb-1"]
    await hub.sweep(after_s=GRACE_S)
    assert controller.sandboxes == {}


async def test_a_sandbox_that_comes_as_the_request_would_be_given_up_is_waited_for(
    hub: Hub, controller: StandInController
) -> None:
    await _lose_answer(controller, hub.spawner())
    late = controller.sandboxes.pop("sb-1")
    await hub.sweep()
    controller.sandboxes["sb-1"] = late
    await hub.sweep(after_s=2 * GRACE_S - 1)
    await hub.sweep(after_s=1)
    assert list(controller.sandboxes) == ["sb-1"]
    await hub.sweep(after_s=GRACE_S)
    assert controller.sandboxes == {}


async def test_a_start_of_another_hub_at_every_sweep_does_not_save_what_a_lost_answer_left(
    hub: Hub, controller: StandInController
) -> None:
    spawner = hub.spawner()
    await _lose_answer(controller, spawner)
    for _ in range(5):
        (young,) = await controller.fork(1, None)
        controller.sandboxes[young.id] = young
        await hub.sweep(after_s=GRACE_S / 2)
        del controller.sandboxes[young.id]
    assert controller.sandboxes == {}
    assert spawner.journal.lost_creates == []


async def test_a_lost_request_that_made_nothing_is_forgotten_in_the_end(
    hub: Hub, controller: StandInController
) -> None:
    spawner = hub.spawner()
    await _lose_answer(controller, spawner)
    controller.sandboxes.clear()
    for _ in range(3):
        await hub.sweep(after_s=GRACE_S)
    assert spawner.journal.lost_creates == []


async def test_sandboxes_of_others_are_never_taken_for_what_a_lost_answer_left(
    hub: Hub, controller: StandInController, make_spawner: MakeSpawner, tmp_path: Path
) -> None:
    spawner = hub.spawner()
    another_hub = {"journal_file": str(tmp_path / "another-hub")}
    others = [make_spawner(f"o{number}", **another_hub) for number in range(2)]
    await others[0].start()
    await _lose_answer(controller, spawner)
    lost = controller.sandboxes.pop("sb-2")
    await others[1].start()
    await controller.create({"snapshot_tag": "jupyter", "n": 1, "memory_limit_mib": 77})
    (older,) = await controller.fork(1, None)
    older.created_at_unix -= 100
    controller.sandboxes |= {lost.id: lost, older.id: older}
    for _ in range(3):
        await hub.sweep(after_s=GRACE_S)
    assert lost.id not in controller.sandboxes
    assert set(controller.sandboxes) == {"sb-1", "sb-3", "sb-4", older.id}


async def test_a_sandbox_is_claimed_while_another_hubs_hook_runs(
    hub: Hub, controller: StandInController, make_spawner: MakeSpawner, tmp_path: Path
) -> None:
    await _lose_answer(controller, hub.spawner())
    lost = controller.sandboxes.pop("sb-1")

    async def hook(*_: object) -> None:
        for _sweep in range(4):
            await hub.sweep(after_s=GRACE_S)

    another = {"journal_file": str(tmp_path / "another-hub"), "after_created_hook": hook}
    await make_spawner("bob", **another).start()
    assert list(controller.sandboxes) == ["sb-2"]
    assert lost.claimed_by is None


async def test_where_more_are_unclaimed_than_were_asked_for_none_is_deleted_but_all_are_named(
    hub: Hub, controller: StandInController, caplog: pytest.LogCaptureFixture
) -> None:
    spawner = hub.spawner()
    await _lose_answer(controller, spawner)
    await controller.create({"snapshot_tag": "jupyter", "n": 1})
    spawner.log.propagate = True
    with caplog.at_level(logging.WARNING):
        for _ in range(4):
            await hub.sweep(after_s=GRACE_S)
    assert list(controller.sandboxes) == ["sb-1", "sb-2"]
    assert caplog.text.count("(sb-1, sb-2) than this hub may have lost (1)") == 1


async def test_a_guest_that_does_not_answer_may_be_anybodys(
    hub: Hub, controller: StandInController
) -> None:
    await _lose_answer(controller, hub.spawner())
    controller.sandboxes["sb-1"].agent_is_gone = True
    for _ in range(4):
        await hub.sweep(after_s=GRACE_S)
    assert list(controller.sandboxes) == ["sb-1"]


async def test_a_server_that_only_the_database_knows_keeps_its_sandbox(
    hub: Hub, controller: StandInController, database: Session
) -> None:
    spawner = hub.spawner()
    await spawner.start()
    stored = spawner.orm_spawner
    stored.state = {"child_state": spawner.get_state()}
    stored.server = orm.Server()
    database.flush()
    spawner.clear_state()
    await hub.sweep()
    assert list(controller.sandboxes) == ["sb-1"]
    stored.server = None
    database.flush()
    await hub.sweep()
    assert controller.sandboxes == {}


async def test_where_no_database_can_be_asked_nothing_is_deleted(
    hub: Hub, controller: StandInController, database: Session, caplog: pytest.LogCaptureFixture
) -> None:
    spawner = hub.spawner()
    await spawner.start()
    # As of a server that was deleted, and whose spawner somebody still holds.
    database.expunge(spawner.orm_spawner)
    spawner.clear_state()
    spawner.log.propagate = True
    with caplog.at_level(logging.WARNING):
        await hub.sweep()
        await hub.sweep()
    assert list(controller.sandboxes) == ["sb-1"]
    assert [made.id for made in spawner.journal.made] == ["sb-1"]
    assert caplog.text.count("the hub's database cannot be asked") == 1


async def test_a_wrapped_spawner_has_its_users_session(
    hub: Hub, controller: StandInController, database: Session
) -> None:
    spawner = hub.spawner()
    await spawner.start()
    outer, spawner.orm_spawner = spawner.orm_spawner, None
    spawner.user.orm_user = outer.user
    outer.state = {"child_state": spawner.get_state()}
    outer.server = orm.Server()
    database.flush()
    spawner.clear_state()
    await hub.sweep()
    assert list(controller.sandboxes) == ["sb-1"]
    outer.server = None
    database.flush()
    await hub.sweep()
    assert controller.sandboxes == {}


async def test_another_servers_session_is_as_good_to_ask(
    hub: Hub, controller: StandInController, database: Session
) -> None:
    alice, bob = hub.spawner("alice"), hub.spawner("bob")
    await alice.start()
    alice.clear_state()
    database.expunge(bob.orm_spawner)
    await hub.sweep()
    assert controller.sandboxes == {}


async def test_the_hubs_own_session_is_asked_as_long_as_the_hub_runs(
    hub: Hub, controller: StandInController, database: Session
) -> None:
    hub.sweeper.keep(HubItself(hub.make("nobody"), database))
    spawner = hub.spawner()
    await spawner.start()
    spawner.clear_state()
    spawner.orm_spawner, spawner.user.orm_user = None, None
    gc.collect()
    await hub.sweep()
    assert controller.sandboxes == {}


async def test_a_start_that_waits_for_its_guest_is_not_swept_by_a_hub_of_little_patience(
    hub: Hub, controller: StandInController
) -> None:
    impatient = hub.spawner(request_timeout=1)
    await _lose_answer(controller, impatient)
    controller.sandboxes.clear()
    controller.netns = "forkd-child-1"
    # Another hub's: it waits for its microVM to answer a ping, and for the forwarder.
    others = await controller.create({"snapshot_tag": "jupyter", "n": 1, "per_child_netns": True})
    await hub.sweep()
    await hub.sweep(after_s=31)
    assert len(controller.sandboxes) == 1, others
    await hub.sweep(after_s=2)
    assert controller.sandboxes == {}
