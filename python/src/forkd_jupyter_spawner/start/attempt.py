"""One try to start a server: what it has made so far, and how it is given up."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from ..errors import StartTimeoutError, StoppedError
from ..facts import SandboxSpec
from ..life.state import SpawnState
from .letting_go import let_go
from .progress import SpawnProgress


@dataclass(eq=False)
class Attempt:
    """Belongs to one call of start(): the next one, of the same spawner even, has its own."""

    progress: SpawnProgress
    state: SpawnState = field(default_factory=SpawnState)
    """What it has made."""
    spec: SandboxSpec | None = None
    removal: asyncio.Task[None] | None = None
    """The removal of what it has made, once it was given up: what comes later is nobody's."""
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the call returns."""
    _stopped: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, launch: Coroutine[Any, Any, str]) -> str:
        """Give what the launch gives. A cancellation, or a stop, ends it within a moment."""
        task = asyncio.create_task(launch)
        stopped = asyncio.create_task(self._stopped.wait())
        try:
            await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if self._stopped.is_set():
                await let_go(task)
                raise StoppedError("it was stopped while it was starting")
        except asyncio.CancelledError:
            await let_go(task)
            raise
        finally:
            stopped.cancel()
        return task.result()

    def go_on(self) -> None:
        """Raise where it was given up: a hook can have kept the cancellation to itself.

        Whatever came after would be done to a sandbox that is gone, or to another server's.
        """
        if self.removal is not None:
            raise StoppedError("it was given up while it was starting")

    async def stop(self) -> None:
        """Have `run` raise StoppedError, and wait until start() has dealt with it."""
        self._stopped.set()
        await self.ended.wait()

    def timeout(self, start_timeout_s: float) -> StartTimeoutError | None:
        """Why it was cancelled, where that was the hub's own doing and somebody is to be told."""
        if self.progress.elapsed_ms < start_timeout_s * 1000:
            return None
        return StartTimeoutError(
            f"it was not ready within start_timeout ({start_timeout_s:g} s): "
            f"{self.progress.under_way}"
        )
