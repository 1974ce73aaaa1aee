"""What of a controller's environment a user can see: no more than of an ordinary server's hub."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from tornado import httpclient, websocket

from guest.harness import is_running, until
from guest.user_server import DEADLINE_S, ServerAt
from spawner.embedded import IS_BUILT, EmbeddedController
from spawner.hub import RunningHub, needs_proxy

pytestmark = [
    needs_proxy,
    pytest.mark.skipif(not IS_BUILT, reason="the command line is not built: run `npm run build`"),
]

SECRETS = {
    "DATABASE_URL": "postgres://app:leaked@db/app",
    "MY_API_KEY": "leaked-api-key",
    "KUBECONFIG": "/root/leaked-kubeconfig",
    "AWS_ACCESS_KEY_ID": "leaked-access-key",
    "HTTPS_PROXY": "http://user:leaked@proxy:3128",
    "SSH_AUTH_SOCK": "/run/leaked-agent.sock",
    "PIP_INDEX_URL": "https://user:leaked@index/simple",
    "GITHUB_TOKEN": "leaked-github-token",
    "OPENAI_API_KEY": "leaked-openai-key",
    "NODE_EXTRA_CA_CERTS": "/etc/leaked-node",
    "JUPYTER_PATH": "/srv/leaked-jupyter-path",
}

# A sandbox has folders of its own: connection files, and what is put aside, go with it.
BESIDE = {"JUPYTER_RUNTIME_DIR", "TMPDIR"}

# The server's process, for a kernel that is its child. Ours is the agent's.
ONLY_ORDINARY = {"JPY_PARENT_PID"}

START = Callable[..., Awaitable[RunningHub]]

LOOK = """
import json, os, pathlib, subprocess
def parent_of(pid):
    return int(pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
def is_own(pid):
    while pid > 1:
        if pid == os.getppid():
            return True
        pid = parent_of(pid)
    return False
pids = [int(one.name) for one in pathlib.Path("/proc").iterdir() if one.name.isdigit()]
print(json.dumps({
    "kernel": dict(os.environ),
    "started": subprocess.check_output(["env"], text=True),
    "first": {pid: pathlib.Path(f"/proc/{pid}/environ").read_text() for pid in pids if is_own(pid)},
}))
"""


@pytest.fixture
async def embedded(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[EmbeddedController]]]:
    """Start a controller as its users do, with this process's environment."""
    async with AsyncExitStack() as stack:

        async def start(*flags: str) -> EmbeddedController:
            controller = EmbeddedController(tmp_path, flags=flags)
            stack.push_async_callback(controller.stop)
            await controller.start()
            return controller

        yield start


@pytest.fixture
async def server_of(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[ServerAt]]]:
    """Start a hub, and alice's server at it."""
    async with AsyncExitStack() as stack:

        async def start(controller: EmbeddedController, configuration: str = "") -> ServerAt:
            folder = Path(tempfile.mkdtemp(prefix="hub-", dir=tmp_path))
            hub = RunningHub(folder, controller.url, controller.token, configuration=configuration)
            stack.push_async_callback(hub.stop)
            await hub.start()
            await hub.call("POST", "/users", {"usernames": ["alice"]})
            status, answer = await hub.call("POST", "/users/alice/server")
            assert status in {201, 202}, answer
            async for event in hub.progress("alice"):
                if event.get("ready") or event.get("failed"):
                    break
            return await hub.server_of("alice")

        yield start


async def _in_terminal(server: ServerAt, command: str) -> None:
    name = (await server.fetch("POST", "api/terminals"))["name"]
    request = httpclient.HTTPRequest(
        f"ws://{server.origin}{server.prefix}terminals/websocket/{name}", headers=server.headers
    )
    connection = await websocket.websocket_connect(request)
    await connection.write_message(json.dumps(["stdin", f"{command}; echo $((6 * 7))done\r"]))
    shown = ""
    async with asyncio.timeout(DEADLINE_S):
        while "42done" not in shown:
            kind, text, *_ = json.loads(await connection.read_message() or "[null, null]")
            shown += text if kind == "stdout" else ""
    connection.close()


