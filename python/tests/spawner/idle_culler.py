"""JupyterHub's own idle culler, and what a test puts between it and the hub."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from spawner.hub import ADMIN_TOKEN, DEADLINE_S, RunningHub


@asynccontextmanager
async def idle_culler(
    hub: RunningHub, api_url: str, *, timeout_s: int, every_s: int
) -> AsyncIterator[None]:
    """Run it. It looks at once, and then at intervals."""
    path = hub.folder / "culler.log"
    with path.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "jupyterhub_idle_culler", f"--url={api_url}"),
            *(f"--timeout={timeout_s}", f"--cull-every={every_s}"),
            env={**os.environ, "JUPYTERHUB_API_TOKEN": ADMIN_TOKEN},
            stdout=log,
            stderr=log,
        )
    try:
        yield
        assert process.returncode is None, path.read_text()
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@dataclass
class LateStop:
    """The hub's API, for a culler whose stop arrives late: at a moment that a test chooses."""

    hub: RunningHub
    url: str = ""
    _sent: asyncio.Event = field(default_factory=asyncio.Event)
    _may_arrive: asyncio.Event = field(default_factory=asyncio.Event)
    _answer: asyncio.Future[int] = field(default_factory=asyncio.Future)
    _runner: web.AppRunner | None = None
    _session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._forward)
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=DEADLINE_S))
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/hub/api"

    async def stop(self) -> None:
        self._may_arrive.set()
        assert self._runner is not None
        assert self._session is not None
        await self._runner.cleanup()
        await self._session.close()

    async def is_on_its_way(self) -> None:
        """Wait until the culler has sent it."""
        await asyncio.wait_for(self._sent.wait(), DEADLINE_S)

    async def arrive(self) -> int:
        """Hand it to the hub; returns the status of the hub's answer."""
        self._may_arrive.set()
        return await asyncio.wait_for(self._answer, DEADLINE_S)

    async def _forward(self, request: web.Request) -> web.Response:
        if request.method != "DELETE":
            return await self._ask(request)
        self._sent.set()
        await self._may_arrive.wait()
        response = await self._ask(request)
        self._answer.set_result(response.status)
        return response

    async def _ask(self, request: web.Request) -> web.Response:
        assert self._session is not None
        url = f"http://127.0.0.1:{self.hub.ports[1]}{request.path_qs}"
        kept = {name: request.headers[name] for name in KEPT if name in request.headers}
        async with self._session.request(request.method, url, headers=kept) as answer:
            body = await answer.read()
        headers = {"Content-Type": answer.content_type} if body else {}
        return web.Response(status=answer.status, body=body or None, headers=headers)


KEPT = ("Authorization", "Accept")
