"""A stand-in that takes requests and leaves them lying, as a stopped or overloaded process does."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field

from aiohttp import web

from spawner.stand_in import StandInController


@dataclass
class FreezingController(StandInController):
    """Once thawed, it does what it was asked meanwhile, whether or not somebody still waits."""

    _frozen_on: str = ""
    _reached: asyncio.Event = field(default_factory=asyncio.Event)
    _thawed: asyncio.Event = field(default_factory=asyncio.Event)

    def freeze(self, pattern: str = ".*") -> None:
        """From now on leave requests like this one (`METHOD /path`) lying."""
        self._frozen_on = pattern
        self._reached.clear()
        self._thawed.clear()

    def thaw(self) -> None:
        """Do what was left lying, and all that comes."""
        self._frozen_on = ""
        self._thawed.set()

    async def reached(self) -> None:
        """Wait until a request was left lying."""
        await asyncio.wait_for(self._reached.wait(), REACH_DEADLINE_S)

    async def stop(self) -> None:
        self.thaw()
        await super().stop()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if self._frozen_on and re.fullmatch(self._frozen_on, f"{request.method} {request.path}"):
            self._reached.set()
            await self._thawed.wait()
        return await super()._answer(request)


REACH_DEADLINE_S = 60.0
"""Far longer than it takes: a machine may be busy."""
