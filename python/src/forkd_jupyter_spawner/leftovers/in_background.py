"""Removals that go on by themselves: whoever begins one needn't wait for its end.

Until its sandbox is gone for certain, the journal knows of it: what a hub that ends in the middle
of a removal leaves behind, and what can't be deleted now, is for the sweep.
"""

from __future__ import annotations

import asyncio
from functools import partial

from .removal import Removal

Key = tuple[str, str]


class Removals:
    """All of one hub process that are under way."""

    def __init__(self) -> None:
        self._tasks: dict[Key, asyncio.Task[None]] = {}

    def begin(self, removal: Removal) -> asyncio.Task[None]:
        """Begin a removal, or join the one of the same sandbox that is under way."""
        key = (removal.state.controller_url, removal.state.sandbox_id)
        task = self._tasks.get(key)
        if task is None:
            task = asyncio.create_task(removal.delete(), name=f"forkd-remove-{key[1]}")
            self._tasks[key] = task
            task.add_done_callback(partial(self._end, key, removal))
        return task

    def under_way(self) -> set[Key]:
        """Controllers and ids of the sandboxes that are being deleted."""
        return set(self._tasks)

    def _end(self, key: Key, removal: Removal, task: asyncio.Task[None]) -> None:
        del self._tasks[key]
        # A cancelled one ends with the hub.
        if not task.cancelled() and (error := task.exception()) is not None:
            removal.tell_of_failure(error)
