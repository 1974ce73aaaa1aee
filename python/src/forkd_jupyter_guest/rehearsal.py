"""Act out one user's start before the snapshot, and import what it needed.

Much of Jupyter is imported lazily: by the first request, the first kernel, the
first cell. Instead of a list of such modules, which would be stale with the
next release, a clone is activated for a user that doesn't exist, against a hub
that knows only him; the modules that it ends up with are imported by the
parent. It is also the proof that this parent can be activated at all.

Everything runs in forked children: the parent itself stays without threads,
loops and sockets.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.metadata
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from . import agent, server_rehearsal
from .activation import ActivationRequest
from .forking import fork_child, redirect_output
from .site import AGENT_PORT, SERVER_PORT, SandboxSite

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Callable, Iterable

TIMEOUT_S = 60.0
USER = "rehearsal"
PREFIX = f"/user/{USER}/"
TOKEN = "rehearsal-only"  # noqa: S105 (of a hub that exists for two seconds)
HUB_PORT = 8081

# The cell that most users run first, in effect: a library, a value, a display.
CELL = (
    "import sys, json, pathlib, numpy\n"
    "pathlib.Path({report!r}).write_text(json.dumps(list(sys.modules)))\n"
    "numpy.arange(3).sum()"
)


class RehearsalError(Exception):
    """A user's start did not work in this environment; the text says how far it got."""


def rehearse() -> None:
    """Run a whole start in clones; import here what it imported. Raises RehearsalError."""
    directory = Path(tempfile.mkdtemp(prefix="forkd-rehearsal-"))
    try:
        for modules in _act(directory / "clone"):
            import_all(modules)
        request = ActivationRequest(USER, environment(f"http://127.0.0.1:{HUB_PORT}"))
        site = SandboxSite("rehearsal", "127.0.0.1", directory / "parent")
        server_rehearsal.rehearse(site, request)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def import_all(modules: Iterable[str]) -> None:
    """Import modules by name; those that only exist as a side effect of others are passed over."""
    for name in modules:
        if name in sys.modules or name.startswith("__"):
            continue
        try:
            importlib.import_module(name)
        except Exception:  # noqa: BLE001, S112 (pieces of debuggers and compilers raise all sorts)
            continue


def _act(directory: Path) -> list[list[str]]:
    directory.mkdir()
    address = _free_address()
    site = SandboxSite("rehearsal", address, directory)
    listener = agent.listen(address)
    stage = fork_child(lambda: _sandbox(site, listener))
    listener.close()
    conductor = fork_child(lambda: _conduct(site))
    try:
        status = _wait(conductor)
    finally:
        os.kill(stage, signal.SIGKILL)
        os.waitpid(stage, 0)
    reports = [site.directory / name for name in ("server-modules.json", "kernel-modules.json")]
    if status != 0 or not all(report.exists() for report in reports):
        notes = _read(directory / "conductor.log") + "\n".join(site.last_log_lines(30))
        message = f"a rehearsal of a user's start failed:\n{notes}"
        raise RehearsalError(message)
    return [json.loads(report.read_text()) for report in reports]


def _free_address() -> str:
    """An address of 127.0.0.0/8 that no other parent of this host rehearses on."""
    pid = os.getpid()
    return f"127.{10 + pid % 5}.{pid // 256 % 256}.{1 + pid % 254}"


def _wait(pid: int) -> int:
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return -signal.SIGKILL


