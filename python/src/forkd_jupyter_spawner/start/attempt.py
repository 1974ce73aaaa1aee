"""One try to start a server: what it has made so far, and how that is given up."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import StartTimeoutError, StoppedError
from ..facts import SandboxSpec
from ..leftovers.removal import Removal
from ..life.state import SpawnState
from .connections import begin_removal
from .progress import SpawnProgress

CLEAN_UP_PATIENCE_S = 3.0
"""How long one that has failed waits for the end of its sandbox: its user waits for the reason."""


@dataclass(eq=False)
class Attempt:
    """Belongs to one call of start(): the next one, of the same spawner even, has its own."""

    spawner: Any
    progress: SpawnProgress
    state: SpawnState = field(default_factory=SpawnState)
    """What it has made."""
    spec: SandboxSpec | None = None
    removal: asyncio.Task[None] | None = None
    """The removal of what it has made, once it was given up: what comes later is nobody's."""
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the call returns."""

    def keep(self, state: SpawnState) -> None:
        """Note what there is to be deleted or kept, as soon as there is."""
        self.state = state
        if self.removal is not None:
            self.removal = begin_removal(self.spawner, state)
        self.go_on()
        self.spawner.held = state

    def go_on(self) -> None:
        """Raise where it was given up: a hook can have kept the cancellation to itself.

        Whatever came after would be done to a sandbox that is gone, or to another server's.
        """
        if self.removal is not None:
            raise StoppedError("it was given up while it was starting")

    async def stop(self) -> None:
        """Have the start raise StoppedError, and wait until it has dealt with that."""
        self.stopped.set()
        await self.ended.wait()

    def give_up(self) -> asyncio.Task[None]:
        """Delete what it has made, and may still make: the next one needn't wait for that."""
        if self.spawner.held is self.state:
            self.spawner.held = SpawnState()
        self.removal = begin_removal(self.spawner, self.state)
        return self.removal

    async def clean_up(self) -> Sequence[str]:
        """Delete what it leaves behind and return the last lines of its log."""
        try:
            lines = await Removal(self.spawner, self.state).last_log_lines()
        finally:
            removal = self.give_up()
        await asyncio.wait([removal], timeout=CLEAN_UP_PATIENCE_S)
        return lines

    def timeout(self, start_timeout_s: float) -> StartTimeoutError | None:
        """Why it was cancelled, where that was the hub's own doing and somebody is to be told."""
        if self.progress.elapsed_ms < start_timeout_s * 1000:
            return None
        return StartTimeoutError(
            f"it was not ready within start_timeout ({start_timeout_s:g} s): "
            f"{self.progress.under_way}"
        )
