"""poll() tells death from doubt."""

from __future__ import annotations

import asyncio
import logging

import pytest
from aiohttp import web

from forkd_jupyter_spawner import ForkdSpawner
from forkd_jupyter_spawner.life.liveness import Doubt
from forkd_jupyter_spawner.life.server_ends import ends_of
from spawner.conftest import API_TOKEN, MakeSpawner
from spawner.recorded import recorded
from spawner.stand_in import StandInController


@pytest.fixture
async def running(make_spawner: MakeSpawner) -> ForkdSpawner:
    spawner = make_spawner(unknown_grace_s=0, request_timeout=2)
    await spawner.start()
    return spawner


async def _failed(_: web.Request) -> web.Response:
    return web.json_response({"error": "out of luck"}, status=500)


async def _not_found_page(_: web.Request) -> web.Response:
    return web.Response(status=404, text="<h1>Not Found</h1>", content_type="text/html")


async def test_a_server_that_was_never_started_is_stopped(make_spawner: MakeSpawner) -> None:
    assert await make_spawner().poll() == 0


async def test_a_running_server_is_running(running: ForkdSpawner) -> None:
    assert await running.poll() is None


async def test_a_sandbox_that_the_controller_does_not_know_is_stopped(
    running: ForkdSpawner, controller: StandInController
) -> None:
    await controller.sandboxes.pop("sb-1").end()
    assert await running.poll() == 0


@pytest.mark.parametrize(
    ("ended", "status"),
    [({"exit_code": 3, "signal": None}, 3), ({"exit_code": None, "signal": 9}, 137)],
)
async def test_a_server_that_ended_gives_its_exit_status(
    running: ForkdSpawner, controller: StandInController, ended: dict[str, int | None], status: int
) -> None:
    controller.sandboxes["sb-1"].server_exit = ended
    assert await running.poll() == status
    assert controller.sandboxes == {}, "the hub calls no stop() for what has stopped"


async def test_two_polls_at_once_tell_the_same_and_delete_once(
    running: ForkdSpawner, controller: StandInController
) -> None:
    controller.sandboxes["sb-1"].server_exit = {"exit_code": 3, "signal": None}
    assert await asyncio.gather(running.poll(), running.poll()) == [3, 3]
    deletions = [path for method, path, _ in controller.requests if method == "DELETE"]
    assert deletions == ["/v1/sandboxes/sb-1"]


async def test_a_poll_after_the_deletion_waits_for_what_the_one_before_has_found_out(
    running: ForkdSpawner, controller: StandInController
) -> None:
    controller.sandboxes["sb-1"].server_exit = {"exit_code": 3, "signal": None}
    first = asyncio.create_task(running.poll())
    while running.held.sandbox_id:  # noqa: ASYNC110 (looked at in every turn of the loop)
        await asyncio.sleep(0)
    assert await running.poll() == 3
    assert running.obituary.why == "the server inside the sandbox ended"
    assert await first == 3


async def test_a_server_that_its_memory_limit_ended_is_told_from_other_ends(
    running: ForkdSpawner, controller: StandInController, caplog: pytest.LogCaptureFixture
) -> None:
    ended = {"exit_code": None, "signal": 9, "out_of_memory": True}
    controller.sandboxes["sb-1"].server_exit = ended
    running.log.propagate = True
    assert await running.poll() == 137
    assert "the server inside the sandbox was ended by its memory limit" in caplog.text


async def test_a_sandbox_of_the_same_id_that_is_somebody_elses_is_not_ours(
    running: ForkdSpawner, controller: StandInController
) -> None:
    request = controller.sandboxes["sb-1"].request
    assert request is not None
    request["environment"]["FORKD_ACTIVATION_NONCE"] = "another"
    assert await running.poll() == 0
    assert list(controller.sandboxes) == ["sb-1"]


async def test_a_row_whose_agent_refuses_connections_twice_is_dead(
    running: ForkdSpawner, controller: StandInController
) -> None:
    controller.sandboxes["sb-1"].agent_is_gone = True
    assert await running.poll() == 0


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (
            " (its process was ended, its memory limit of 64 MiB was reached)",
            "Your server ran out of its 64 MiB of memory and was ended.",
        ),
        (" (os error 111)", "Your server is gone: the service that ran it was restarted or has"),
    ],
)
async def test_why_a_sandbox_has_ended_is_remembered_until_the_next_start(
    make_spawner: MakeSpawner, controller: StandInController, end: str, told: str
) -> None:
    spawner = make_spawner(mem_limit="64M")
    await spawner.start()
    controller.sandboxes["sb-1"].agent_is_gone = True
    controller.sandboxes["sb-1"].agent_end = end
    assert await spawner.poll() == 0
    ((_, ended),) = ends_of(spawner.user)
    assert ended.happened.startswith(told)
    assert ends_of(make_spawner().user) == []
    await spawner.start()
    assert ends_of(spawner.user, "") == []


