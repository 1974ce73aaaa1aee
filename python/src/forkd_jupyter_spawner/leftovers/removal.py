"""Deletes the sandbox of one server for certain, and reads its log before."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..controller.deletion import delete_for_certain
from ..errors import ForkdError
from ..life.state import SpawnState
from ..network.by_name import NETWORKS
from ..network.ways import Network, close_after_deletion
from ..telling.redaction import MOST_LINES

LOOKS, LOOK_PAUSE_S = 10, 0.1
"""A process that was killed takes a moment to end."""


@dataclass(frozen=True)
class Removal:
    """What is to be deleted, and the spawner that it belongs to."""

    owner: Any
    """The spawner. Its journal is asked for last: one that can't be opened saves no sandbox."""
    state: SpawnState

    async def delete(self) -> None:
        """One that is gone already is as good; raises when it can't be deleted."""
        url, sandbox_id = self.state.controller_url, self.state.sandbox_id
        if not sandbox_id:
            return
        await delete_for_certain(self.owner.client_of(url), sandbox_id)
        self.owner.journal.gone(url, sandbox_id)
        await close_after_deletion(self._network(), sandbox_id, self.owner.log)
        if self.owner.held.sandbox_id == sandbox_id:
            self.owner.held = SpawnState()
        await self._tell_of_stray()

    def _network(self) -> Network:
        return NETWORKS[self.state.network or "direct"](self.owner.forwarder_socket)

    @property
    def _name(self) -> str:
        """The server's, in the log."""
        return self.owner._log_name  # noqa: SLF001 (the hub's own)

    async def _tell_of_stray(self) -> None:
        """forkd 0.5 deletes only the row of a microVM that a controller before it has started."""
        state, vmm = self.state, self.state.vmm
        if vmm is None:
            return
        for _ in range(LOOKS):
            if vmm.has_ended():
                return
            await asyncio.sleep(LOOK_PAUSE_S)
        self.owner.log.error(
            "%s is deleted, and its microVM (process %d) lives on, in a network namespace that "
            "nothing else can be started in. `sudo forkd-spawner clean --controller %s` ends it",
            *(state.sandbox_id, vmm.pid, state.controller_url),
        )

    def tell_of_failure(self, error: BaseException) -> None:
        """What can't be deleted now is in the journal."""
        self.owner.log.error(
            "Sandbox %s of %s at %s is left to the sweep",
            *(self.state.sandbox_id, self._name, self.state.controller_url),
            exc_info=error,
        )

    async def last_log_lines(self) -> Sequence[str]:
        """A sandbox's log goes with it: what is to be told of it is read before."""
        if not self.state.sandbox_id:
            return []
        try:
            client = self.owner.client_of(self.state.controller_url)
            return await client.server_log(self.state.sandbox_id, MOST_LINES)
        except ForkdError as error:
            self.owner.log.debug("The log of %s cannot be read: %s", self._name, error)
            return []
