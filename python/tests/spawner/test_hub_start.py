"""A configuration that can't work is refused when the hub starts, in a sentence."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from tornado.web import HTTPError

from forkd_jupyter_spawner import ForkdSpawner
from forkd_jupyter_spawner.hub.checks import Findings, look_for_mistakes
from spawner.conftest import MakeSpawner
from spawner.driving import logged
from spawner.hub import RunningHub, free_ports, needs_proxy
from spawner.stand_in import TOKEN, StandInController

ALICE = SimpleNamespace(name="alice", url="/user/alice/", groups=[])


@pytest.fixture
def look(controller: StandInController) -> Callable[..., Any]:
    """Look for mistakes in a configuration, as for a user or for nobody."""

    async def look(user: Any = ALICE, **options: Any) -> Findings:
        options = {"controller_url": controller.url, "token": TOKEN, **options}

        async def as_in_a_hub() -> Findings:
            return look_for_mistakes(lambda: ForkdSpawner(user=user, is_trial=True, **options))

        # In another loop, which it holds up: the controller of the test needs this one to answer.
        return await asyncio.to_thread(asyncio.run, as_in_a_hub())

    return look


async def test_a_configuration_that_works_is_left_alone(
    look: Callable[..., Any], controller: StandInController
) -> None:
    assert await look() == Findings()
    assert [path for _, path, _ in controller.requests] == ["/v1/snapshots", "/version"]


@pytest.mark.parametrize("version", ["0.4.9", "0.6.0", "1.0"])
async def test_a_controller_that_was_not_tried_is_warned_of(
    look: Callable[..., Any], controller: StandInController, version: str
) -> None:
    controller.version = version
    warning = f"the forkd-controller at {controller.url} is {version}; 0.5.x only was tried"
    found = await look()
    assert found.warnings == [warning]
    assert found.mistakes == []


@pytest.mark.parametrize("version", ["0.5.9", "0.1.0-embedded"])
async def test_one_that_was_tried_is_not(
    look: Callable[..., Any], controller: StandInController, version: str
) -> None:
    controller.version = version
    assert await look() == Findings()


def _raise(_: ForkdSpawner) -> str:
    raise LookupError


async def _raise_later(_: ForkdSpawner) -> str:
    raise LookupError


NO_SUCH_FILE = "/nowhere/ca.pem"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"token": "wrong"},
            "the forkd controller does not accept the spawner's token: invalid bearer token",
        ),
        ({"token_file": NO_SUCH_FILE}, "ForkdSpawner.token_file cannot be read: No such file"),
        (
            {"ca_file": NO_SUCH_FILE},
            f"ForkdSpawner.ca_file = '{NO_SUCH_FILE}' holds no certificates",
        ),
        (
            {"snapshot_tag": "missing"},
            "ForkdSpawner.snapshot_tag 'missing' is unknown: the controller at ",
        ),
        (
            {"snapshot_tag": "broken"},
            "ForkdSpawner.snapshot_tag 'broken' can't be started: the controller at ",
        ),
        ({"allowed_snapshots": ["jupyter", "missing"]}, "'missing' is unknown"),
        ({"mem_limit": "900T"}, "mem_limit = 943718400 MiB is more than the "),
        ({"cpu_limit": 2}, "c.ForkdSpawner.cpu_limit = 2.0 can't be enforced"),
        (
            {"snapshot_tag": lambda: "jupyter"},
            "ForkdSpawner.snapshot_tag = <lambda> can't be called with (spawner)",
        ),
        (
            {"modify_request_hook": lambda _: None},
            "ForkdSpawner.modify_request_hook = <lambda> can't be called with (spawner, body)",
        ),
        (
            {"snapshot_tag": _raise},
            "c.ForkdSpawner.snapshot_tag (_raise) raised LookupError (tried for user 'alice')",
        ),
        (
            {"controller_url": _raise_later},
            "c.ForkdSpawner.controller_url (_raise_later) raised LookupError",
        ),
        ({"profile_list": lambda _: [{}]}, "profile_list[0]: a profile needs 'display_name'"),
        ({"controller_url": lambda _: "ftp://x"}, "c.ForkdSpawner.controller_url gave a wrong URL"),
    ],
)
async def test_a_mistake_is_named_with_its_value(
    look: Callable[..., Any],
    controller: StandInController,
    options: dict[str, Any],
    sentence: str,
) -> None:
    controller.tags, controller.unbootable = {"jupyter", "broken"}, {"broken"}
    (mistake,) = (await look(**options)).mistakes
    assert sentence in mistake
    assert TOKEN not in mistake


def _profiles(*overrides: dict[str, Any]) -> list[dict[str, Any]]:
    choices = {
        f"c{number}": {"display_name": "x", "forkd_override": override}
        for number, override in enumerate(overrides)
    }
    size = {"display_name": "Size", "choices": choices}
    return [{"display_name": "A", "profile_options": {"size": size}}]


async def test_every_choice_is_tried_and_named(
    look: Callable[..., Any], controller: StandInController
) -> None:
    broken = {"mem_limit": "lots"}
    good = {"snapshot_tag": "jupyter", "environment": {"A": "b"}}
    unknown = {"snapshot_tag": "missing"}
    too_much = {"snapshot_tag": "jupyter", "mem_limit": "900T"}
    # Not the tag that everybody overrides.
    found = await look(
        snapshot_tag="nobodys", profile_list=_profiles(good, broken, unknown, too_much)
    )
    mistakes = found.mistakes
    assert len(mistakes) == 3
    assert mistakes[0].startswith("profile 'a': option 'size' = 'c1': ")
    assert "can't set mem_limit: lots is not a valid memory specification" in mistakes[0]
    assert mistakes[1].startswith("profile 'a': option 'size' = 'c3': mem_limit = 943718400 MiB")
    assert "snapshot_tag 'missing' is unknown" in mistakes[2]
    assert controller.creates == []


async def test_a_controller_that_may_come_later_is_a_warning(
    look: Callable[..., Any], controller: StandInController
) -> None:
    (port,) = free_ports(1)
    found = await look(controller_url=f"http://127.0.0.1:{port}")
    assert found.mistakes == []
    assert "cannot be reached" in found.warnings[0]

    async def fail(_: web.Request) -> web.Response:
        return web.json_response({"error": "starting"}, status=500)

    controller.fail("GET /v1/snapshots", fail)
    assert "the forkd controller failed: starting" in (await look()).warnings[0]


async def test_what_only_a_user_can_tell_is_not_tried_for_nobody(look: Callable[..., Any]) -> None:
    profiles = [{"display_name": "A", "forkd_override": {"mem_limit": _raise}}]
    for options in (
        {"snapshot_tag": _raise},
        {"controller_url": _raise},
        {"profile_list": _raise},
        {"profile_list": profiles},
        {"allowed_snapshots": ["jupyter"], "snapshot_tag": _raise},
    ):
        assert await look(user=None, **options) == Findings()


async def test_what_an_operator_refuses_or_has_to_wait_for_is_no_mistake(
    look: Callable[..., Any],
) -> None:
    def refuse(_: ForkdSpawner) -> str:
        raise HTTPError(403, "no course")

    async def wait(_: ForkdSpawner) -> str:
        await asyncio.sleep(10)
        raise AssertionError

    for tag in (refuse, wait):
        assert await look(snapshot_tag=tag) == Findings()


# --- a real hub --------------------------------------------------------------------------

MISTAKES = """
def fails(spawner):
    raise LookupError(f"no course for {spawner.user.name}")