async def test_who_is_waited_for_too_long_is_told_that_it_counts_as_stopped(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    spawner = make_spawner(unknown_grace_s=0)
    await spawner.start()
    await controller.sandboxes["sb-1"].end()
    await controller.hang_up()
    assert await spawner.poll() == 0
    ((_, ended),) = ends_of(spawner.user)
    assert ended.happened.startswith("Your server could not be reached for a long time")


async def test_an_agent_that_refuses_once_and_then_only_is_slow_may_live(
    running: ForkdSpawner, controller: StandInController
) -> None:
    async def slow(_: web.Request) -> web.Response:
        return web.json_response({"error": "ping: connect: timed out"}, status=500)

    controller.sandboxes["sb-1"].agent_is_gone = True
    controller.fail("POST .*/ping", slow)
    assert await running.poll() is None
    assert "sb-1" in controller.sandboxes


async def test_a_controller_that_is_down_costs_no_server_that_answers(
    running: ForkdSpawner, controller: StandInController
) -> None:
    await controller.hang_up()
    assert await running.poll() is None


@pytest.mark.parametrize("handler", [_failed, _not_found_page])
async def test_a_controller_that_fails_costs_no_server_that_answers(
    running: ForkdSpawner, controller: StandInController, handler: object
) -> None:
    controller.fail("(GET|POST) .*", handler)
    assert await running.poll() is None


async def test_doubt_lasts_for_the_grace_period_and_no_longer(
    running: ForkdSpawner, controller: StandInController
) -> None:
    controller.fail("GET .*", _failed)
    await controller.sandboxes["sb-1"].end()
    running.unknown_grace_s = 300
    assert await running.poll() is None
    running.unknown_grace_s = 0
    assert await running.poll() == 0


async def test_doubt_counts_anew_after_it_was_certain_that_the_server_runs(
    running: ForkdSpawner, controller: StandInController
) -> None:
    now_s = 0.0
    running.unknown_grace_s = 300
    running._polling._doubt = Doubt(lambda: now_s)
    server = controller.sandboxes["sb-1"]
    await server.end()
    controller.fail("GET .*", _failed)
    assert await running.poll() is None
    controller.faults.clear()
    assert await running.poll() is None
    now_s = 400.0
    controller.fail("GET .*", _failed)
    assert await running.poll() is None


async def test_doubt_without_limit_is_possible(
    running: ForkdSpawner, controller: StandInController
) -> None:
    running.unknown_grace_s = None
    await controller.sandboxes["sb-1"].end()
    await controller.hang_up()
    assert await running.poll() is None


async def test_a_controller_that_comes_back_is_believed_again(
    running: ForkdSpawner, controller: StandInController
) -> None:
    await controller.hang_up()
    assert await running.poll() is None
    await controller.listen()
    await controller.sandboxes.pop("sb-1").end()
    assert await running.poll() == 0


async def test_a_token_file_that_cannot_be_read_costs_no_server(running: ForkdSpawner) -> None:
    running.token_file = "/nowhere/token"
    assert await running.poll() is None


async def test_a_guest_that_fails_to_answer_the_question_costs_no_server(
    running: ForkdSpawner, controller: StandInController
) -> None:
    async def confused(_: web.Request) -> web.Response:
        return recorded("eval 1/0")

    controller.fail("POST .*/eval", confused)
    assert await running.poll() is None


async def test_poll_never_raises(running: ForkdSpawner, controller: StandInController) -> None:
    async def nonsense(_: web.Request) -> web.Response:
        return web.json_response([{"id": 7}])

    controller.fail(".*", nonsense)
    assert await running.poll() is None


async def test_last_lines_whose_secrets_the_hub_no_longer_knows_are_not_shown(
    make_spawner: MakeSpawner, controller: StandInController, caplog: pytest.LogCaptureFixture
) -> None:
    controller.log = f"password: {API_TOKEN}\nMemoryError"
    before = make_spawner()
    await before.start()
    after = make_spawner()
    after.load_state(before.get_state())
    after.api_token = ""
    after.log.propagate = True
    controller.sandboxes["sb-1"].server_exit = {"exit_code": 1, "signal": None}
    with caplog.at_level(logging.DEBUG):
        assert await after.poll() == 1
    ((_, ended),) = ends_of(after.user)
    assert API_TOKEN not in f"{ended.as_html()}{caplog.text}"
    assert "MemoryError" not in ended.as_html()
    assert "The hub was restarted since this server's start" in "".join(ended.last_lines)
    assert "The hub was restarted since this server's start" in caplog.text
    assert controller.sandboxes == {}


async def test_last_lines_are_shown_without_the_secrets_that_the_hub_knows(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    controller.log = f"password: {API_TOKEN}\nMemoryError"
    spawner = make_spawner()
    await spawner.start()
    controller.sandboxes["sb-1"].server_exit = {"exit_code": 1, "signal": None}
    assert await spawner.poll() == 1
    ((_, ended),) = ends_of(spawner.user)
    assert list(ended.last_lines) == ["password: [secret]", "MemoryError"]
