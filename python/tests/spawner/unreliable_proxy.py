"""A proxy in front of a controller that fails or falls silent when a test says so."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web


@dataclass
class UnreliableProxy:
    """Every request reaches the controller; what becomes of the answer is another matter."""

    target: str
    fails_every_second_time: bool = False
    deletions_take_s: float = 0.0
    """Before the controller hears of them."""
    _silent_on: str = ""
    fell_silent: asyncio.Event = field(default_factory=asyncio.Event)
    _speaks: asyncio.Event = field(default_factory=asyncio.Event)
    failures: int = 0
    url: str = ""
    _count: int = 0
    _runner: web.AppRunner | None = None
    _session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._forward)
        self._session = aiohttp.ClientSession()
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        assert self._runner is not None
        assert self._session is not None
        await self._runner.cleanup()
        await self._session.close()

    def fall_silent(self, pattern: str) -> None:
        """From now on no answer comes to requests like this one (`METHOD /path`)."""
        self.fell_silent.clear()
        self._speaks.clear()
        self._silent_on = pattern

    def speak(self) -> None:
        """Answer further requests; those that got no answer will get none."""
        self._silent_on = ""
        self._speaks.set()

    async def _forward(self, request: web.Request) -> web.Response:
        assert self._session is not None
        if request.method == "DELETE":
            await asyncio.sleep(self.deletions_take_s)
        async with self._session.request(
            request.method,
            f"{self.target}{request.path}",
            data=await request.read() or None,
            headers={name: request.headers[name] for name in KEPT if name in request.headers},
        ) as answer:
            body = await answer.read()
        if self._silent_on and re.fullmatch(self._silent_on, f"{request.method} {request.path}"):
            self.fell_silent.set()
            await self._speaks.wait()
            if request.transport is not None:
                request.transport.abort()
        self._count += 1
        if self.fails_every_second_time and self._count % 2 == 0:
            self.failures += 1
            return web.json_response({"error": "out of luck"}, status=500)
        headers = {"Content-Type": answer.content_type} if body else {}
        return web.Response(status=answer.status, body=body or None, headers=headers)


KEPT = ("Authorization", "Content-Type")
