"""Finds out what a create has made whose answer never came.

forkd's sandboxes carry no mark of who asked for them, so this is a matter of evidence. A
sandbox counts as made by such a create if all of this is so:

* it is of the same snapshot, has the same memory limit, and is no older than the request;
* it is in no journal entry and no server of this hub;
* its guest says that nobody has activated or claimed it, and has said so for the whole grace
  period: a start does one or the other as soon as it has it (see start/claim), so it is no start
  under way;
* there are no more such sandboxes than were asked for.

Nobody has ever been given such a sandbox, so none of anybody's work is in it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..controller.client import ControllerClient
from ..errors import ForkdError
from ..facts import Sandbox
from .journal import Journal
from .ledger import Create

CLOCK_TOLERANCE_S = 5.0
"""How far the controller's clock may be behind the hub's."""

INTO_NAMESPACE_S = 30.0
"""How much longer a start may take to reach a guest in a network namespace.

Two waits come before the claim or the activation: the last ping begins within 10 s and takes
10 s (see liveness and client), and the forwarder has 10 s for its answer. A claim of its own,
which each such start would pay for with one more request, is not needed.
"""


@dataclass(frozen=True)
class Listing:
    """The sandboxes of a controller that no journal entry and no server accounts for."""

    client: ControllerClient
    rows: Sequence[Sandbox]


class LostCreates:
    """Watches sandboxes that lost creates may have made, from one sweep to the next."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds."""
        self._clock = clock
        self._since: dict[str, float] = {}

    async def settle(self, journal: Journal, listing: Listing, grace_s: float, log: Any) -> None:
        """Settle in the journal which of the rows were made for this hub, once it is certain."""
        url = listing.client.url
        creates = [each for each in journal.lost_creates if each.controller_url == url]
        for alike in _alike(creates):
            await self._settle(journal, alike, listing, grace_s, log)
        if not journal.lost_creates:
            self._since.clear()

    async def _settle(
        self, journal: Journal, creates: list[Create], listing: Listing, grace_s: float, log: Any
    ) -> None:
        rows = [row for row in listing.rows if _may_be_of(creates, row)]
        if any(row.netns for row in rows):
            grace_s += INTO_NAMESPACE_S
        unclaimed = await _unclaimed(listing.client, rows)
        nobodys = [row for row in unclaimed if self._lasts_s(row.id) >= grace_s]
        lasts_s = {create.key: self._lasts_s(create.key) for create in creates}
        # One that has just come may be of the same request, or somebody's start under way.
        may_change = len(nobodys) < len(unclaimed)
        if may_change and min(lasts_s.values()) < 2 * grace_s:
            return
        if nobodys and len(nobodys) <= _count(creates):
            journal.settle(creates[0], nobodys)
            return
        # Twice: a controller that was frozen gets to the request after the first listing.
        patience_s = (4 if may_change else 2) * grace_s
        for create in creates:
            if lasts_s[create.key] >= patience_s:
                journal.settle(create, [])
                _report(create, nobodys, log)

    def _lasts_s(self, what: str) -> float:
        return self._clock() - self._since.setdefault(what, self._clock())


def _alike(creates: Iterable[Create]) -> Iterable[list[Create]]:
    groups: dict[tuple[str, int | None], list[Create]] = {}
    for create in creates:
        groups.setdefault((create.snapshot_tag, create.memory_limit_mib), []).append(create)
    return groups.values()


def _may_be_of(creates: Sequence[Create], row: Sandbox) -> bool:
    first = min(creates, key=lambda create: create.at_unix_s)
    return (row.snapshot_tag, row.memory_limit_mib) == (
        first.snapshot_tag,
        first.memory_limit_mib,
    ) and row.created_at_unix >= first.at_unix_s - CLOCK_TOLERANCE_S


def _count(creates: Iterable[Create]) -> int:
    return sum(create.count for create in creates)


async def _unclaimed(client: ControllerClient, rows: Sequence[Sandbox]) -> list[Sandbox]:
    claims = await asyncio.gather(*(_is_unclaimed(client, row) for row in rows))
    return [row for row, unclaimed in zip(rows, claims, strict=True) if unclaimed]


async def _is_unclaimed(client: ControllerClient, row: Sandbox) -> bool:
    """Whether the guest says so: who gives no answer may be anybody's."""
    try:
        return (await client.status(row.id)).nonce is None
    except ForkdError:
        return False


def _report(create: Create, unclaimed: Sequence[Sandbox], log: Any) -> None:
    if unclaimed:
        log.warning(
            "At %s there are more sandboxes of snapshot %r that nobody has claimed (%s) than this "
            "hub may have lost (%d): they may be another's, and none is deleted",
            create.controller_url,
            create.snapshot_tag,
            ", ".join(row.id for row in unclaimed),
            create.count,
        )
