"""Which way the hub takes to a sandbox, and the guest to the hub."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from tornado.web import HTTPError

from forkd_jupyter_spawner import ForkdSpawner
from forkd_jupyter_spawner.leftovers.sweeper import Sweeper
from forkd_jupyter_spawner.life import liveness
from spawner.conftest import HUB, MakeSpawner
from spawner.driving import until
from spawner.forwarder_stand_in import StandInForwarder
from spawner.stand_in import StandInController

HUB_URLS = ("JUPYTERHUB_API_URL", "JUPYTERHUB_ACTIVITY_URL")


@pytest.fixture
async def forwarder(tmp_path: Path) -> AsyncIterator[StandInForwarder]:
    running = StandInForwarder(tmp_path / "forwarder.sock")
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
def namespaced(controller: StandInController) -> StandInController:
    """Its sandboxes are where a genuine forkd has them."""
    controller.guest_addr = "10.42.0.2:8888"
    controller.netns = "forkd-child-3"
    return controller


def _refused(error: pytest.ExceptionInfo[HTTPError]) -> str:
    return str(error.value)


async def test_a_namespaced_sandbox_is_reached_through_the_forwarder(
    make_spawner: MakeSpawner, namespaced: StandInController, forwarder: StandInForwarder
) -> None:
    spawner = make_spawner(forwarder_socket=str(forwarder.socket))

    url = await spawner.start()

    assert url == "http://127.0.0.1:8000"
    assert forwarder.requests == [
        {"op": "open", "sandbox": "sb-1", "netns": "forkd-child-3", "hub": ["127.0.0.1", 8081]},
        {"op": "expose", "sandbox": "sb-1", "ports": [8000, 9001]},
    ]
    assert namespaced.activation["environment"]["JUPYTERHUB_API_URL"] == (
        "http://10.42.0.1:8081/hub/api"
    )
    assert "127.0.0.1" not in namespaced.activation["environment"]["JUPYTERHUB_ACTIVITY_URL"]
    assert spawner.get_state()["host"] == "127.0.0.1"


async def test_its_forward_is_closed_with_it_also_after_a_restart_of_the_hub(
    make_spawner: MakeSpawner, namespaced: StandInController, forwarder: StandInForwarder
) -> None:
    spawner = make_spawner(forwarder_socket=str(forwarder.socket))
    await spawner.start()
    restarted: ForkdSpawner = make_spawner(forwarder_socket=str(forwarder.socket))
    restarted.load_state(spawner.get_state())

    await restarted.stop()

    assert forwarder.requests[-1] == {"op": "close", "sandbox": "sb-1"}
    assert namespaced.sandboxes == {}


async def test_a_sandbox_with_an_address_of_the_host_needs_no_forwarder(
    make_spawner: MakeSpawner, controller: StandInController, forwarder: StandInForwarder
) -> None:
    spawner = make_spawner(forwarder_socket=str(forwarder.socket))

    await spawner.start()
    await spawner.stop()

    assert forwarder.asked == []
    assert not controller.sandboxes


async def test_what_the_forwarder_says_is_told_to_the_user_and_the_sandbox_is_deleted(
    make_spawner: MakeSpawner, namespaced: StandInController, forwarder: StandInForwarder
) -> None:
    forwarder.error = "there is no network namespace forkd-child-3 on this host"
    forwarder.failing = frozenset({"open"})

    with pytest.raises(HTTPError) as error:
        await make_spawner(forwarder_socket=str(forwarder.socket)).start()

    assert "there is no network namespace forkd-child-3 on this host" in _refused(error)
    assert namespaced.sandboxes == {}
    assert forwarder.asked == ["open", "close"]


async def test_a_forwarder_that_does_not_run_is_named(
    make_spawner: MakeSpawner, namespaced: StandInController, tmp_path: Path
) -> None:
    with pytest.raises(HTTPError) as error:
        await make_spawner(forwarder_socket=str(tmp_path / "none.sock")).start()

    assert f"the forwarder at {tmp_path / 'none.sock'} cannot be used" in _refused(error)
    assert namespaced.sandboxes == {}


async def test_a_sandbox_without_a_namespace_cannot_be_forwarded(
    make_spawner: MakeSpawner, namespaced: StandInController, forwarder: StandInForwarder
) -> None:
    namespaced.netns = None

    with pytest.raises(HTTPError) as error:
        await make_spawner(forwarder_socket=str(forwarder.socket)).start()

    assert "set per_child_netns = True" in _refused(error)


async def test_a_sandbox_can_be_deleted_whose_forwarder_is_gone(
    make_spawner: MakeSpawner, namespaced: StandInController, forwarder: StandInForwarder
) -> None:
    spawner = make_spawner(forwarder_socket=str(forwarder.socket))
    await spawner.start()
    forwarder.error = "broken"

    await spawner.stop()

    assert namespaced.sandboxes == {}
    assert spawner.get_state() == {}


async def test_with_dnat_the_namespace_s_outer_address_is_the_sandbox_s(
    make_spawner: MakeSpawner, namespaced: StandInController
) -> None:
    spawner = make_spawner(network="dnat")

    assert await spawner.start() == "http://10.43.0.4:8000"
    assert namespaced.activation["environment"]["JUPYTERHUB_API_URL"] == HUB.api_url


@pytest.mark.parametrize("netns", [None, "forkd-child-0", "forkd-child-254", "elsewhere"])
async def test_dnat_knows_forkd_s_namespaces_only(
    make_spawner: MakeSpawner, namespaced: StandInController, netns: str | None
) -> None:
    namespaced.netns = netns

    with pytest.raises(HTTPError) as error:
        await make_spawner(network="dnat").start()

    assert "knows the way to forkd-child-1 to forkd-child-253 only" in _refused(error)


async def test_direct_says_that_it_does_not_lead_into_a_namespace(
    make_spawner: MakeSpawner, namespaced: StandInController
) -> None:
    with pytest.raises(HTTPError) as error:
        await make_spawner(network="direct").start()

    assert "10.42.0.2 inside the network namespace forkd-child-3" in _refused(error)
    assert namespaced.sandboxes == {}


async def _no_pong(_request: web.Request) -> web.StreamResponse:
    error = "ping: read pong: Resource temporarily unavailable (os error 11)"
    return web.json_response({"error": error}, status=500)


async def test_a_microvm_that_answers_late_is_waited_for(
    make_spawner: MakeSpawner, namespaced: StandInController, forwarder: StandInForwarder
) -> None:
    namespaced.fail(r"POST /v1/sandboxes/sb-1/ping", _no_pong)
    start = asyncio.create_task(make_spawner(forwarder_socket=str(forwarder.socket)).start())

    async def was_pinged() -> bool:
        return ("POST", "/v1/sandboxes/sb-1/ping", {}) in _without_bodies(namespaced)

    await until(was_pinged, "the first ping has failed")
    namespaced.faults.clear()
    await start

    assert list(namespaced.sandboxes) == ["sb-1"]


def _without_bodies(controller: StandInController) -> list[tuple[str, str, dict[str, object]]]:
    return [(method, path, {}) for method, path, _ in controller.requests]


@pytest.fixture
def one_ping(monkeypatch: pytest.MonkeyPatch) -> None:
    """A microVM has one ping to answer."""
    monkeypatch.setattr(liveness, "WAKE_TIMEOUT_S", 0.0)


@pytest.mark.usefixtures("one_ping")
async def test_a_microvm_that_never_answers_is_deleted_and_replaced_once(
    make_spawner: MakeSpawner,
    namespaced: StandInController,
    forwarder: StandInForwarder,
) -> None:
    namespaced.fail(r"POST /v1/sandboxes/sb-1/ping", _no_pong)

    await make_spawner(forwarder_socket=str(forwarder.socket)).start()

    assert list(namespaced.sandboxes) == ["sb-2"]
    assert [request["sandbox"] for request in forwarder.requests if request["op"] == "open"] == [
        "sb-2"
    ]


@pytest.mark.usefixtures("one_ping")
async def test_two_that_never_answer_fail_the_start_and_leave_nothing(
    make_spawner: MakeSpawner,
    namespaced: StandInController,
    forwarder: StandInForwarder,
) -> None:
    namespaced.fail(r"POST /v1/sandboxes/[^/]+/ping", _no_pong)

    with pytest.raises(HTTPError) as error:
        await make_spawner(forwarder_socket=str(forwarder.socket)).start()

    assert "neither sb-1 nor sb-2, forked in its place, answered a ping" in _refused(error)
    assert namespaced.sandboxes == {}
    assert namespaced.creates == [1, 1]


async def test_what_a_sweep_deletes_is_closed_as_well(
    make_spawner: MakeSpawner, namespaced: StandInController, forwarder: StandInForwarder
) -> None:
    spawner = make_spawner(forwarder_socket=str(forwarder.socket))
    await spawner.start()
    sweeper = Sweeper()
    sweeper.watch(spawner)
    spawner.clear_state()

    await sweeper.sweep()

    assert namespaced.sandboxes == {}
    assert forwarder.requests[-1] == {"op": "close", "sandbox": "sb-1"}


async def test_a_guest_that_does_not_answer_in_time_is_not_called_a_full_host(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    async def too_late(_request: web.Request) -> web.StreamResponse:
        error = "eval: read result: Resource temporarily unavailable (os error 11)"
        return web.json_response({"error": error}, status=500)

    controller.fail(r"POST /v1/sandboxes/sb-1/eval", too_late)

    with pytest.raises(HTTPError) as error:
        await make_spawner().start()

    assert "the guest did not answer the forkd controller: eval: read result" in _refused(error)
