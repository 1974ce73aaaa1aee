"""Another spawner wraps ours, or shares a hub's configuration with it, and servers come and go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tornado.web import HTTPError
from traitlets import TraitError
from traitlets.config import Config

from forkd_jupyter_spawner import ForkdSpawner
from spawner.browser import browser
from spawner.conftest import MakeSpawner
from spawner.driving import is_ready, is_stopped, server, state, stop, until
from spawner.hub import RunningHub, needs_proxy
from spawner.stand_in import TOKEN, StandInController

PROFILES = """
from wrapspawner import ProfilesSpawner
c.JupyterHub.spawner_class = ProfilesSpawner
c.Spawner.cmd = ["jupyterhub-singleuser"]
c.Spawner.cpu_limit = 2
c.Spawner.poll_interval = 1
c.ForkdSpawner.mem_limit = "64M"
c.ProfilesSpawner.profiles = [
    ("Local process", "local", "jupyterhub.spawner.SimpleLocalProcessSpawner", {}),
    ("Warm", "warm", "forkd_jupyter_spawner.ForkdSpawner", {"cmd": [], "cpu_limit": None}),
    ("Big", "big", "forkd_jupyter_spawner.ForkdSpawner", {"mem_limit": "128M"}),
    (
        "With profiles of its own",
        "nested",
        "forkd_jupyter_spawner.ForkdSpawner",
        {"profile_list": [
            {"display_name": "A", "forkd_override": {"mem_limit": "16M"}},
            {"display_name": "B"},
        ]},
    ),
]
"""


@pytest.fixture
async def hub(controller: StandInController, tmp_path: Path) -> AsyncIterator[RunningHub]:
    """A hub with wrapspawner's profiles, two of which are ours."""
    running = RunningHub(tmp_path, controller.url, TOKEN, configuration=PROFILES)
    await running.start()
    await running.call("POST", "/users", {"usernames": ["alice"]})
    yield running
    await running.stop()


async def _choose(hub: RunningHub, profile: str) -> None:
    status, answer = await hub.call("POST", "/users/alice/server", {"profile": profile})
    assert status in {201, 202}, answer
    await until(lambda: is_ready(hub, "alice"), "alice's server is ready")


@needs_proxy
async def test_a_profile_of_wrapspawner_starts_is_polled_and_stops(
    hub: RunningHub, controller: StandInController
) -> None:
    await _choose(hub, "warm")
    assert controller.create_bodies[0]["memory_limit_mib"] == 64
    environment = controller.activation["environment"]
    assert "PATH" not in environment
    assert await stop(hub, "alice") == 204
    assert controller.sandboxes == {}
    await _choose(hub, "big")
    assert controller.create_bodies[1]["memory_limit_mib"] == 128
    controller.sandboxes["sb-2"].server_exit = {"exit_code": 3, "signal": None}
    await until(lambda: is_stopped(hub, "alice"), "the poll finds it dead")
    assert controller.sandboxes == {}


@needs_proxy
async def test_a_wrappers_choice_is_none_among_our_own_profiles(
    hub: RunningHub, controller: StandInController
) -> None:
    await _choose(hub, "nested")
    assert controller.create_bodies[0]["memory_limit_mib"] == 16


@needs_proxy
async def test_a_wrapped_server_outlives_its_hub(
    hub: RunningHub, controller: StandInController
) -> None:
    await _choose(hub, "warm")
    await hub.stop()
    await hub.start()
    assert await is_ready(hub, "alice")
    assert (await state(hub, "alice"))["child_state"]["sandbox_id"] == "sb-1"
    assert await stop(hub, "alice") == 204
    assert controller.sandboxes == {}


@needs_proxy
async def test_a_wrapped_start_shows_its_progress(
    hub: RunningHub, controller: StandInController
) -> None:
    controller.activation_gate.clear()
    starting = asyncio.create_task(hub.call("POST", "/users/alice/server", {"profile": "warm"}))
    await controller.activation_arrived.wait()
    stages: list[str | None] = []
    async for event in hub.progress("alice"):
        stages.append(event.get("stage"))
        if event.get("stage") == "sandbox-created":
            controller.activation_gate.set()
    assert stages == [None, "requested", "sandbox-created", "activated", None]
    assert (await starting)[0] == 201


@needs_proxy
async def test_the_wrappers_form_starts_ours(
    hub: RunningHub, controller: StandInController
) -> None:
    async with browser(hub, "alice") as user:
        _, page = await user.get("/hub/spawn")
        assert '<option value="big" >Big</option>' in page
        await user.send("/hub/spawn", {"profile": "big"})
    await until(lambda: is_ready(hub, "alice"), "alice's server is ready")
    assert controller.create_bodies[0]["memory_limit_mib"] == 128


@needs_proxy
async def test_a_wrapped_server_that_dies_at_once_is_not_waited_for(
    hub: RunningHub, controller: StandInController
) -> None:
    controller.dies_at_once = True
    status, answer = await hub.call("POST", "/users/alice/server", {"profile": "warm"})
    assert status == 500, answer
    assert "before it answered the hub" in hub.log
    assert not await server(hub, "alice")


async def test_what_is_set_for_all_spawners_refuses_no_server_of_ours(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    everybodys = Config(
        Spawner={
            "cmd": ["run"],
            "ip": "127.0.0.9",
            "port": 1,
            "cpu_limit": 2,
            "mem_guarantee": "1G",
        }
    )
    await make_spawner(config=everybodys).start()
    assert len(controller.sandboxes) == 1


@pytest.mark.parametrize("section", ["ForkdSpawner", "OfTheHouse"])
async def test_what_is_set_for_ours_or_a_class_made_of_it_is_refused(
    make_spawner: MakeSpawner, section: str
) -> None:
    class OfTheHouse(ForkdSpawner):
        pass

    with pytest.raises(TraitError, match="cannot apply"):
        OfTheHouse(config=Config({section: {"cmd": ["run"]}}))
    spawner = OfTheHouse(config=Config({section: {"cpu_guarantee": 2}}), **_like(make_spawner()))
    with pytest.raises(HTTPError, match="can't be enforced"):
        await spawner.start()


def _like(spawner: ForkdSpawner) -> dict[str, Any]:
    names = ["user", "hub", "controller_url", "token", "journal_file", "create_lock_folder"]
    return {name: getattr(spawner, name) for name in names}


@pytest.mark.parametrize(
    "name", ["cmd", "args", "ip", "port", "cpu_limit", "mem_guarantee", "env_keep"]
)
async def test_an_options_own_default_can_be_given_to_the_constructor(
    make_spawner: MakeSpawner, controller: StandInController, name: str
) -> None:
    await make_spawner(**{name: getattr(make_spawner(), name)}).start()
    assert len(controller.sandboxes) == 1


async def test_a_class_may_set_any_option_in_its_start(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    class Setting(ForkdSpawner):
        def start(self) -> Any:
            self.cmd = ["jupyterhub-singleuser"]
            self.cpu_limit = 2
            self.mem_limit = "32M"
            return super().start()

    await Setting(**_like(make_spawner())).start()
    assert controller.create_bodies[0]["memory_limit_mib"] == 32


async def test_a_profile_of_ours_that_sets_what_cannot_apply_is_refused(
    make_spawner: MakeSpawner,
) -> None:
    profile = {"display_name": "A", "forkd_override": {"cmd": ["run"]}}
    with pytest.raises(HTTPError, match="cannot apply"):
        await make_spawner(profile_list=[profile]).start()
