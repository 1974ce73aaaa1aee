"""A real parent, driven over its control channel as the embedded controller drives it."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tornado import web
from tornado.httpserver import HTTPServer

from guest.user_server import DEADLINE_S, Server


class Parent:
    """`python -m forkd_jupyter_guest parent` with this process as its controller."""

    def __init__(self, directory: Path, environment: dict[str, str] | None = None) -> None:
        self._directory = directory
        self._numbers = itertools.count(1)
        # Test runs side by side must not meet on an address.
        self._network = f"127.{random.randint(100, 199)}"  # noqa: S311
        self._first_place = random.randrange(50_000)  # noqa: S311
        ours, theirs = socket.socketpair()
        self.log = directory / "parent.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(  # noqa: S603 (our own program)
                [sys.executable, "-c", _START, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdout=log,
                stderr=log,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )
        theirs.close()
        self._socket = ours
        # One question and its answer at a time.
        self._turn = asyncio.Lock()

    async def open(self) -> dict[str, Any]:
        """Wait until it is warm (or has failed)."""
        self._reader, self._writer = await asyncio.open_connection(sock=self._socket)
        return await self.event("ready", "failed")

    async def event(self, *kinds: str) -> dict[str, Any]:
        """The next event of one of these kinds; others are passed over."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                line = await self._reader.readline()
                assert line, f"the parent ended:\n{self.log.read_text()}"
                event = json.loads(line)
                if event["event"] in kinds:
                    return event

    async def fork(self, count: int = 1) -> list[Sandbox]:
        """Fork sandboxes."""
        sandboxes: list[Sandbox] = []
        for number in itertools.islice(self._numbers, count):
            directory = self._directory / f"sb-{number}"
            directory.mkdir()
            sandboxes.append(Sandbox(f"sb-{number}", self._address_of(number), directory))
        rows = await self.fork_rows(sandboxes)
        for sandbox, row in zip(sandboxes, rows, strict=True):
            assert row["error"] is None, row
            sandbox.pid = row["pid"]
        return sandboxes

    def _address_of(self, number: int) -> str:
        place = self._first_place + number
        return f"{self._network}.{place // 250}.{1 + place % 250}"

    async def fork_rows(self, sandboxes: list[Sandbox]) -> list[dict[str, Any]]:
        """The answer to one fork request."""
        wanted = [
            {
                "id": one.id,
                "address": one.address,
                "dir": str(one.directory),
                "cgroup_procs": [],
                "namespace": one.namespace,
            }
            for one in sandboxes
        ]
        async with self._turn:
            self.send({"op": "fork", "request": 1, "sandboxes": wanted})
            return (await self.event("forked"))["sandboxes"]

    async def kill(self, sandbox: Sandbox) -> None:
        """Delete a sandbox."""
        async with self._turn:
            self.send({"op": "kill", "id": sandbox.id})
            await self.event("killed")

    def send(self, request: dict[str, Any]) -> None:
        """Ask for something."""
        self._writer.write(json.dumps(request).encode() + b"\n")

    async def close(self) -> None:
        """Hang up; the parent ends with all that it forked."""
        self._writer.close()
        await self._writer.wait_closed()
        await asyncio.to_thread(self.process.wait, DEADLINE_S)


# The control channel is descriptor 3 by protocol; pytest may hold 3 itself.
_START = """
import os, runpy, sys
channel = int(sys.argv.pop())
if channel != 3:
    os.dup2(channel, 3)
    os.close(channel)
sys.argv = ["forkd_jupyter_guest", "parent"]
runpy.run_module("forkd_jupyter_guest", run_name="__main__", alter_sys=True)
"""


