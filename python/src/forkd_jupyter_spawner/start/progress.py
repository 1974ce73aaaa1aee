"""The stages of one start, as they happen, for any number of late or early listeners."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from typing import Any, Literal

from ..spans import Span, SpanLog

Stage = Literal["requested", "sandbox-created", "server-listening", "kernel-warm", "activated"]

_PERCENT: dict[Stage, int] = {
    "requested": 5,
    "sandbox-created": 30,
    "server-listening": 60,
    "kernel-warm": 80,
    "activated": 90,
}

_UNDER_WAY: dict[Stage, str] = {
    "requested": "the forkd controller was forking a sandbox",
    "sandbox-created": "the sandbox was becoming the user's server",
    "server-listening": "the server was listening",
    "kernel-warm": "the first kernel was warm",
    "activated": "the server was ready",
}
"""What was going on after a stage, for who waited for the next one in vain."""


class SpawnProgress:
    """Records stages and replays them: a browser connects later than the first ones happen."""

    def __init__(self) -> None:
        """Whoever listens before it begins waits."""
        self._started = time.monotonic()
        self.has_begun = False
        self._events: list[dict[str, Any]] = []
        self._changed = asyncio.Event()
        self._ended = False
        self.measured = SpanLog()
        """What took how long; published with the last stage."""

    def begin(self) -> None:
        """Start the clock."""
        self._started = time.monotonic()
        self.has_begun = True

    def reach(
        self, stage: Stage, message: str, *, at_ms: float | None = None, **details: Any
    ) -> None:
        """Note that a stage is reached, or was, `at_ms` after the start began."""
        self._events.append(
            {
                # Server and kernel may be ready in either order; a bar doesn't go back.
                "progress": max([_PERCENT[stage], *(each["progress"] for each in self._events)]),
                "message": message,
                "stage": stage,
                "elapsed_ms": self.elapsed_ms if at_ms is None else round(at_ms, 1),
                **details,
            }
        )
        self._tell()

    def end(self) -> None:
        """No stage follows, for better or worse."""
        self._ended = True
        self._tell()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    @property
    def elapsed_ms(self) -> float:
        """Milliseconds since the start began."""
        return round((time.monotonic() - self._started) * 1000, 1)

    @property
    def under_way(self) -> str:
        """What is going on, and for how long."""
        if not self._events:
            return "nothing had begun"
        last = self._events[-1]
        seconds = (self.elapsed_ms - last["elapsed_ms"]) / 1000
        return f"for the last {seconds:.1f} s {_UNDER_WAY[last['stage']]}"

    @property
    def sandbox_id(self) -> str | None:
        """The sandbox, also when it was deleted since."""
        return next((e["sandbox_id"] for e in self._events if "sandbox_id" in e), None)

    @property
    def stage_times_ms(self) -> dict[str, float]:
        """When each stage was reached, in milliseconds since the start began."""
        return {event["stage"]: event["elapsed_ms"] for event in self._events}

    @property
    def spans(self) -> list[Span]:
        """What was published of the spans: nothing before the last stage."""
        return next((event["spans"] for event in self._events if "spans" in event), [])

    async def follow(self) -> AsyncGenerator[dict[str, Any], None]:
        """All events from the first on, then each as it happens, until the end."""
        seen = 0
        while True:
            for event in self._events[seen:]:
                seen += 1
                # The hub's handler takes keys out of what it gets.
                yield dict(event)
            if seen == len(self._events):
                if self._ended:
                    return
                await self._changed.wait()