def _read(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""


def _sandbox(site: SandboxSite, listener: socket.socket) -> NoReturn:
    redirect_output(str(site.server_log))
    agent.serve(site, listener)


def _conduct(site: SandboxSite) -> int:
    redirect_output(str(site.directory / "conductor.log"))
    asyncio.run(_play(site))
    return 0


async def _play(site: SandboxSite) -> None:
    from tornado import httpclient, web  # noqa: PLC0415 (in the child only)

    class StubHub(web.RequestHandler):
        """A hub that knows one token."""

        def get(self) -> None:
            self.set_header("X-JupyterHub-Version", importlib.metadata.version("jupyterhub"))
            self.finish(json.dumps(_USER_MODEL if self.request.path.endswith("/user") else {}))

    hub = web.Application([(".*", StubHub)]).listen(HUB_PORT, site.address)
    reply = await _activate(site)
    report = site.directory / "server-modules.json"
    client = httpclient.AsyncHTTPClient()

    async def fetch(method: str, path: str, body: Any = None) -> bytes:
        url = f"http://{site.address}:{SERVER_PORT}{PREFIX}{path}"
        response = await client.fetch(
            url,
            method=method,
            body=None if body is None else json.dumps(body),
            headers={"Authorization": f"token {TOKEN}"},
            request_timeout=TIMEOUT_S,
        )
        return response.body

    await fetch("GET", "api")
    for path in ("lab", "lab/api/settings", "api/contents", "api/kernelspecs", "api/sessions"):
        await fetch("GET", path)
    kernel = json.loads(await fetch("POST", "api/kernels", {"name": "python3"}))
    await _run_cell(site, kernel["id"])
    await fetch("DELETE", f"api/kernels/{kernel['id']}")
    os.kill(reply["server"]["pid"], signal.SIGUSR2)
    while not report.exists():  # noqa: ASYNC110 (another process writes it)
        await asyncio.sleep(0.01)
    hub.stop()


_USER_MODEL = {
    "name": USER,
    "kind": "user",
    "admin": False,
    "groups": [],
    "scopes": [f"access:servers!server={USER}/"],
    "session_id": None,
}


def environment(hub: str) -> dict[str, str]:
    """What a spawner would hand over for the user that doesn't exist."""
    scopes = json.dumps(_USER_MODEL["scopes"])
    return {
        "JUPYTERHUB_API_TOKEN": TOKEN,
        "JUPYTERHUB_CLIENT_ID": f"jupyterhub-user-{USER}",
        "JUPYTERHUB_HOST": "",
        "JUPYTERHUB_OAUTH_CALLBACK_URL": f"{PREFIX}oauth_callback",
        "JUPYTERHUB_OAUTH_SCOPES": scopes,
        "JUPYTERHUB_OAUTH_ACCESS_SCOPES": scopes,
        "JUPYTERHUB_USER": USER,
        "JUPYTERHUB_SERVER_NAME": "",
        "JUPYTERHUB_API_URL": f"{hub}/hub/api",
        "JUPYTERHUB_ACTIVITY_URL": f"{hub}/hub/api/users/{USER}/activity",
        "JUPYTERHUB_BASE_URL": "/",
        "JUPYTERHUB_SERVICE_PREFIX": PREFIX,
    }


async def _activate(site: SandboxSite) -> dict[str, Any]:
    given = environment(f"http://{site.address}:{HUB_PORT}")
    given["FORKD_REHEARSAL_REPORT"] = str(site.directory / "server-modules.json")
    request = {"version": 1, "username": USER, "environment": given}
    reader, writer = await asyncio.open_connection(site.address, AGENT_PORT)
    code = f"activate({json.dumps(json.dumps(request))})"
    writer.write(json.dumps({"action": "eval", "code": code}).encode() + b"\n")
    answer = json.loads(await reader.readline())
    writer.close()
    if answer["error"]:
        raise RehearsalError(answer["error"])
    return json.loads(answer["result"])


async def _run_cell(site: SandboxSite, kernel_id: str) -> None:
    from tornado import httpclient, websocket  # noqa: PLC0415

    path = f"api/kernels/{kernel_id}/channels?session_id=rehearsal"
    request = httpclient.HTTPRequest(
        f"ws://{site.address}:{SERVER_PORT}{PREFIX}{path}",
        headers={"Authorization": f"token {TOKEN}"},
    )
    connection = await websocket.websocket_connect(request)
    code = CELL.format(report=str(site.directory / "kernel-modules.json"))
    await connection.write_message(json.dumps(_execute_request(code)))
    async for message in _messages(connection.read_message):
        if message["msg_type"] == "execute_reply":
            if message["content"]["status"] != "ok":
                raise RehearsalError(json.dumps(message["content"]))
            break
    connection.close()


async def _messages(read: Callable[[], Any]) -> AsyncIterator[Any]:
    while (text := await read()) is not None:
        yield json.loads(text)
    message = "the kernel's WebSocket was closed"
    raise RehearsalError(message)


def _execute_request(code: str) -> dict[str, Any]:
    return {
        "channel": "shell",
        "header": {
            "msg_id": "rehearsal-1",
            "msg_type": "execute_request",
            "session": "rehearsal",
            "username": USER,
            "version": "5.3",
            "date": "2000-01-01T00:00:00Z",
        },
        "parent_header": {},
        "metadata": {},
        "content": {"code": code, "silent": False, "store_history": True},
    }