@dataclass
class Sandbox(Server):
    """One clone, as a spawner sees it."""

    id: str
    address: str
    directory: Path
    pid: int = 0
    prefix: str = ""
    token: str = ""
    namespace: dict[str, str] | None = None

    @property
    def origin(self) -> str:
        """Without a proxy."""
        return f"{self.address}:8000"

    async def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """One request to its agent."""
        async with asyncio.timeout(DEADLINE_S):
            reader, writer = await self._connect()
            try:
                writer.write(json.dumps(request).encode() + b"\n")
                return json.loads(await reader.readline())
            finally:
                writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        limit = 16 * 1024 * 1024
        if self.namespace is None:
            return await asyncio.open_connection(self.address, 8888, limit=limit)
        name = self.namespace["agent_socket"]
        return await asyncio.open_unix_connection(name.replace("@", "\0", 1), limit=limit)

    async def eval(self, code: str) -> dict[str, Any]:
        """One expression."""
        return await self.ask({"action": "eval", "code": code})

    async def value(self, code: str) -> Any:
        """The value of an expression that answers with JSON."""
        reply = await self.eval(code)
        assert reply["error"] is None, reply["error"]
        return json.loads(reply["result"])

    async def activate(self, hub: StubHub, user: str = "alice", **changes: Any) -> dict[str, Any]:
        """Make it this user's; the raw reply of the agent."""
        self.prefix = f"/user/{user}/"
        self.token = f"token-of-{quote(user)}-0123456789"
        hub.users[self.token] = user
        environment = hub.environment(user, self.token) | changes.pop("environment", {})
        request = {"version": 1, "username": user, "environment": environment, **changes}
        return await self.eval(f"activate({json.dumps(json.dumps(request))})")


class StubHub:
    """What a single-user server asks a hub for: who has this token."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        self.address = address
        self.users: dict[str, str] = {}
        self.version = "6.1.1"

    def open(self) -> None:
        """Listen on a free port."""
        hub = self

        class Handler(web.RequestHandler):
            def get(self) -> None:
                self.set_header("X-JupyterHub-Version", hub.version)
                if not self.request.path.endswith("/user"):
                    self.finish({"version": hub.version})
                    return
                token = self.request.headers.get("Authorization", "").rpartition(" ")[2]
                user = hub.users.get(token)
                if user is None:
                    self.set_status(404)
                    return
                scopes = [f"access:servers!server={user}/"]
                self.finish(
                    {
                        "name": user,
                        "kind": "user",
                        "admin": False,
                        "groups": [],
                        "scopes": scopes,
                        "session_id": None,
                    }
                )

        listener = socket.create_server((self.address, 0))
        listener.setblocking(False)
        self.port = listener.getsockname()[1]
        self._http = HTTPServer(web.Application([(".*", Handler)]))
        self._http.add_socket(listener)

    async def close(self) -> None:
        """Stop listening."""
        self._http.stop()
        await self._http.close_all_connections()

    def environment(self, user: str, token: str) -> dict[str, str]:
        """What a spawner's `get_env()` holds of the hub."""
        scopes = json.dumps([f"access:servers!server={user}/", f"access:servers!user={user}"])
        api = f"http://{self.address}:{self.port}/hub/api"
        return {
            "JUPYTERHUB_API_TOKEN": token,
            "JUPYTERHUB_CLIENT_ID": f"jupyterhub-user-{user}",
            "JUPYTERHUB_HOST": "",
            "JUPYTERHUB_OAUTH_CALLBACK_URL": f"/user/{user}/oauth_callback",
            "JUPYTERHUB_OAUTH_SCOPES": scopes,
            "JUPYTERHUB_OAUTH_ACCESS_SCOPES": scopes,
            "JUPYTERHUB_USER": user,
            "JUPYTERHUB_SERVER_NAME": "",
            "JUPYTERHUB_API_URL": api,
            "JUPYTERHUB_ACTIVITY_URL": f"{api}/users/{user}/activity",
            "JUPYTERHUB_BASE_URL": "/",
            "JUPYTERHUB_SERVICE_PREFIX": f"/user/{user}/",
            "FORKD_ACTIVATION_NONCE": f"nonce-{user}",
        }


def is_running(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in {"Z", "X"}


async def until(condition: Any, what: str) -> None:
    """Wait for a condition; fails with `what` at the deadline."""
    try:
        async with asyncio.timeout(DEADLINE_S):
            while not condition():  # noqa: ASYNC110 (other processes make it true)
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"never happened: {what}") from None
