"""Gathers concurrent creates into one request, and never lets two overlap.

A forkd controller picks network namespaces before the children are registered:
five concurrent creates were answered 201, 500, 500, 201, 500, and the two that
succeeded shared a namespace. One create of five works, and costs hardly more than
a create of one. So whoever comes while none is under way is served at once, and
whoever comes meanwhile waits for the next request.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from .errors import ForkdError, ProtocolError
from .facts import Sandbox, SandboxSpec

LARGEST_CREATE = 1000
"""forkd's own cap on n."""

logger = logging.getLogger(__name__)


class Forker(Protocol):
    """What the queue needs of a controller's client; equal ones can share a request."""

    async def create(self, spec: SandboxSpec, count: int) -> Sequence[Sandbox]:
        """Fork `count` sandboxes."""
        ...

    async def delete(self, sandbox_id: str) -> bool:
        """Delete one."""
        ...


@dataclass(eq=False)
class _Waiter:
    forker: Forker
    spec: SandboxSpec
    sandbox: asyncio.Future[Sandbox] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def shares_request_with(self, other: _Waiter) -> bool:
        return self.spec == other.spec and self.forker == other.forker


class CreateQueue:
    """All creates of one controller from this hub."""

    def __init__(self) -> None:
        self._waiters: list[_Waiter] = []
        self._worker: asyncio.Task[None] | None = None
        self._discards: set[asyncio.Task[None]] = set()

    async def take(self, forker: Forker, spec: SandboxSpec) -> Sandbox:
        """Fork one sandbox. A caller that is cancelled leaves none behind."""
        waiter = _Waiter(forker, spec)
        self._waiters.append(waiter)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work(), name="forkd-create-queue")
        try:
            return await waiter.sandbox
        except asyncio.CancelledError:
            self._give_up(waiter)
            raise

    def _give_up(self, waiter: _Waiter) -> None:
        """The cancellation can arrive when the sandbox was handed over but not yet taken."""
        future = waiter.sandbox
        if future.done() and not future.cancelled() and future.exception() is None:
            self._discard(waiter.forker, future.result())

    async def _work(self) -> None:
        while batch := self._next_batch():
            try:
                sandboxes = await batch[0].forker.create(batch[0].spec, len(batch))
            except asyncio.CancelledError:
                # The hub is going down: nobody waits for ever.
                for waiter in (*batch, *self._waiters):
                    waiter.sandbox.cancel()
                self._waiters.clear()
                raise
            except Exception as error:  # noqa: BLE001 (it is the waiters' to handle)
                _fail(batch, error)
            else:
                self._hand_over(batch, sandboxes)

    def _next_batch(self) -> list[_Waiter]:
        """The oldest waiter and all who want the same; cancelled ones are dropped."""
        self._waiters = [waiter for waiter in self._waiters if not waiter.sandbox.done()]
        if not self._waiters:
            return []
        first = self._waiters[0]
        same = [waiter for waiter in self._waiters if waiter.shares_request_with(first)]
        batch = same[:LARGEST_CREATE]
        self._waiters = [waiter for waiter in self._waiters if waiter not in batch]
        return batch

    def _hand_over(self, batch: list[_Waiter], sandboxes: Sequence[Sandbox]) -> None:
        unused = list(sandboxes)
        for waiter in batch:
            if waiter.sandbox.done():
                continue
            if unused:
                waiter.sandbox.set_result(unused.pop(0))
            else:
                waiter.sandbox.set_exception(
                    ProtocolError(f"asked for {len(batch)} sandboxes, got {len(sandboxes)}")
                )
        for sandbox in unused:
            self._discard(batch[0].forker, sandbox)

    def _discard(self, forker: Forker, sandbox: Sandbox) -> None:
        task = asyncio.create_task(_delete(forker, sandbox), name=f"discard-{sandbox.id}")
        self._discards.add(task)
        task.add_done_callback(self._discards.discard)

    async def settled(self) -> None:
        """Wait until nothing is under way; for tests and for an orderly end."""
        while tasks := [
            task for task in (self._worker, *self._discards) if task and not task.done()
        ]:
            await asyncio.wait(tasks)


def _fail(batch: list[_Waiter], error: Exception) -> None:
    for waiter in batch:
        if not waiter.sandbox.done():
            waiter.sandbox.set_exception(error)


async def _delete(forker: Forker, sandbox: Sandbox) -> None:
    try:
        await forker.delete(sandbox.id)
    except ForkdError:
        logger.exception("sandbox %s, whose start was cancelled, is left over", sandbox.id)