c.Authenticator.allowed_users = {"alice"}
c.ForkdSpawner.snapshot_tag = fails
c.ForkdSpawner.profile_list = [
    {"display_name": "A", "forkd_override": {"snapshot_tag": "missing"}},
    {"display_name": "B", "forkd_override": {"cpu_limit": 2}},
]
"""


async def test_a_hub_with_mistakes_says_them_all_and_starts_nothing(
    controller: StandInController, tmp_path: Path
) -> None:
    hub = RunningHub(tmp_path, controller.url, TOKEN, MISTAKES)
    assert await hub.fail_to_start() == 1
    for mistake in (
        "profile 'b': c.ForkdSpawner.cpu_limit = 2.0 can't be enforced",
        "c.ForkdSpawner.snapshot_tag (fails) raised LookupError (tried for user 'alice')",
        "ForkdSpawner.snapshot_tag 'missing' is unknown: the controller at ",
    ):
        assert mistake in hub.log
    assert "LookupError: no course for alice" in hub.log
    assert hub.log.count("Wrong configuration: ") == 3
    assert "The hub does not start" in hub.log
    assert "Starting proxy" not in hub.log


SUBCLASS = """
from forkd_jupyter_spawner import ForkdSpawner

class Mine(ForkdSpawner):
    pass

c.JupyterHub.spawner_class = Mine
c.ForkdSpawner.profile_list = [{"slug": "a"}]
"""


async def test_a_hub_with_a_value_of_the_wrong_type_ends_with_the_sentence_alone(
    controller: StandInController, tmp_path: Path
) -> None:
    hub = RunningHub(tmp_path, controller.url, TOKEN, SUBCLASS)
    assert await hub.fail_to_start() == 1
    sentence = "ForkdSpawner.profile_list[0]: a profile needs 'display_name'"
    assert f"Wrong configuration: {sentence}" in hub.log
    assert "Traceback" not in hub.log


WARNED = """
c.JupyterHub.spawner_class = "forkd_jupyter_spawner.ForkdSpawner"
c.ForkdSpawner.cpu_limit = 2
c.ForkdSpawner.hub_start_check = "warn"
"""


@needs_proxy
async def test_a_hub_can_be_told_to_start_all_the_same(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    hub = RunningHub(tmp_path, f"http://127.0.0.1:{port}", TOKEN, WARNED)
    await hub.start()
    assert "cpu_limit = 2.0 can't be enforced" in hub.log
    assert "cannot be reached" in hub.log
    assert "servers can start when it answers" in hub.log
    await hub.stop()


@needs_proxy
async def test_a_hub_that_has_no_user_yet_deletes_what_its_last_process_has_left(
    controller: StandInController, make_spawner: MakeSpawner, tmp_path: Path
) -> None:
    await make_spawner("alice", journal_file=str(tmp_path / "journal")).start()
    # A copy: that one is in use, by this process.
    shutil.copy(tmp_path / "journal", tmp_path / "forkd-journal.jsonl")
    hub = RunningHub(tmp_path, controller.url, TOKEN)
    await hub.start()
    await logged(hub, "which this hub had made and no server owns, is deleted")
    assert controller.sandboxes == {}
    await hub.stop()
