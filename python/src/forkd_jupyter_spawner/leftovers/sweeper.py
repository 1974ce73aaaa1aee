"""Deletes what this hub had made and no server of it owns, at its start and periodically.

What this hub had made is what its journal says (see journal and lost_creates); a sandbox
that isn't in it is never touched. The hub has no hook of its own for this: its start, where
that was seen (see hub/at_start), or else the first spawner that it makes starts the sweep.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from weakref import WeakSet

from ..controller.client import ControllerClient
from ..controller.deletion import delete_for_certain
from ..errors import ForkdError
from ..facts import Sandbox
from ..network.ways import Network, close_after_deletion
from .journal import Journal
from .ledger import Made
from .lost_creates import Listing, LostCreates

GRACE_REQUESTS = 2


def grace_after(request_timeout_s: float) -> float:
    """For how long a sandbox that nobody has claimed may yet be that of a start under way.

    A start reaches its guest with a claim or an activation once its create is answered, within
    one `request_timeout`. The start may be another hub's, whose `request_timeout` is not known
    here: hubs that share a controller want the same one.
    """
    return GRACE_REQUESTS * request_timeout_s


@dataclass(frozen=True)
class SweepSettings:
    """How an operator wants it done."""

    interval_s: float
    grace_s: float
    """For how long nobody must have claimed a sandbox of which the create's answer was lost."""
    dry_run: bool = False


class Owner(Protocol):
    """What the sweep needs of a spawner."""

    log: Any

    @property
    def sweep_settings(self) -> SweepSettings:
        """As configured at this moment."""
        ...

    @property
    def owned(self) -> tuple[str, str]:
        """Controller and id of its sandbox; empty texts: none."""
        ...

    @property
    def journal(self) -> Journal:
        """The hub's."""
        ...

    def client_of(self, url: str) -> ControllerClient:
        """A client with this spawner's settings."""
        ...

    def network_to(self, sandbox: Sandbox) -> Network:
        """Return the network by which this hub reaches it."""
        ...

    def stored_sandboxes(self) -> Sequence[str] | None:
        """The ids of all servers' sandboxes in the hub's database; None: it can't be asked."""
        ...


class Sweeper:
    """The sweep of one hub process."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        being_removed: Callable[[], set[tuple[str, str]]] = set,
    ) -> None:
        """`clock` gives seconds, `being_removed` what somebody else deletes at this moment."""
        self._being_removed = being_removed
        self._owners: WeakSet[Owner] = WeakSet()
        self._kept: list[Owner] = []
        self._task: asyncio.Task[None] | None = None
        self._lost = LostCreates(clock)
        self._announced: set[Made] = set()
        self._has_told_of_database = False

    def watch(self, owner: Owner) -> None:
        """Respect what this spawner owns, and use its settings from now on."""
        self._owners.add(owner)
        self._latest = owner
        if self._task is None and owner.sweep_settings.interval_s > 0:
            self._task = asyncio.create_task(self._run(), name="forkd-sweep")

    def keep(self, owner: Owner) -> None:
        """Watch one that nobody else keeps, for as long as the hub runs."""
        self._kept.append(owner)
        self.watch(owner)

    async def _run(self) -> None:
        while True:
            try:
                await self.sweep()
            except ForkdError as error:
                self._latest.log.warning("Nothing is swept: %s", error)
            except Exception:
                self._latest.log.exception("The sweep failed; it is tried again")
            await asyncio.sleep(self._latest.sweep_settings.interval_s)

    async def sweep(self) -> None:
        """Sweep each controller at which something may be left over: usually none."""
        journal = self._latest.journal
        urls = {each.controller_url for each in (*self._left_over(), *journal.lost_creates)}
        for url in sorted(urls):
            try:
                await self._sweep(self._latest.client_of(url), journal)
            except ForkdError as error:
                self._latest.log.warning("What is left over at %s stays for now: %s", url, error)
        journal.compact()

    async def _sweep(self, client: ControllerClient, journal: Journal) -> None:
        rows = {row.id: row for row in await client.list()}
        listing = Listing(client, self._strangers(journal, rows.values()))
        grace_s = self._latest.sweep_settings.grace_s
        await self._lost.settle(journal, listing, grace_s, self._latest.log)
        for made in self._left_over():
            if made.controller_url != client.url:
                continue
            row = rows.get(made.id)
            if row is not None and made.is_row(row):
                await self._delete(client, made, row)
            else:
                journal.gone(made.controller_url, made.id)

    def _strangers(self, journal: Journal, rows: Iterable[Sandbox]) -> list[Sandbox]:
        """Whatever this hub has made and not lost the answer of is known by its id."""
        ours = {made.id for made in journal.known} | {sandbox for _, sandbox in self._owned()}
        return [row for row in rows if row.id not in ours]

    def _owned(self) -> set[tuple[str, str]]:
        return {owner.owned for owner in self._owners} | self._being_removed()

    def _left_over(self) -> list[Made]:
        owned = self._owned()
        return [
            made
            for made in self._latest.journal.made
            if (made.controller_url, made.id) not in owned
        ]

    async def _delete(self, client: ControllerClient, made: Made, row: Sandbox) -> None:
        """What was left over a moment ago may be a server's by now; the database knows all."""
        if made not in self._left_over() or self._may_be_stored(made):
            return
        if self._latest.sweep_settings.dry_run:
            self._announce(made)
            return
        await delete_for_certain(client, made.id)
        self._latest.journal.gone(made.controller_url, made.id)
        network = self._latest.network_to(row)
        await close_after_deletion(network, made.id, self._latest.log)
        self._latest.log.warning(
            "Sandbox %s at %s, which this hub had made and no server owns, is deleted",
            *(made.id, made.controller_url),
        )

    def _may_be_stored(self, made: Made) -> bool:
        """Where no owner has a session of the database (its server was deleted), nobody knows."""
        answers = (owner.stored_sandboxes() for owner in (self._latest, *self._owners))
        stored = next((answer for answer in answers if answer is not None), None)
        if stored is None and not self._has_told_of_database:
            self._latest.log.warning(
                "Sandboxes that no server owns stay for now: the hub's database cannot be asked "
                "whose they are (no spawner has a session of it)"
            )
        self._has_told_of_database = stored is None
        return stored is None or made.id in stored

    def _announce(self, made: Made) -> None:
        """Once: it stays."""
        if made not in self._announced:
            self._announced.add(made)
            self._latest.log.warning(
                "Sandbox %s at %s, which this hub had made and no server owns, would be deleted "
                "but for c.ForkdSpawner.sweep_dry_run",
                *(made.id, made.controller_url),
            )
