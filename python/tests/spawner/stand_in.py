"""A controller for the tests: forkd's REST API over sandboxes that are little HTTP servers.

A fake at a port: the spawner under test speaks real HTTP to it, and the hub's probe
finds a real server at the address that an activation gives.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

TOKEN = "controller-token-0123456789"
SERVER_PORT = 8000

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class StandInSandbox:
    """One sandbox, warm until activated."""

    id: str
    host: str
    memory_limit_mib: int | None = None
    claimed_by: str | None = None
    request: dict[str, Any] | None = None
    server_exit: dict[str, Any] | None = None
    agent_is_gone: bool = False
    agent_end: str = " (os error 111)"
    log: str = ""
    spans: list[dict[str, Any]] = field(default_factory=lambda: [_span("server.bind", 2.0)])
    runner: web.AppRunner | None = None
    guest_addr: str = ""
    netns: str | None = None
    created_at_unix: int = field(default_factory=lambda: int(time.time()))
    pid: int = 1

    def row(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "snapshot_tag": "jupyter",
            "netns": self.netns,
            "guest_addr": self.guest_addr or f"{self.host}:8888",
            "created_at_unix": self.created_at_unix,
            "pid": self.pid,
            "memory_limit_mib": self.memory_limit_mib,
        }

    async def serve(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        await web.TCPSite(self.runner, self.host, SERVER_PORT).start()

    async def _answer(self, _request: web.Request) -> web.Response:
        return web.json_response({"version": "stand-in"})

    async def end(self) -> None:
        if self.runner is not None:
            await self.runner.cleanup()
            self.runner = None


@dataclass
class StandInController:
    """Answers as forkd does; `faults` replace the answers of matching requests."""

    sandboxes: dict[str, StandInSandbox] = field(default_factory=dict)
    requests: list[tuple[str, str, Any]] = field(default_factory=list)
    faults: list[tuple[str, Handler]] = field(default_factory=list)
    tags: set[str] = field(default_factory=lambda: {"jupyter"})
    unbootable: set[str] = field(default_factory=set)
    """Those of the tags that can't be forked."""
    creates_under_way: int = 0
    most_creates_at_once: int = 0
    create_gate: asyncio.Event = field(default_factory=asyncio.Event)
    create_arrived: asyncio.Event = field(default_factory=asyncio.Event)
    activation_gate: asyncio.Event = field(default_factory=asyncio.Event)
    activation_arrived: asyncio.Event = field(default_factory=asyncio.Event)
    activation_error: str | None = None
    sandbox_end: str | None = None
    """How sandboxes end in the middle of their activation, if they do."""
    dies_at_once: bool = False
    """Whether servers end as soon as they have said that they are ready."""
    log: str = ""
    """The log of every sandbox that is made from now on."""
    version: str = "0.5.3"
    guest_is_older: bool = False
    """Whether it is of a release that knows no claims."""
    guest_addr: str = ""
    netns: str | None = None
    """Every sandbox's, where they have one."""
    pids: list[int] = field(default_factory=list)
    """The next sandboxes' processes have these; those that come after have 1."""
    server_timing: dict[str, str] = field(default_factory=dict)
    """The headers `Server-Timing`, one a line, by the path's last part; forkd has none."""
    url: str = ""
    _runner: web.AppRunner | None = None
    _port: int = 0
    _made: int = 0

    async def start(self) -> None:
        self.create_gate.set()
        self.activation_gate.set()
        await self.listen()

    async def listen(self) -> None:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self._port}"

    async def hang_up(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def stop(self) -> None:
        self.create_gate.set()
        self.activation_gate.set()
        await self.delete_all()
        await self.hang_up()

    async def delete_all(self) -> None:
        while self.sandboxes:
            _, sandbox = self.sandboxes.popitem()
            await sandbox.end()

    def fail(self, pattern: str, handler: Handler) -> None:
        self.faults.append((pattern, handler))

    @property
    def create_bodies(self) -> list[dict[str, Any]]:
        return [body for method, path, body in self.requests if (method, path) == CREATE]

    @property
    def creates(self) -> list[int]:
        return [body["n"] for body in self.create_bodies]

    @property
    def activation(self) -> dict[str, Any]:
        (sandbox,) = self.sandboxes.values()
        assert sandbox.request is not None
        return sandbox.request

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.read()) if request.can_read_body else None
        self.requests.append((request.method, request.path, body))
        for pattern, handler in self.faults:
            if re.fullmatch(pattern, f"{request.method} {request.path}"):
                return await handler(request)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _error(401, "invalid bearer token")
        if (request.method, request.path) == CREATE:
            response = await self._create(body)
        elif (request.method, request.path) == LIST:
            response = web.json_response([each.row() for each in self.sandboxes.values()])
        elif (request.method, request.path) == ("GET", "/version"):
            response = web.json_response({"version": self.version, "api": "v1"})
        elif (request.method, request.path) == ("GET", "/v1/snapshots"):
            response = web.json_response([self._snapshot(tag) for tag in sorted(self.tags)])
        else:
            response = await self._on_sandbox(request, body)
        for line in self.server_timing.get(request.path.rpartition("/")[2], "").splitlines():
            response.headers.add("Server-Timing", line)
        return response

    def _snapshot(self, tag: str) -> dict[str, Any]:
        row = {"tag": tag, "dir": f"/snapshots/{tag}", "created_at_unix": 1790000000}
        if tag in self.unbootable:
            return {**row, "status": "failed", "bootable": False, "warning": "vmstate is missing"}
        return {**row, "status": "ready", "bootable": True}

    async def _create(self, body: dict[str, Any]) -> web.Response:
        self.creates_under_way += 1
        self.most_creates_at_once = max(self.most_creates_at_once, self.creates_under_way)
        self.create_arrived.set()
        try:
            await self.create_gate.wait()
        finally:
            self.creates_under_way -= 1
        if body["snapshot_tag"] not in self.tags:
            return _error(404, f"snapshot {body['snapshot_tag']} not found")
        return web.json_response(await self.create(body), status=201)

    async def create(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        """Make what a request asks for."""
        made = await self.fork(body["n"], body.get("memory_limit_mib"))
        self.sandboxes |= {sandbox.id: sandbox for sandbox in made}
        return [sandbox.row() for sandbox in made]

    async def fork(self, count: int, memory_limit_mib: int | None) -> list[StandInSandbox]:
        """Make sandboxes."""
        return [self._make(memory_limit_mib) for _ in range(count)]

    def _make(self, memory_limit_mib: int | None) -> StandInSandbox:
        self._made += 1
        # One network for each port: controllers of several tests may run at once.
        host = f"127.{self._port >> 8}.{self._port & 255}.{self._made}"
        return StandInSandbox(
            f"sb-{self._made}",
            host,
            memory_limit_mib,
            guest_addr=self.guest_addr,
            netns=self.netns,
            log=self.log,
            pid=self.pids.pop(0) if self.pids else 1,
        )

    async def _on_sandbox(self, request: web.Request, body: Any) -> web.Response:
        _, _, _, sandbox_id, *action = request.path.split("/")
        sandbox = self.sandboxes.get(sandbox_id)
        if sandbox is None:
            return _error(404, f"sandbox {sandbox_id} not found")
        match request.method, action:
            case "DELETE", []:
                del self.sandboxes[sandbox_id]
                await sandbox.end()
                return web.Response(status=204)
            case "GET", []:
                return web.json_response(sandbox.row())
            case "POST", [kind] if sandbox.agent_is_gone:
                return _error(
                    500,
                    f"{kind}: connect {sandbox.host}:8888: Connection refused{sandbox.agent_end}",
                )
            case "POST", ["ping"]:
                return web.json_response({"pong": True})
            case _:
                return web.json_response(await self.evaluate(sandbox, body["code"]))

    async def evaluate(self, sandbox: StandInSandbox, code: str) -> dict[str, Any]:
        """Only what the guest offers, read as Python would read it."""
        if code == "[activated(), server_exit()]":
            nonce = sandbox.request and sandbox.request["environment"]["FORKD_ACTIVATION_NONCE"]
            nonce = nonce or sandbox.claimed_by
            activated = nonce and {"username": "x", "server_name": "", "nonce": nonce}
            return _value([activated, sandbox.server_exit])
        if code.startswith("server_log("):
            return _value(sandbox.log)
        if code.startswith("claim("):
            if self.guest_is_older:
                return {"result": None, "error": "NameError: name 'claim'", "exit_code": 1}
            sandbox.claimed_by = json.loads(code[len("claim(") : -1])
            return _value(None)
        texts: list[str] = []
        eval(code, {"__builtins__": {}, "activate": texts.append})  # noqa: S307 (as the agent does)
        sandbox.request = json.loads(texts[0])
        self.activation_arrived.set()
        if self.sandbox_end is not None:
            sandbox.agent_is_gone = True
            sandbox.agent_end = f" ({self.sandbox_end})"
            raise web.HTTPInternalServerError(
                text='{"error": "eval: read ECONNRESET"}', content_type="application/json"
            )
        await self.activation_gate.wait()
        if self.activation_error is not None:
            return {"result": None, "error": self.activation_error, "exit_code": 1}
        if self.dies_at_once:
            sandbox.server_exit = {"exit_code": 1, "signal": None}
        elif sandbox.id in self.sandboxes:
            await sandbox.serve()
        return _value(_reply(sandbox))


CREATE = ("POST", "/v1/sandboxes")
LIST = ("GET", "/v1/sandboxes")


def _reply(sandbox: StandInSandbox) -> dict[str, Any]:
    connection = {"transport": "tcp", "ip": sandbox.host, "shell_port": 9001, "key": "k"}
    return {
        "version": 1,
        "guest_version": "0.1.0",
        "server": {"port": SERVER_PORT, "pid": 7},
        "kernel": {"connection": connection, "pid": 8},
        "hostname": "forkd-1",
        "spans": sandbox.spans,
    }


def _span(name: str, duration_ms: float) -> dict[str, Any]:
    return {"name": name, "start_unix_s": 1.0, "duration_ms": duration_ms}


def _value(value: Any) -> dict[str, Any]:
    return {"result": json.dumps(value), "error": None, "exit_code": 0}


def _error(status: int, reason: str) -> web.Response:
    return web.json_response({"error": reason}, status=status)
