"""The stand-in controller over the real guest: its sandboxes are clones of a warm Jupyter."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from guest import harness
from spawner.stand_in import StandInController, StandInSandbox


@dataclass
class GuestSandbox(StandInSandbox):
    """A clone of the parent."""

    clone: harness.Sandbox | None = None
    parent: harness.Parent | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    replies: list[dict[str, Any]] = field(default_factory=list)

    async def end(self) -> None:
        if self.parent is not None and self.clone is not None:
            async with self.turn:
                await self.parent.kill(self.clone)


@dataclass
class GuestController(StandInController):
    """Forks from a warm parent, hands expressions to the clones' own agents."""

    parent: harness.Parent | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def fork(self, count: int, memory_limit_mib: int | None) -> list[StandInSandbox]:
        assert self.parent is not None
        # The test's end of the control channel is one stream that is read for one answer at a time.
        async with self.turn:
            clones = await self.parent.fork(count)
        return [
            GuestSandbox(
                clone.id,
                clone.address,
                memory_limit_mib,
                clone=clone,
                parent=self.parent,
                turn=self.turn,
            )
            for clone in clones
        ]

    async def evaluate(self, sandbox: StandInSandbox, code: str) -> dict[str, Any]:
        assert isinstance(sandbox, GuestSandbox)
        assert sandbox.clone is not None
        reply = await sandbox.clone.eval(code)
        sandbox.replies.append(reply)
        return reply
