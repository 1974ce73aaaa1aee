"""ForkdSpawner: the policy. What the hub asks for, in terms of sandboxes.

The hub's contract was read from jupyterhub/user.py, app.py and apihandlers/users.py:
start() is cancelled at `start_timeout` and when a user stops a pending server, state is
stored only after start() has returned, and a poll() that raises at the hub's start makes
the hub stop that server.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Sequence
from functools import partial
from types import CoroutineType
from typing import Any

from jupyterhub.spawner import Spawner
from traitlets import default

from forkd_jupyter_common.redaction import secrets_in

from .controller.client import ControllerClient
from .facts import Sandbox
from .hub.patience import HubPatience
from .leftovers.journal import Journal, journal_at
from .leftovers.removal import Removal
from .leftovers.sweeper import SweepSettings, grace_after
from .life.liveness import Obituary
from .life.polling import Polled, Polling
from .life.server_ends import note_end
from .life.state import SpawnState, session_of, stored_sandboxes
from .network import by_name
from .network.ways import Network
from .start.attempt import CLEAN_UP_PATIENCE_S, Attempt
from .start.connections import begin_removal, connections
from .start.progress import SpawnProgress
from .start.spawn import spawn
from .telling.redaction import WITHHELD, presentable
from .traits import ForkdTraits

STOP_PATIENCE_S = 15.0
"""How long a stop waits for the end of its sandbox. Until it returns, the hub lets nobody start
this server again."""


class ForkdSpawner(ForkdTraits, HubPatience, Spawner):
    """Forks each user's server from a warm forkd snapshot."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Called by the hub for each server that it knows, at its own start already."""
        self.given_options = kwargs.copy()
        self.overridden = []
        super().__init__(*args, **kwargs)
        self.held = SpawnState()
        self._polling = Polling(self.log)
        self._spawn_progress: SpawnProgress | None = None
        self._attempt: Attempt | None = None
        self.handed_over: dict[str, Sequence[tuple[str, Any]]] = {}
        """What each start gave its server, by its nonce: variables, and the controller's token."""
        if not self.is_trial:
            with contextlib.suppress(RuntimeError):  # without a loop there is no hub
                connections().sweeper.watch(self)

    # --- state: the hub's database -----------------------------------------------------

    def get_state(self) -> dict[str, Any]:
        """Called by the hub after start() and after stop(); what is returned is stored."""
        return {**super().get_state(), **self.held.as_json()}

    def load_state(self, state: dict[str, Any]) -> None:
        """Called by the hub for each stored server when the hub starts."""
        super().load_state(state)
        self.held = SpawnState.from_json(state)

    def clear_state(self) -> None:
        """Called by the hub before start() and after stop()."""
        super().clear_state()
        self.held = SpawnState()
        # Who listens now, while a pre_spawn_hook runs, is to hear of the start that follows.
        self._spawn_progress = SpawnProgress()

    # --- start -------------------------------------------------------------------------

    async def create_certs(self) -> dict[str, str]:
        """Called by the hub before start(), with internal_ssl: see internal_ssl.py."""
        return {}

    def start(self) -> CoroutineType[Any, Any, str]:
        """Called by the hub to start the server; gives its URL when it answers requests.

        The hub cancels it at `start_timeout`, counted from this call, and when the user gives
        up. Whatever the way out, a sandbox that did not become the user's server is deleted;
        where that takes long, after the end of this call.
        """
        progress = self._spawn_progress
        if progress is None or progress.has_begun:
            progress = self._spawn_progress = SpawnProgress()
        progress.begin()
        return self._start(progress)

    async def _start(self, progress: SpawnProgress) -> str:
        attempt = self._attempt = Attempt(self, progress)
        self._polling = Polling(self.log)
        try:
            return await spawn(attempt)
        finally:
            if self._attempt is attempt:
                self._attempt = None

    # --- progress ----------------------------------------------------------------------

    async def progress(self) -> AsyncGenerator[dict[str, Any], None]:
        """Called by the hub for each listener to a pending start, at any moment of it."""
        ours = self._spawn_progress
        # A class of the operator's may do something else before it starts ours, or instead.
        is_ours = ours is not None and (ours.has_begun or type(self).start is ForkdSpawner.start)
        if not is_ours:
            async for event in super().progress():
                yield event
        if ours is not None:
            async for event in ours.follow():
                yield event

    @default("progress_ready_hook")
    def _progress_ready_hook_default(self) -> Callable[[Spawner, dict[str, Any]], dict[str, Any]]:
        """Called by the hub for the last event, which is all that a listener gets who comes late.

        A start is over in a fraction of a second: who asks for its progress after that
        still learns when each stage was reached, and where the time went.
        """
        return self._with_times

    def _with_times(self, _spawner: Spawner, event: dict[str, Any]) -> dict[str, Any]:
        progress = self._spawn_progress
        if progress is None:
            return event
        return {**event, "stages_ms": progress.stage_times_ms, "spans": progress.spans}

    # --- poll --------------------------------------------------------------------------

    async def poll(self) -> int | None:
        """Called by the hub every `poll_interval`, at its own start, and before each stop.

        None: running, starting, or unknown. A number: stopped, for certain. Never raises:
        at its start the hub stops the servers whose poll() raises.
        """
        if self._attempt is not None:
            return None
        if not self.held.sandbox_id and not self._polling.is_examining:
            return 0
        state = self.held
        return await self._polling.poll(
            Polled(
                self._log_name,
                state,
                self.unknown_grace_s,
                self.client_of,
                bury=partial(self._bury, state),
                tell=partial(note_end, self.user, self.name, state.memory_limit_mib),
            )
        )

    async def _bury(self, state: SpawnState) -> Sequence[str]:
        known = self.handed_over.get(state.nonce)
        lines = [] if known is None else await Removal(self, state).last_log_lines()
        await asyncio.wait([begin_removal(self, state)], timeout=CLEAN_UP_PATIENCE_S)
        return WITHHELD if known is None else presentable(lines, secrets_in(known))

    @property
    def obituary(self) -> Obituary:
        """What is known of the server once it has ended."""
        return self._polling.obituary

    # --- stop --------------------------------------------------------------------------

    async def stop(self, now: bool = False) -> None:  # noqa: FBT001, FBT002 (the hub's signature)
        """Called by the hub to stop the server, also while it starts, and more than once.

        A sandbox has nothing to be saved from a sudden end, so `now` makes no difference.
        Raises when the sandbox can't be deleted, unless that takes long to find out.
        """
        del now
        deletion = await self._begin_to_stop()
        await asyncio.wait([deletion], timeout=STOP_PATIENCE_S)
        if deletion.done():
            deletion.result()
        else:
            self.log.warning(
                "The sandbox of %s is not yet deleted after %g s: that goes on, or is left to "
                "the sweep",
                *(self._log_name, STOP_PATIENCE_S),
            )

    async def delete_forever(self) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] (the hub awaits it)
        """Called by the hub when a server that doesn't run, or its user, is deleted."""
        await asyncio.wait([await self._begin_to_stop()], timeout=STOP_PATIENCE_S)

    async def _begin_to_stop(self) -> asyncio.Task[None]:
        attempt = self._attempt
        if attempt is not None:
            await attempt.stop()
        if attempt is None or attempt.removal is None:
            return begin_removal(self, self.held)
        return attempt.removal

    # --- what it works with, and what the sweep needs of it (see leftovers/sweeper) -------

    @property
    def owned(self) -> tuple[str, str]:
        """Controller and id of this server's sandbox; empty texts: none."""
        return self.held.controller_url, self.held.sandbox_id

    @property
    def journal(self) -> Journal:
        """The hub's; raises UnusableValueError if it can't be opened."""
        return journal_at(self.journal_file)

    @property
    def sweep_settings(self) -> SweepSettings:
        """How to sweep."""
        grace_s = grace_after(self.request_timeout)
        return SweepSettings(self.sweep_interval, grace_s, dry_run=self.sweep_dry_run)

    def stored_sandboxes(self) -> Sequence[str] | None:
        """The ids of all servers' sandboxes in the hub's database; None: it can't be asked."""
        return stored_sandboxes(session_of(self.orm_spawner, self.user))

    def client_of(self, url: str) -> ControllerClient:
        """A client of a controller, with the token of this moment."""
        return connections().client(url, self)

    def network_to(self, sandbox: Sandbox) -> Network:
        """Return the network by which a sandbox is reached, as configured."""
        return by_name.network_to(self, sandbox)

    def secrets(self) -> list[str]:
        """What must not be shown of the values that the last start has handed over."""
        return secrets_in(next(reversed(self.handed_over.values()), ()))
