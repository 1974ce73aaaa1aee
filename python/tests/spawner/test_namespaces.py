"""Servers in network namespaces laid out as forkd's, and a hub that stays where it is.

The embedded controller plays forkd: a process, not a microVM, is behind the tap's address.
"""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest

from embedded_command import forkd_spawner
from forwarder.process import ForwarderProcess
from guest.user_server import KernelSession, ServerAt
from namespaces import needs_forkds_layout
from spawner.driving import is_stopped, start, state, stop, until
from spawner.embedded import IS_BUILT, EmbeddedController
from spawner.hub import RunningHub, needs_proxy
from spawner.test_kernel_from_host import execute

pytestmark = [
    needs_proxy,
    needs_forkds_layout,
    pytest.mark.skipif(not IS_BUILT, reason="the command line is not built: run `npm run build`"),
]

USERS = ["user-0", "user-1"]
GATEWAY = "10.42.0.1"
BRIDGE = "10.43.0.1"


@pytest.fixture(scope="module")
async def controller(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedController]:
    running = EmbeddedController(tmp_path_factory.mktemp("controller"), flags=["--netns", "3"])
    await running.start()
    yield running
    await running.stop()


@pytest.fixture(scope="module")
async def forwarder(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ForwarderProcess]:
    running = ForwarderProcess(tmp_path_factory.mktemp("forwarder"))
    await running.start()
    yield running
    await running.end()


