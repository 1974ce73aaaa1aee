"""A start that fails says why: to the user in a sentence, to the admin with what to look at."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from tornado.web import HTTPError

from forkd_jupyter_spawner import ForkdSpawner
from forkd_jupyter_spawner.errors import ChoiceError, ForkdError
from forkd_jupyter_spawner.telling.failures import spawn_failure
from spawner.conftest import API_TOKEN, MakeSpawner
from spawner.recorded import FAILED_CREATES
from spawner.stand_in import StandInController


async def _failure(spawner: ForkdSpawner) -> HTTPError:
    with pytest.raises(HTTPError) as caught:
        await spawner.start()
    return caught.value


def _kinds(kind: type[ForkdError]) -> set[type[ForkdError]]:
    return {kind}.union(*(_kinds(each) for each in kind.__subclasses__()))


@pytest.mark.parametrize("kind", sorted(_kinds(ForkdError), key=lambda kind: kind.__name__))
def test_a_page_tells_each_cause_without_the_words_of_those_who_operate_the_hub(
    kind: type[ForkdError],
) -> None:
    sentence = "c.ForkdSpawner.token_file = '/etc/<b>' at http://10.0.0.1:8889"
    failure = spawn_failure(kind(sentence), ["secret-0123456789"], ["<b>secret-0123456789</b>"])
    page = failure.jupyterhub_html_message
    assert "&lt;b&gt;[secret]&lt;/b&gt;" in page
    assert page.index("<strong>") < page.index("<pre")
    if kind is not ChoiceError:
        for word in ("ForkdSpawner", "token_file", "10.0.0.1", "sandbox", "snapshot", "microVM"):
            assert word not in page.replace(f"administrator: {kind.reason}", "")
        assert "ForkdSpawner" not in failure.jupyterhub_message
    assert sentence in str(failure)


FULL = [
    FAILED_CREATES[0],
    "restore_many: netns pool exhausted: 16 of 16 in use",
    "restore_many: fork: [Errno 12] Cannot allocate memory",
    "restore_many: write overlay: No space left on device (os error 28)",
    "restore_many: all 64516 addresses of 127.20.0.0/16 are taken",
]


@pytest.mark.parametrize(("status", "said"), [(503, "draining"), *((500, said) for said in FULL)])
async def test_a_controller_that_is_full_is_told_from_one_that_fails(
    make_spawner: MakeSpawner, controller: StandInController, status: int, said: str
) -> None:
    async def full(_: web.Request) -> web.Response:
        return web.json_response({"error": said}, status=status)

    controller.fail("POST /v1/sandboxes", full)
    failure = await _failure(make_spawner())
    assert (failure.reason, failure.status_code) == ("capacity", 503)
    assert failure.jupyterhub_message.endswith(f"has no place left for another server: {said}")
    assert failure.jupyterhub_message in str(failure)
    assert "Hint (capacity): the controller's host is out of network namespaces" in str(failure)


async def test_a_namespace_that_a_stray_microvm_holds_is_named(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    async def busy(_: web.Request) -> web.Response:
        said = "restore_many: PUT /snapshot/load: Open tap device failed: Device or resource busy"
        return web.json_response({"error": said}, status=500)

    controller.fail("POST /v1/sandboxes", busy)
    failure = await _failure(make_spawner())
    assert failure.reason == "namespace-taken"
    assert "Hint (namespace-taken): a forkd-controller that was killed" in str(failure)


async def test_forkds_other_failures_are_no_lack_of_places(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    async def broken(_: web.Request) -> web.Response:
        return web.json_response({"error": FAILED_CREATES[1]}, status=500)

    controller.fail("POST /v1/sandboxes", broken)
    assert (await _failure(make_spawner())).reason == "controller-failed"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("ActivationTimeoutError: the server was not ready within 25 s", "activation-timeout"),
        ("HubOutOfReachError: the hub's API could not be reached", "hub-out-of-reach"),
        ("OutOfMemoryError: the server was ended by its memory limit", "out-of-memory"),
        ("ActivationError: the server ended with exit code 1", "activation"),
        ("NameError: name 'activate' is not defined", "guest"),
    ],
)
async def test_the_guests_own_cause_is_the_reason(
    make_spawner: MakeSpawner, controller: StandInController, error: str, reason: str
) -> None:
    controller.activation_error = error
    assert (await _failure(make_spawner())).reason == reason


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        ("its process was ended by signal 9", "sandbox-died"),
        ("its process was ended, its memory limit of 20 MiB was reached", "out-of-memory"),
    ],
)
async def test_a_sandbox_that_ends_in_the_middle_of_its_activation_says_how(
    make_spawner: MakeSpawner, controller: StandInController, end: str, reason: str
) -> None:
    controller.sandbox_end = end
    failure = await _failure(make_spawner())
    assert failure.reason == reason
    assert "the sandbox ended before it was the user's server: " in failure.jupyterhub_message
    assert end in failure.jupyterhub_message
    assert controller.sandboxes == {}


async def test_a_controller_that_is_down_is_named(make_spawner: MakeSpawner) -> None:
    failure = await _failure(make_spawner(controller_url="http://127.0.0.1:1"))
    assert failure.reason == "controller-unreachable"
    assert "the forkd controller at http://127.0.0.1:1 cannot be" in failure.jupyterhub_message


async def test_a_start_that_is_out_of_time_says_where_it_was_and_shows_the_log(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    controller.activation_gate.clear()
    controller.log = f"[I] loading\n[E] cannot mount <home> with {API_TOKEN}"
    spawner = make_spawner(start_timeout=1)
    with pytest.raises(HTTPError) as caught:
        await asyncio.wait_for(spawner.start(), timeout=spawner.start_timeout)
    message = caught.value.jupyterhub_message
    assert caught.value.reason == "start-timeout"
    assert "it was not ready within start_timeout (1 s)" in message
    assert "s the sandbox was becoming the user's server\n" in message
    assert message.endswith("[I] loading\n[E] cannot mount <home> with [secret]")
    assert "cannot mount &lt;home&gt;" in caught.value.jupyterhub_html_message
    assert controller.sandboxes == {}


async def test_a_start_that_waits_for_the_controller_says_so(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    controller.create_gate.clear()
    spawner = make_spawner(start_timeout=1)
    with pytest.raises(HTTPError, match="the forkd controller was forking a sandbox"):
        await asyncio.wait_for(spawner.start(), timeout=spawner.start_timeout)


async def test_a_log_that_cannot_be_read_costs_neither_the_cause_nor_the_clean_up(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    async def broken(_: web.Request) -> web.Response:
        return web.json_response({"error": "eval: connection reset"}, status=500)

    controller.fail("POST .*/eval", broken)
    failure = await _failure(make_spawner())
    assert failure.reason == "guest-silent"
    assert controller.sandboxes == {}


async def test_a_server_that_has_stopped_leaves_its_last_lines_in_the_hubs_log(
    make_spawner: MakeSpawner, controller: StandInController, caplog: pytest.LogCaptureFixture
) -> None:
    controller.log = f"Traceback\nMemoryError with {API_TOKEN}"
    spawner = make_spawner()
    await spawner.start()
    controller.sandboxes["sb-1"].server_exit = {"exit_code": 1, "signal": None}
    spawner.log.propagate = True
    assert await spawner.poll() == 1
    assert "server's log:\nTraceback\nMemoryError with [secret]" in caplog.text
