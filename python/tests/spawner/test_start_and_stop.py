"""A server's life as the hub drives it: start, state, stop, and every way to fail."""

from __future__ import annotations

import asyncio
import json
import logging

import aiohttp
import pytest
from aiohttp import web
from tornado.web import HTTPError

from forkd_jupyter_spawner import ForkdSpawner
from forkd_jupyter_spawner.errors import ControllerFailedError
from forkd_jupyter_spawner.start.connections import connections
from spawner.conftest import API_TOKEN, MakeSpawner
from spawner.driving import until
from spawner.stand_in import TOKEN, StandInController


async def test_start_returns_a_url_that_answers_at_once(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    url = await make_spawner().start()
    async with aiohttp.ClientSession() as session, session.get(f"{url}/api") as response:
        assert response.status == 200
    assert controller.activation["username"] == "alice"
    assert controller.activation["environment"]["JUPYTERHUB_API_TOKEN"] == API_TOKEN


async def test_what_an_operator_sets_reaches_the_guest(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    spawner = make_spawner(args=["--debug"], environment={"COURSE": "a"}, mem_limit="100K")
    await spawner.start()
    assert controller.activation["args"] == ["--debug"]
    assert controller.activation["environment"]["COURSE"] == "a"
    assert controller.sandboxes["sb-1"].memory_limit_mib == 1


HOSTILE = [
    '"); __import__("os").abort(); ("',
    "'\"\\\n\r\t\x1b%s{}",
    "é ☃ 𝄞 \u2028",
    "x" * (1024 * 1024),
]


@pytest.mark.parametrize("value", HOSTILE, ids=["code", "quotes", "unicode", "1 MiB"])
async def test_hostile_values_reach_the_guest_as_data_only(
    make_spawner: MakeSpawner, controller: StandInController, value: str
) -> None:
    spawner = make_spawner(value[:200], environment={"VALUE": value}, args=[value])
    await spawner.start()
    assert controller.activation["username"] == value[:200]
    assert controller.activation["environment"]["VALUE"] == value
    assert controller.activation["args"] == [value]


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"VALUE": "\ud800secret"}, "the environment variable VALUE holds half a surrogate pair"),
        ({"VALUE": "a\0secret"}, "the environment variable VALUE holds a NUL"),
        ({"VALUE": 1}, "the environment variable VALUE must be text, not int"),
        ({"A=B": "secret"}, "'A=B' cannot be the name"),
    ],
)
async def test_what_no_environment_can_hold_is_refused_by_name_before_anything_is_forked(
    make_spawner: MakeSpawner,
    controller: StandInController,
    environment: dict[str, object],
    sentence: str,
) -> None:
    with pytest.raises(HTTPError) as caught:
        await make_spawner(environment=environment).start()
    assert sentence in caught.value.jupyterhub_message
    assert "secret" not in caught.value.jupyterhub_message
    assert controller.creates == []


