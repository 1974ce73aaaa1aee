"""Runs what nobody waits for: it is kept until it ends, and its failure is told."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Any, TypeVar

Result = TypeVar("Result")

_running: set[asyncio.Task[Any]] = set()
"""The event loop keeps tasks weakly: one without another reference can vanish while it waits."""


def run_in_background(
    work: Coroutine[Any, Any, Result], what: str, log: Any
) -> asyncio.Task[Result]:
    """Begin it, and return it for who waits a while. `what` names it in the log if it fails."""
    task = asyncio.create_task(work, name=f"forkd: {what}")
    _running.add(task)
    task.add_done_callback(partial(_end, what, log))
    return task


def _end(what: str, log: Any, task: asyncio.Task[Any]) -> None:
    _running.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("Failed: %s", what, exc_info=error)
