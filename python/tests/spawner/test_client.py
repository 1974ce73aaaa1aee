"""The client tells what forkd's answers mean, one exception per remedy."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web

from forkd_jupyter_spawner import ControllerClient
from forkd_jupyter_spawner.errors import (
    AnswerTooLongError,
    ControllerError,
    ControllerFailedError,
    ControllerTimeoutError,
    ControllerUnreachableError,
    GuestError,
    ProtocolError,
    RequestRefusedError,
    SandboxNotFoundError,
    SnapshotNotBootableError,
    UnauthorizedError,
    UnknownSnapshotError,
)
from forkd_jupyter_spawner.facts import Identity, SandboxSpec
from forkd_jupyter_spawner.start.connections import connections
from spawner.recorded import recorded
from spawner.stand_in import TOKEN, StandInController

SPEC = SandboxSpec("jupyter")


async def test_a_created_sandbox_is_read_as_recorded_from_a_genuine_forkd(
    controller: StandInController, client: ControllerClient
) -> None:
    controller.fail("POST /v1/sandboxes", lambda _: _answer("create one"))
    (sandbox,) = await client.create(SPEC, 1)
    assert (sandbox.id, sandbox.host, sandbox.agent_port, sandbox.netns) == (
        "sb-2",
        "10.42.0.2",
        8888,
        "forkd-child-1",
    )


async def test_a_create_sends_forkds_field_names(
    controller: StandInController, client: ControllerClient
) -> None:
    await client.create(SandboxSpec("jupyter", memory_limit_mib=256), 2)
    assert controller.requests == [
        (
            "POST",
            "/v1/sandboxes",
            {"snapshot_tag": "jupyter", "n": 2, "per_child_netns": True, "memory_limit_mib": 256},
        )
    ]


@pytest.mark.parametrize(
    ("case", "kind", "text"),
    [
        ("unknown tag", UnknownSnapshotError, "snapshot missing not found"),
        ("wrong token", UnauthorizedError, "invalid bearer token"),
        ("unsafe tag", RequestRefusedError, "snapshot_tag must be 1-64 chars"),
        ("n = -1", RequestRefusedError, "invalid value: integer `-1`"),
        ("unknown route", ProtocolError, "404"),
        ("wrong method", ProtocolError, "405"),
    ],
)
async def test_a_refused_create_carries_forkds_own_reason(
    controller: StandInController,
    client: ControllerClient,
    case: str,
    kind: type[ControllerError],
    text: str,
) -> None:
    controller.fail("POST /v1/sandboxes", lambda _: _answer(case))
    with pytest.raises(kind, match=text):
        await client.create(SPEC, 1)


async def test_a_snapshot_that_is_not_bootable_is_told_from_an_unknown_one(
    controller: StandInController, client: ControllerClient
) -> None:
    body = {"error": "snapshot jupyter is not bootable: memory.bin missing"}
    controller.fail("POST .*", lambda _: _json(409, body))
    with pytest.raises(SnapshotNotBootableError, match=r"memory\.bin missing"):
        await client.create(SPEC, 1)


async def test_a_server_error_carries_forkds_own_reason(
    controller: StandInController, client: ControllerClient
) -> None:
    controller.fail("POST .*", lambda _: _json(500, {"error": "socket never appeared within 5s"}))
    with pytest.raises(ControllerFailedError, match="never appeared within 5s"):
        await client.create(SPEC, 1)


@pytest.mark.parametrize("status", [200, 302, 404])
async def test_html_is_not_taken_for_an_answer_of_forkd(
    controller: StandInController, client: ControllerClient, status: int
) -> None:
    async def page(_: web.Request) -> web.Response:
        return web.Response(
            status=status,
            text="<h1>nginx</h1>",
            content_type="text/html",
            headers={"Location": "/"},
        )

    controller.fail(".*", page)
    with pytest.raises(ProtocolError):
        await client.get("sb-1")


async def test_an_html_502_of_a_proxy_is_a_failure_and_not_a_death(
    controller: StandInController, client: ControllerClient
) -> None:
    async def page(_: web.Request) -> web.Response:
        return web.Response(status=502, text="<h1>Bad Gateway</h1>", content_type="text/html")

    controller.fail(".*", page)
    with pytest.raises(ControllerFailedError, match="502"):
        await client.get("sb-1")


async def test_a_controller_that_refuses_connections_is_unreachable(
    controller: StandInController, client: ControllerClient
) -> None:
    await controller.hang_up()
    with pytest.raises(ControllerUnreachableError, match="cannot be reached"):
        await client.get("sb-1")


async def test_a_controller_that_hangs_times_out(
    controller: StandInController,
) -> None:
    released = asyncio.Event()

    async def hang(_: web.Request) -> web.Response:
        await released.wait()
        return web.Response()

    controller.fail(".*", hang)
    client = ControllerClient(controller.url, connections().session(controller.url), 0.1, TOKEN)
    with pytest.raises(ControllerTimeoutError, match=r"within 0\.1 s"):
        await client.get("sb-1")
    released.set()


async def test_an_unknown_sandbox_is_gone_for_certain(client: ControllerClient) -> None:
    with pytest.raises(SandboxNotFoundError, match="sandbox sb-9 not found"):
        await client.get("sb-9")


async def test_deleting_what_is_gone_is_a_success(client: ControllerClient) -> None:
    (sandbox,) = await client.create(SPEC, 1)
    assert await client.delete(sandbox.id) is True
    assert await client.delete(sandbox.id) is False


async def test_an_error_inside_the_guest_is_told_from_one_of_the_controller(
    controller: StandInController, client: ControllerClient
) -> None:
    controller.fail("POST .*", lambda _: _answer("eval 1/0"))
    with pytest.raises(GuestError, match="ZeroDivisionError: division by zero"):
        await client.status("sb-1")


@dataclass
class Torrent:
    """Answers every request without end, until the client hangs up or the test ends."""

    status: int
    headers: Mapping[str, str]
    sent: int = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=self.status, headers=dict(self.headers))
        await response.prepare(request)
        piece = b" " * 65536
        try:
            while self.sent < HUNDRED_MB:
                await response.write(piece)
                self.sent += len(piece)
        finally:
            self.ended.set()
        return response


HUNDRED_MB = 100_000_000
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("status", "headers"),
    [(200, JSON), (500, JSON), (200, {**JSON, "Content-Length": str(HUNDRED_MB)})],
    ids=["endless", "endless failure", "of a length that it tells"],
)
@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.status("sb-1"),
        lambda client: client.server_log("sb-1", 20),
        lambda client: client.activate("sb-1", Identity("alice", {}), 25),
        lambda client: client.ping("sb-1"),
        lambda client: client.delete("sb-1"),
        lambda client: client.create(SPEC, 1),
        lambda client: client.list(),
        lambda client: client.version(),
    ],
    ids=["status", "log", "activation", "ping", "delete", "create", "list", "version"],
)
async def test_an_answer_that_goes_on_and_on_is_cut_off(
    controller: StandInController,
    client: ControllerClient,
    call: Callable[[ControllerClient], Awaitable[object]],
    status: int,
    headers: Mapping[str, str],
) -> None:
    torrent = Torrent(status, headers)
    controller.fail(".*", torrent.answer)
    with pytest.raises(AnswerTooLongError, match=r"gave an answer of more than (1|32) MiB"):
        await call(client)
    await asyncio.wait_for(torrent.ended.wait(), 30)
    assert torrent.sent < HUNDRED_MB


async def test_an_answer_that_comes_a_byte_at_a_time_takes_no_longer_than_another(
    controller: StandInController,
) -> None:
    sent: list[bytes] = []

    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers=JSON)
        await response.prepare(request)
        while True:
            await response.write(b" ")
            sent.append(b" ")
            await asyncio.sleep(0.01)

    controller.fail(".*", drip)
    client = ControllerClient(controller.url, connections().session(controller.url), 0.3, TOKEN)
    with pytest.raises(ControllerTimeoutError, match=r"within 0\.3 s"):
        await client.status("sb-1")
    assert sent


async def test_what_is_nested_too_deeply_is_no_answer(
    controller: StandInController, client: ControllerClient
) -> None:
    nested = "[" * 100_000
    controller.fail("GET .*", lambda _: _text(nested))
    with pytest.raises(ProtocolError, match="is no forkd controller"):
        await client.list()
    reply = {"result": nested, "error": None, "exit_code": 0}
    controller.fail("POST .*", lambda _: _json(200, reply))
    with pytest.raises(ProtocolError, match="the guest's result is not JSON"):
        await client.status("sb-1")


async def _text(text: str) -> web.Response:
    return web.Response(text=text, content_type="application/json")


async def test_the_token_is_in_no_error_and_no_representation(
    controller: StandInController, client: ControllerClient
) -> None:
    controller.fail(".*", lambda _: _json(500, {"error": f"I was sent {TOKEN}"}))
    with pytest.raises(ControllerFailedError) as caught:
        await client.get("sb-1")
    assert TOKEN not in str(caught.value)
    assert TOKEN not in repr(client)


async def _answer(case: str) -> web.Response:
    return recorded(case)


async def _json(status: int, body: object) -> web.Response:
    return web.json_response(body, status=status)


async def test_a_session_that_was_closed_with_the_hub_is_a_failure_like_any_other(
    controller: StandInController,
) -> None:
    async with aiohttp.ClientSession() as session:
        ending = ControllerClient(controller.url, session, 5.0, TOKEN)
    with pytest.raises(ControllerUnreachableError, match="the hub is ending"):
        await ending.list()