async def test_a_stop_deletes_the_sandbox_and_is_idempotent(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    spawner = make_spawner()
    await spawner.start()
    await spawner.stop()
    await spawner.stop()
    assert controller.sandboxes == {}
    assert await spawner.poll() == 0


async def test_a_stop_of_a_sandbox_that_is_gone_is_a_success(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    spawner = make_spawner()
    await spawner.start()
    await controller.sandboxes.pop("sb-1").end()
    await spawner.stop()
    assert spawner.get_state() == {}


async def test_a_journal_that_cannot_be_opened_saves_no_sandbox(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    spawner = make_spawner()
    await spawner.start()
    spawner.journal_file = "/nowhere/journal"
    await spawner.delete_forever()
    assert controller.sandboxes == {}


async def test_nothing_is_asked_of_a_journal_where_there_is_no_sandbox(
    make_spawner: MakeSpawner,
) -> None:
    await make_spawner(journal_file="/nowhere/journal").stop()


async def test_a_stop_is_retried_when_the_controller_fails_once(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    spawner = make_spawner()
    await spawner.start()

    async def fail_once(_: web.Request) -> web.Response:
        controller.faults.clear()
        return web.json_response({"error": "busy"}, status=500)

    controller.fail("DELETE .*", fail_once)
    await spawner.stop()
    assert controller.sandboxes == {}


async def test_a_deletion_that_is_accepted_but_not_done_is_repeated_and_fails_in_the_end(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    spawner = make_spawner()
    await spawner.start()

    async def accept(_: web.Request) -> web.Response:
        return web.Response(status=204)

    controller.fail("DELETE .*", accept)
    with pytest.raises(ControllerFailedError, match="the controller still has sandbox sb-1"):
        await spawner.stop()
    deletions = [method for method, _, _ in controller.requests if method == "DELETE"]
    assert len(deletions) == 3
    controller.faults.clear()
    await spawner.stop()
    assert controller.sandboxes == {}


async def test_a_stop_while_its_sandbox_is_being_made_leaves_none(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    controller.create_gate.clear()
    spawner = make_spawner()
    start = asyncio.create_task(spawner.start())
    await controller.create_arrived.wait()
    await spawner.stop()
    with pytest.raises(HTTPError, match="stopped while it was starting"):
        await start
    controller.create_gate.set()
    queue = connections().queue(controller.url, spawner.journal, spawner.create_lock_folder)
    await queue.settled()
    assert controller.creates == [1]
    assert controller.sandboxes == {}
    assert spawner.journal.known == []


async def test_a_restarted_hub_finds_the_server_again(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    first = make_spawner()
    await first.start()
    stored = json.loads(json.dumps(first.get_state()))
    second = make_spawner(controller_url="http://127.0.0.1:1")
    second.load_state(stored)
    assert await second.poll() is None
    assert second.get_state() == stored
    assert stored["kernel_connection"]["shell_port"] == 9001
    await second.stop()
    assert controller.sandboxes == {}


async def test_a_start_that_the_hub_gives_up_leaves_no_sandbox(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    controller.activation_gate.clear()
    spawner = make_spawner()
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(spawner.start(), timeout=0.2)
    assert controller.creates == [1]
    assert controller.sandboxes == {}
    assert await spawner.poll() == 0


async def test_a_start_that_is_cancelled_twice_leaves_no_sandbox_though_the_controller_fails_once(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    arrived, gate = asyncio.Event(), asyncio.Event()

    async def fail_once(_: web.Request) -> web.Response:
        arrived.set()
        await gate.wait()
        controller.faults.clear()
        return web.json_response({"error": "out of luck"}, status=500)

    controller.activation_gate.clear()
    controller.fail("DELETE .*", fail_once)
    start = asyncio.create_task(make_spawner().start())
    await controller.activation_arrived.wait()
    start.cancel()
    await arrived.wait()
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    gate.set()

    async def is_gone() -> bool:
        return controller.sandboxes == {}

    await until(is_gone, "the sandbox is deleted all the same")


async def test_a_stop_while_it_starts_ends_the_start_and_leaves_no_sandbox(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    controller.activation_gate.clear()
    spawner = make_spawner()
    start = asyncio.create_task(spawner.start())
    await controller.activation_arrived.wait()
    assert await spawner.poll() is None
    await spawner.stop()
    with pytest.raises(HTTPError, match="stopped while it was starting"):
        await start
    assert controller.sandboxes == {}


async def test_a_server_that_dies_while_starting_fails_the_start_with_its_last_log_lines(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    controller.activation_error = (
        "ActivationError: the server ended with exit code 1\n"
        f"--- last lines of the server's log ---\nImportError: <b>x</b>\nusing {API_TOKEN}"
    )
    with pytest.raises(HTTPError) as caught:
        await make_spawner().start()
    failure = caught.value
    assert "the server ended with exit code 1" in failure.jupyterhub_message
    assert "ImportError: <b>x</b>" in failure.jupyterhub_message
    assert "ImportError: &lt;b&gt;x&lt;/b&gt;" in failure.jupyterhub_html_message
    assert "<b>" not in failure.jupyterhub_html_message
    assert API_TOKEN not in f"{failure} {failure.jupyterhub_message}"
    assert controller.sandboxes == {}


async def test_an_unknown_snapshot_is_named(make_spawner: MakeSpawner) -> None:
    with pytest.raises(HTTPError, match="snapshot missing not found") as caught:
        await make_spawner(snapshot_tag="missing").start()
    assert caught.value.reason == "snapshot-unknown"


async def test_a_failing_hook_of_the_operator_leaves_nothing_and_keeps_its_own_error(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    def broken(_: ForkdSpawner) -> str:
        raise LookupError("no course")

    with pytest.raises(LookupError, match="no course"):
        await make_spawner(environment={"COURSE": broken}).start()
    assert controller.sandboxes == {}


async def test_each_spawn_is_one_line_in_the_log_without_any_token(
    make_spawner: MakeSpawner, caplog: pytest.LogCaptureFixture
) -> None:
    spawner = make_spawner()
    spawner.log.propagate = True
    with caplog.at_level(logging.DEBUG):
        await spawner.start()
        await spawner.poll()
        await spawner.stop()
    (line,) = [r.getMessage() for r in caplog.records if "forkd spawn" in r.getMessage()]
    facts = json.loads(line.removeprefix("forkd spawn "))
    assert facts["outcome"] == "completed"
    assert facts["sandbox_id"] == "sb-1"
    assert list(facts["stages_ms"]) == ["requested", "sandbox-created", "activated"]
    assert TOKEN not in caplog.text
    assert API_TOKEN not in caplog.text