async def _look(server: ServerAt) -> dict[str, Any]:
    kernel = await server.start_kernel()
    await _in_terminal(server, "env >~/of-terminal")
    seen = json.loads(await server.run(LOOK, kernel))
    terminal = "import pathlib; print((pathlib.Path.home() / 'of-terminal').read_text())"
    return seen | {"terminal": await server.run(terminal, kernel)}


def _names(env: str) -> set[str]:
    return {line.partition("=")[0] for line in env.splitlines() if "=" in line}


async def test_a_user_sees_of_a_controllers_environment_what_an_ordinary_server_has(
    embedded: Callable[..., Awaitable[EmbeddedController]],
    server_of: Callable[..., Awaitable[ServerAt]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    for name in ("TZ", *(one for one in os.environ if one.startswith("LC_"))):
        monkeypatch.delenv(name, raising=False)
    controller = await embedded()
    forked = await _look(await server_of(controller))
    ordinary = await _look(
        await server_of(
            controller,
            'c.JupyterHub.spawner_class = "simple"\n'
            "c.JupyterHub.cleanup_servers = True\n"
            f'c.SimpleLocalProcessSpawner.home_dir_template = "{tmp_path}/homes/{{username}}"\n'
            'c.Spawner.args = ["--allow-root"]\n'
            f'c.Spawner.cmd = "{Path(sys.executable).parent}/jupyterhub-singleuser"\n',
        )
    )

    assert len(forked["first"]) >= 4, "agent, server, kernel, terminal"
    assert "leaked" not in json.dumps(forked)
    assert "FORKD_" not in json.dumps(forked)
    for where in ("terminal", "started"):
        assert _names(forked[where]) - BESIDE == _names(ordinary[where]) - ONLY_ORDINARY
    assert set(forked["kernel"]) - BESIDE == set(ordinary["kernel"]) - ONLY_ORDINARY
    same = ("TERM", "PAGER", "MPLBACKEND", "SHELL")
    assert {one: forked["kernel"][one] for one in same} == {
        one: ordinary["kernel"][one] for one in same
    }


async def test_an_operator_keeps_more_by_name(
    embedded: Callable[..., Awaitable[EmbeddedController]],
    server_of: Callable[..., Awaitable[ServerAt]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    monkeypatch.setenv("MY_API_KEY", "leaked")
    controller = await embedded("--env-keep", "HTTPS_PROXY,OPENBLAS_NUM_THREADS")
    names = ("HTTPS_PROXY", "OPENBLAS_NUM_THREADS", "MY_API_KEY")
    server = await server_of(controller)
    shown = await server.run(f"import os; print([*map(os.getenv, {names})])")
    assert shown.strip() == "['http://proxy:3128', '1', None]"


async def test_what_users_detach_ends_with_a_controller_and_a_parent_that_are_killed(
    embedded: Callable[..., Awaitable[EmbeddedController]],
    server_of: Callable[..., Awaitable[ServerAt]],
    tmp_path: Path,
) -> None:
    controller = await embedded()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    names = ("HOME", "TMPDIR", "JUPYTER_RUNTIME_DIR")
    servers = [
        await server_of(controller),
        # None of the folders is the sandbox's own.
        await server_of(
            controller, f"c.Spawner.environment = {dict.fromkeys(names, str(elsewhere))}\n"
        ),
    ]
    daemons = [await _detach(server) for server in servers]
    agents = [int(await server.run("import os; print(os.getppid())")) for server in servers]
    parents = {_parent_of(agent) for agent in agents}
    assert len(parents) == 1
    assert all(map(is_running, daemons))

    # Stopped, it can end nobody itself.
    for number in (signal.SIGSTOP, signal.SIGKILL):
        os.kill(parents.copy().pop(), number)
        if number == signal.SIGSTOP:
            await controller.kill()

    left = tmp_path.glob
    await until(lambda: not any(map(is_running, daemons)), "the ends of what was detached")
    await until(lambda: not [*left("forkd-controller-*")], "the end of the controller's folder")


async def _detach(server: ServerAt) -> int:
    """Start what outlives its terminal, its session and its group."""
    await _in_terminal(server, "(setsid nohup sleep 1000 >/dev/null 2>&1 & echo $! >~/pid)")
    return int(await server.run("import pathlib; print((pathlib.Path.home() / 'pid').read_text())"))


def _parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
