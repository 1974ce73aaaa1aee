"""Deletes the sandbox of one server, for certain or as far as it goes, and reads its log before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .deletion import delete_for_certain
from .errors import ForkdError
from .network import Network, close_after_deletion
from .redaction import MOST_LINES
from .state import SpawnState
from .sweeper import Owner


@dataclass(frozen=True)
class Removal:
    """What is to be deleted, and what is needed for it."""

    owner: Owner
    """Its journal is asked for last: one that can't be opened saves no sandbox."""
    name: str
    """Of the server, in the log."""
    state: SpawnState
    network: Network
    forget: Callable[[], None]
    """Told when it is gone."""

    async def delete(self) -> None:
        """One that is gone already is as good; raises when it can't be deleted."""
        url, sandbox_id = self.state.controller_url, self.state.sandbox_id
        if not sandbox_id:
            return
        await delete_for_certain(self.owner.client_of(url), sandbox_id)
        self.owner.journal.gone(url, sandbox_id)
        await close_after_deletion(self.network, sandbox_id, self.owner.log)
        self.forget()

    async def try_to_delete(self) -> None:
        """What can't be deleted now is in the journal."""
        try:
            await self.delete()
        except Exception:
            self.owner.log.exception(
                "Sandbox %s of %s at %s is left to the sweep",
                self.state.sandbox_id,
                self.name,
                self.state.controller_url,
            )

    async def take_log_and_delete(self) -> Sequence[str]:
        """A sandbox's log goes with it: what is to be told of it is read before."""
        lines = await self._last_log_lines()
        await self.try_to_delete()
        return lines

    async def _last_log_lines(self) -> Sequence[str]:
        try:
            client = self.owner.client_of(self.state.controller_url)
            return await client.server_log(self.state.sandbox_id, MOST_LINES)
        except ForkdError as error:
            self.owner.log.debug("The log of %s cannot be read: %s", self.name, error)
            return []
