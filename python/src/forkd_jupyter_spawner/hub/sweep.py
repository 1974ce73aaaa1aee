"""Starts the sweep with the hub.

A spawner starts it too (see leftovers/sweeper), but a hub makes spawners only for servers that it
has stored, and for users who come: one that was killed in its very first start has neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..controller.client import ControllerClient
from ..facts import Sandbox
from ..leftovers.journal import Journal
from ..leftovers.sweeper import SweepSettings
from ..life.state import stored_sandboxes
from ..network.ways import Network
from ..start.connections import connections


class HubItself:
    """Owns no sandbox, and respects what the hub's database holds."""

    owned = ("", "")

    def __init__(self, spawner: Any, session: Any) -> None:
        """`spawner` has the operator's settings, and no server; `session` is the database's."""
        self._spawner = spawner
        self._session = session
        self.log = spawner.log

    @property
    def sweep_settings(self) -> SweepSettings:
        """As configured at this moment."""
        return self._spawner.sweep_settings

    @property
    def journal(self) -> Journal:
        """The hub's."""
        return self._spawner.journal

    def client_of(self, url: str) -> ControllerClient:
        """A client of a controller."""
        return self._spawner.client_of(url)

    def network_to(self, sandbox: Sandbox) -> Network:
        """As configured for all: a user's own choice is no longer known."""
        return self._spawner.network_to(sandbox)

    def stored_sandboxes(self) -> Sequence[str] | None:
        """The ids of all servers' sandboxes in the hub's database; None: it can't be asked."""
        return stored_sandboxes(self._session)


def start_sweep(spawner: Any, session: Any) -> None:
    """Sweep from now on, in the loop that runs: the hub's."""
    connections().sweeper.keep(HubItself(spawner, session))