@pytest.fixture(scope="module")
async def hub(
    controller: EmbeddedController,
    forwarder: ForwarderProcess,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[RunningHub]:
    configuration = f"c.ForkdSpawner.forwarder_socket = {str(forwarder.socket)!r}\n"
    folder = tmp_path_factory.mktemp("hub")
    running = RunningHub(folder, controller.url, controller.token, configuration)
    await running.start()
    await running.call("POST", "/users", {"usernames": USERS})
    yield running
    await running.stop()


@pytest.fixture
async def started(hub: RunningHub, forwarder: ForwarderProcess) -> AsyncIterator[RunningHub]:
    """Both users have a server; afterwards none has, and no way is open."""
    assert await asyncio.gather(*(start(hub, user) for user in USERS)) == [201, 201], hub.log
    yield hub
    await asyncio.gather(*(stop(hub, user) for user in USERS))
    assert await forwarder.open_forwards() == []


async def _behind_the_proxy(hub: RunningHub, user: str) -> ServerAt:
    """The server as the proxy reaches it: through the forwarder alone."""
    server = await hub.server_of(user)
    known = await state(hub, user)
    return ServerAt(f"{known['host']}:{known['port']}", server.prefix, server.token)


async def test_users_compute_each_in_a_namespace_of_its_own(started: RunningHub) -> None:
    servers = [await started.server_of(user) for user in USERS]
    shown = await asyncio.gather(*(server.run("import socket; 6 * 7") for server in servers))
    assert shown == ["42", "42"]

    hosts = [(await state(started, user))["host"] for user in USERS]
    assert len(set(hosts)) == 2
    assert all(host.startswith("127.46.0.") for host in hosts)


async def test_a_connection_goes_on_while_the_hub_restarts(started: RunningHub) -> None:
    server = await _behind_the_proxy(started, "user-0")
    kernel = await server.start_kernel()
    async with server.kernel(kernel) as session:
        assert await session.run("x = 1; x") == "1"
        await started.stop()
        assert await session.run("x += 1; x") == "2"
        await started.start()
        assert await session.run("x += 1; x") == "3"
    assert await (await started.server_of("user-0")).run("x", kernel) == "3"


async def test_a_hundred_megabytes_can_be_uploaded(started: RunningHub) -> None:
    server = await started.server_of("user-0")
    kernel = await server.start_kernel()
    # In parts, as JupyterLab uploads: each body is base64 text.
    part = "A" * (20 << 20)
    async with aiohttp.ClientSession(headers=server.headers) as session:
        for chunk in (1, 2, 3, 4, 5, -1):
            model = {"type": "file", "format": "base64", "content": part, "chunk": chunk}
            url = f"http://{server.origin}{server.prefix}api/contents/big.bin"
            async with session.put(url, data=BytesIO(json.dumps(model).encode())) as response:
                assert response.status in {200, 201}, await response.text()
    size = 6 * (20 << 20) * 3 // 4
    assert await server.run("import os; os.path.getsize('big.bin')", kernel) == str(size)


async def test_the_kernel_s_own_ports_are_reached_from_the_host(
    started: RunningHub, tmp_path: Path
) -> None:
    known = await state(started, "user-0")
    file = tmp_path / "kernel.json"
    file.write_text(json.dumps({**known["kernel_connection"], "ip": known["host"]}))

    assert await execute(file, "6 * 7") == "42"


async def test_a_guest_reaches_the_hub_s_api_and_nothing_else_through_its_gateway(
    started: RunningHub,
) -> None:
    server = await started.server_of("user-0")
    public, hub, proxy = started.ports
    code = f"""
import socket
def dial(port):
    try:
        socket.create_connection(({GATEWAY!r}, port), 5).close()
        return "open"
    except OSError as error:
        return type(error).__name__
[dial(port) for port in ({hub}, {public}, {proxy})]
"""
    refused = "'ConnectionRefusedError'"
    assert await server.run(code) == f"['open', {refused}, {refused}]"


async def test_a_sandbox_that_is_killed_ends_its_connections_and_is_noticed(
    started: RunningHub, controller: EmbeddedController
) -> None:
    server = await _behind_the_proxy(started, "user-0")
    async with server.kernel(await server.start_kernel()) as session:
        assert await session.run("1") == "1"
        sandbox_id = (await state(started, "user-0"))["sandbox_id"]
        psutil.Process(await _pid_of(controller, sandbox_id)).kill()

        # The kernel may still answer in its last moment; then the WebSocket is closed: no message.
        with pytest.raises((AssertionError, TypeError)):
            await _run_on(session)
    await until(lambda: is_stopped(started, "user-0"), "the hub has noticed")
    assert await (await started.server_of("user-1")).run("3") == "3"


async def _run_on(session: KernelSession) -> None:
    while True:
        await session.run("2")


async def _pid_of(controller: EmbeddedController, sandbox_id: str) -> int:
    headers = {"Authorization": f"Bearer {controller.token}"}
    url = f"{controller.url}/v1/sandboxes/{sandbox_id}"
    async with aiohttp.ClientSession(headers=headers) as session, session.get(url) as response:
        return (await response.json())["pid"]


async def test_servers_outlive_a_restart_of_the_forwarder(
    started: RunningHub, forwarder: ForwarderProcess
) -> None:
    server = await started.server_of("user-0")
    kernel = await server.start_kernel()
    assert await server.run("x = 7; x", kernel) == "7"

    await forwarder.end(signal.SIGKILL)
    await forwarder.start()

    assert await server.run("x", kernel) == "7"


async def test_more_users_than_namespaces_are_told_so(started: RunningHub) -> None:
    users = ["user-2", "user-3"]
    await started.call("POST", "/users", {"usernames": users})
    answers = [await started.call("POST", f"/users/{user}/server") for user in users]
    statuses = [status for status, _ in answers]
    try:
        assert statuses[0] == 201
        assert statuses[1] >= 500
        assert (
            "the forkd controller has no place left for another server" in answers[1][1]["message"]
        )
    finally:
        await stop(started, "user-2")


async def _network(*words: str) -> Any:
    """`forkd-spawner network …`; its exit code and what it prints."""
    process = await asyncio.create_subprocess_exec(
        *forkd_spawner("network", *words), stdout=asyncio.subprocess.PIPE
    )
    shown, _ = await process.communicate()
    return process.returncode, shown.decode()


async def test_with_dnat_the_kernel_hands_packets_on(
    controller: EmbeddedController, tmp_path: Path
) -> None:
    configuration = f"""
c.ForkdSpawner.network = "dnat"
c.JupyterHub.hub_bind_url = c.JupyterHub.hub_bind_url.replace("127.0.0.1", {BRIDGE!r})
"""
    hub = RunningHub(tmp_path, controller.url, controller.token, configuration, through_proxy=True)
    assert (await _network("up"))[0] == 0
    try:
        await hub.start()
        await hub.call("POST", "/users", {"usernames": USERS})
        assert await asyncio.gather(*(start(hub, user) for user in USERS)) == [201, 201], hub.log
        servers = [await hub.server_of(user) for user in USERS]
        shown = await asyncio.gather(*(server.run("6 * 7") for server in servers))
        hosts = [(await state(hub, user))["host"] for user in USERS]
        assert await asyncio.gather(*(stop(hub, user) for user in USERS)) == [204, 204]
    finally:
        await hub.stop()
        code, _ = await _network("down")
    assert shown == ["42", "42"]
    assert all(host.startswith("10.43.") for host in hosts)
    assert code == 0
