"""The client tells what forkd's answers mean, one exception per remedy."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from forkd_jupyter_spawner import ControllerClient
from forkd_jupyter_spawner.connections import connections
from forkd_jupyter_spawner.errors import (
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
from forkd_jupyter_spawner.facts import SandboxSpec
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
