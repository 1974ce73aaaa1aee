"""What a start asks for: options that differ for each user, and the operator's hooks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tornado.web import HTTPError

from forkd_jupyter_spawner import ForkdSpawner
from forkd_jupyter_spawner.facts import Sandbox
from spawner.conftest import MakeSpawner
from spawner.stand_in import StandInController


async def test_a_request_has_no_field_that_nobody_has_set(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    await make_spawner().start()
    await make_spawner(prewarm=True, live_fork=False, hugepages=True, per_child_netns=False).start()
    assert controller.create_bodies == [
        {"snapshot_tag": "jupyter", "n": 1, "per_child_netns": True},
        {
            "snapshot_tag": "jupyter",
            "n": 1,
            "per_child_netns": False,
            "prewarm": True,
            "live_fork": False,
            "hugepages": True,
        },
    ]


def _by_user(spawner: ForkdSpawner) -> str:
    return f"course-{spawner.user.name}"


async def _by_user_later(spawner: ForkdSpawner) -> str:
    return f"course-{spawner.user.name}"


@pytest.mark.parametrize("tag", [_by_user, _by_user_later], ids=["sync", "async"])
async def test_a_snapshot_can_depend_on_the_user(
    make_spawner: MakeSpawner,
    controller: StandInController,
    tag: Callable[[ForkdSpawner], str | Awaitable[str]],
) -> None:
    controller.tags = {"course-bob"}
    spawner = make_spawner("bob", snapshot_tag=tag)
    await spawner.start()
    assert controller.create_bodies[0]["snapshot_tag"] == "course-bob"
    assert spawner.get_state()["snapshot_tag"] == "course-bob"


async def test_users_can_be_spread_over_controllers_and_are_found_where_they_run(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    second = StandInController()
    await second.start()
    urls = {"alice": controller.url, "bob": f"{second.url}/"}
    spawners = {
        name: make_spawner(name, controller_url=lambda spawner: urls[spawner.user.name])
        for name in urls
    }
    for spawner in spawners.values():
        await spawner.start()
    assert (controller.creates, second.creates) == ([1], [1])

    moved = make_spawner("bob", controller_url=lambda _: controller.url)
    moved.load_state(spawners["bob"].get_state())
    assert await moved.poll() is None
    await moved.stop()
    assert second.sandboxes == {}
    await second.stop()


def _raise(_: ForkdSpawner) -> str:
    raise LookupError("password is hunter2")


@pytest.mark.parametrize(
    ("option", "function", "sentence"),
    [
        ("controller_url", _raise, "controller_url (_raise) raised LookupError"),
        ("controller_url", lambda _: "ftp://host", "begins with http:// or https:// and a host"),
        ("controller_url", lambda _: None, "not None"),
        ("snapshot_tag", _raise, "snapshot_tag (_raise) raised LookupError"),
        ("snapshot_tag", lambda _: "../etc", "'../etc': it must be 1 to 64 ASCII letters"),
    ],
)
async def test_a_callable_that_gives_nothing_usable_fails_the_start_by_name(
    make_spawner: MakeSpawner,
    controller: StandInController,
    option: str,
    function: Callable[[ForkdSpawner], Any],
    sentence: str,
) -> None:
    with pytest.raises(HTTPError) as caught:
        await make_spawner(**{option: function}).start()
    assert sentence in caught.value.log_message
    assert f"c.ForkdSpawner.{option}" in caught.value.log_message
    assert "ForkdSpawner" not in caught.value.jupyterhub_message, "users read that"
    assert "hunter2" not in caught.value.jupyterhub_message
    assert controller.creates == []


async def test_what_an_operator_tells_the_user_by_an_http_error_is_told(
    make_spawner: MakeSpawner,
) -> None:
    def refuse(_: ForkdSpawner) -> str:
        raise HTTPError(403, "no course, no server")

    with pytest.raises(HTTPError, match="no course, no server"):
        await make_spawner(snapshot_tag=refuse).start()


async def test_a_hook_changes_the_request_or_returns_another(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    seen: list[dict[str, Any]] = []

    def change(_: ForkdSpawner, body: dict[str, Any]) -> None:
        seen.append(dict(body))
        body["colour"] = ["red"]

    async def replace(spawner: ForkdSpawner, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "memory_limit_mib": 64, "owner": spawner.user.name}

    await make_spawner(mem_limit="32M", modify_request_hook=change).start()
    await make_spawner(mem_limit="32M", modify_request_hook=replace).start()
    common = {"snapshot_tag": "jupyter", "per_child_netns": True}
    assert seen == [{**common, "memory_limit_mib": 32}]
    assert controller.create_bodies == [
        {**common, "n": 1, "memory_limit_mib": 32, "colour": ["red"]},
        {**common, "n": 1, "memory_limit_mib": 64, "owner": "alice"},
    ]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"n": 5}, "n = 5: it must be left out"),
        ({"snapshot_tag": "a b"}, "snapshot_tag = 'a b': it must be 1 to 64"),
        ({"memory_limit_mib": "1G"}, "memory_limit_mib = '1G': it must be MiB, from 1"),
        ({"per_child_netns": 1}, "per_child_netns = 1: it must be True or False"),
        ({"hugepages": "yes"}, "hugepages = 'yes': it must be True or False"),
        ({"colour": {1, 2}}, "colour = {1, 2}: it must be JSON"),
        ({"weight": float("nan")}, "weight = nan: it must be JSON"),
    ],
)
async def test_a_hook_that_asks_for_what_no_request_can_hold_is_refused_by_field(
    make_spawner: MakeSpawner,
    controller: StandInController,
    change: dict[str, Any],
    sentence: str,
) -> None:
    spawner = make_spawner(modify_request_hook=lambda _, body: {**body, **change})
    with pytest.raises(HTTPError) as caught:
        await spawner.start()
    assert f"c.ForkdSpawner.modify_request_hook asks for {sentence}" in str(caught.value)
    assert controller.creates == []


async def test_a_hook_that_returns_no_dictionary_is_refused(make_spawner: MakeSpawner) -> None:
    with pytest.raises(HTTPError, match="modify_request_hook returned 'jupyter'"):
        await make_spawner(modify_request_hook=lambda *_: "jupyter").start()


async def test_a_hook_sees_the_sandbox_before_it_becomes_the_users_server(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    seen: list[tuple[str, str, bool]] = []

    async def look(spawner: ForkdSpawner, sandbox: Sandbox) -> None:
        activated = controller.sandboxes[sandbox.id].request is not None
        seen.append((spawner.user.name, sandbox.id, activated))

    await make_spawner(after_created_hook=look).start()
    assert seen == [("alice", "sb-1", False)]


async def test_a_hook_that_fails_after_the_creation_deletes_the_sandbox(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    def fail(_: ForkdSpawner, sandbox: Sandbox) -> None:
        raise LookupError(sandbox.id)

    spawner = make_spawner(after_created_hook=fail)
    with pytest.raises(HTTPError, match=r"after_created_hook .* raised LookupError"):
        await spawner.start()
    assert controller.creates == [1]
    assert controller.sandboxes == {}
    assert spawner.get_state() == {}
