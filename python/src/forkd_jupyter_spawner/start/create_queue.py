"""Gathers concurrent creates into one request, and never lets two overlap.

A forkd controller picks network namespaces before the children are registered:
five concurrent creates were answered 201, 500, 500, 201, 500, and the two that
succeeded shared a namespace. One create of five works, and costs hardly more than
a create of one. So whoever comes while none is under way is served at once, and
whoever comes meanwhile waits for the next request. Each request is written down before
it is sent: an answer can get lost, and this process can end before it comes.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from ..controller.deletion import Deleter, delete_for_certain
from ..errors import (
    ForkdError,
    ProtocolError,
    RequestRefusedError,
    SnapshotNotBootableError,
    UnauthorizedError,
    UnknownSnapshotError,
)
from ..facts import Sandbox, SandboxSpec
from ..leftovers.journal import Journal

LARGEST_CREATE = 1000
"""forkd's own cap on n."""

NOTHING_WAS_MADE = (
    RequestRefusedError,
    SnapshotNotBootableError,
    UnauthorizedError,
    UnknownSnapshotError,
)
"""Refusals. After any other failure, a proxy's 502 for example, there may be sandboxes."""

logger = logging.getLogger(__name__)


class Forker(Deleter, Protocol):
    """What the queue needs of a controller's client; equal ones can share a request."""

    async def create(self, spec: SandboxSpec, count: int) -> Sequence[Sandbox]:
        """Fork `count` sandboxes."""
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

    def __init__(
        self,
        url: str = "",
        journal: Journal | None = None,
        lock: AbstractAsyncContextManager[None] | None = None,
    ) -> None:
        """`lock` keeps the creates of others from overlapping with these."""
        self._url = url
        self._journal = journal or Journal()
        self._lock = lock or contextlib.nullcontext()
        self._waiters: list[_Waiter] = []
        self._worker: asyncio.Task[None] | None = None
        self._discards: set[asyncio.Task[None]] = set()

    async def take(self, forker: Forker, spec: SandboxSpec) -> Sandbox:
        """Fork one sandbox, which is the caller's from the moment of return.

        A caller that is cancelled leaves none behind.
        """
        waiter = _Waiter(forker, spec)
        self._waiters.append(waiter)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work(), name="forkd-create-queue")
        try:
            sandbox = await waiter.sandbox
        except asyncio.CancelledError:
            self._give_up(waiter)
            raise
        self._journal.release(self._url, sandbox.id)
        return sandbox

    def _give_up(self, waiter: _Waiter) -> None:
        """The cancellation can arrive when the sandbox was handed over but not yet taken."""
        future = waiter.sandbox
        if future.done() and not future.cancelled() and future.exception() is None:
            self._discard(waiter.forker, future.result())

    async def _work(self) -> None:
        while self._waiters:
            try:
                async with self._lock:
                    await self._serve(self._next_batch())
            except asyncio.CancelledError:
                # The hub is going down: nobody waits for ever.
                _cancel(self._waiters)
                raise
            except Exception as error:  # noqa: BLE001 (it is the waiters' to handle)
                _fail(self._waiters, error)

    async def _serve(self, batch: list[_Waiter]) -> None:
        if not batch:
            return
        try:
            sandboxes = await self._create(batch)
        except asyncio.CancelledError:
            _cancel(batch)
            raise
        except Exception as error:  # noqa: BLE001 (it is the waiters' to handle)
            _fail(batch, error)
        else:
            self._hand_over(batch, sandboxes)

    async def _create(self, batch: list[_Waiter]) -> Sequence[Sandbox]:
        forker, spec = batch[0].forker, batch[0].spec
        create = self._journal.about_to_create(self._url, spec, len(batch))
        try:
            sandboxes = await forker.create(spec, len(batch))
        except NOTHING_WAS_MADE:
            self._journal.answered(create)
            raise
        except BaseException:
            self._journal.lost(create)
            raise
        self._journal.answered(create, sandboxes)
        return sandboxes

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
        discard = self._delete(forker, sandbox.id)
        task = asyncio.create_task(discard, name=f"discard-{sandbox.id}")
        self._discards.add(task)
        task.add_done_callback(self._discards.discard)

    async def _delete(self, forker: Forker, sandbox_id: str) -> None:
        try:
            await delete_for_certain(forker, sandbox_id)
            self._journal.gone(self._url, sandbox_id)
        except ForkdError:
            logger.exception(
                "sandbox %s, whose start was cancelled, is left to the sweep", sandbox_id
            )
        finally:
            self._journal.release(self._url, sandbox_id)

    async def settled(self) -> None:
        """Wait until nothing is under way; for tests and for an orderly end."""
        while tasks := [
            task for task in (self._worker, *self._discards) if task and not task.done()
        ]:
            await asyncio.wait(tasks)


def _fail(waiters: list[_Waiter], error: Exception) -> None:
    """Tell all, and forget them."""
    for waiter in waiters:
        if not waiter.sandbox.done():
            waiter.sandbox.set_exception(error)
    waiters.clear()


def _cancel(waiters: list[_Waiter]) -> None:
    for waiter in waiters:
        waiter.sandbox.cancel()
    waiters.clear()
