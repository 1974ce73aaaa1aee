"""Ends what is under way when the hub gives a start up, and waits for it only for a moment.

The hub gives a start one second to end that a user stops (apihandlers/users.py, `delete`). One
that takes longer it forgets: it holds a server then that is ready, as far as it knows, and that
neither runs nor can be stopped. But what an operator's hook does when it is cancelled is up to
the operator, and may take any time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any, TypeVar

Result = TypeVar("Result")

MOMENT_S = 0.3

logger = logging.getLogger(__name__)

_slow: set[asyncio.Task[Any]] = set()
"""Nobody else keeps them: a task without a reference can vanish in the middle of its work."""


async def unless_cancelled(awaited: Awaitable[Result]) -> Result:
    """What is awaited. A cancellation reaches it too, and ends this wait within a moment."""
    task = asyncio.ensure_future(awaited)
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        await let_go(task)
        raise
    return task.result()


async def let_go(task: asyncio.Future[Any]) -> None:
    """Cancel a task. One that hasn't ended within a moment ends by itself, unheard."""
    task.cancel()
    if isinstance(task, asyncio.Task):
        _slow.add(task)
    task.add_done_callback(_ended)
    await asyncio.wait([task], timeout=MOMENT_S)


def _ended(task: asyncio.Future[Any]) -> None:
    _slow.discard(task)  # type: ignore[arg-type]
    if not task.cancelled() and (error := task.exception()) is not None:
        # Its text may hold what a user's environment held.
        logger.debug("what was cancelled has failed on its way out: %s", type(error).__name__)
