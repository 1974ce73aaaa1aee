"""ForkdSpawner: the policy. What the hub asks for, in terms of sandboxes.

The hub's contract was read from jupyterhub/user.py, app.py and apihandlers/users.py:
start() is cancelled at `start_timeout` and when a user stops a pending server, state is
stored only after start() has returned, and a poll() that raises at the hub's start makes
the hub stop that server.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncGenerator, Callable, Sequence
from functools import partial
from types import CoroutineType
from typing import Any

from jupyterhub.spawner import Spawner
from tornado.web import HTTPError
from traitlets import default

from .choices.offering import apply_choice
from .controller.client import ControllerClient
from .controller.guest_expressions import check_identity
from .errors import ForkdError, ServerDiedError, StoppedError
from .facts import Identity, Sandbox
from .hub.patience import HubPatience
from .leftovers.journal import Journal, journal_at
from .leftovers.removal import Removal
from .leftovers.sweeper import SweepSettings, grace_after
from .life.polling import Polled, Polling
from .life.server_ends import forget_end, note_end
from .life.state import SpawnState, session_of, stored_sandboxes
from .network.by_name import NETWORKS
from .network.ways import Network, choose_network
from .options.own_settings import hubs_spawner, take_back_own_settings
from .options.per_user import call
from .start.asking import controller_url_for, spec_for
from .start.attempt import Attempt
from .start.claim import claim
from .start.connections import connections
from .start.first_probe import end_with_server
from .start.internal_ssl import certificates_for
from .start.launch import NONCE_VARIABLE, Launch
from .start.limits import warn_where_not_enforced
from .start.metrics import SPAWN_FAILURES
from .start.progress import SpawnProgress
from .start.spawn_end import CANCELLED, COMPLETED, UNEXPECTED, SpawnEnd
from .start.spawn_report import report_spawn
from .telling.failures import spawn_failure
from .telling.redaction import WITHHELD, presentable, secrets_in
from .traits import ForkdTraits

MOMENT_S = 0.3
"""How long a start that was given up waits for the end of its sandbox: see letting_go.py."""

CLEAN_UP_PATIENCE_S = 3.0
"""How long one that has failed does. Whoever waits for it waits for the reason."""

STOP_PATIENCE_S = 15.0
"""How long a stop does. Until it returns, the hub lets nobody start this server again."""


class ForkdSpawner(ForkdTraits, HubPatience, Spawner):
    """Forks each user's server from a warm forkd snapshot."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Called by the hub for each server that it knows, at its own start already."""
        self.given_options = kwargs.copy()
        self.overridden = []
        super().__init__(*args, **kwargs)
        self._forkd = SpawnState()
        self._polling = Polling(self.log)
        self._spawn_progress: SpawnProgress | None = None
        self._attempt: Attempt | None = None
        self._secrets: list[str] = []
        self._secrets_by_nonce: dict[str, list[str]] = {}
        if not self.is_trial:
            with contextlib.suppress(RuntimeError):  # without a loop there is no hub
                connections().sweeper.watch(self)

    # --- state: the hub's database -----------------------------------------------------

    def get_state(self) -> dict[str, Any]:
        """Called by the hub after start() and after stop(); what is returned is stored."""
        return {**super().get_state(), **self._forkd.as_json()}

    def load_state(self, state: dict[str, Any]) -> None:
        """Called by the hub for each stored server when the hub starts."""
        super().load_state(state)
        self._forkd = SpawnState.from_json(state)

    def clear_state(self) -> None:
        """Called by the hub before start() and after stop()."""
        super().clear_state()
        self._forkd = SpawnState()
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
        progress.reach("requested", "Forking a sandbox")
        attempt = self._attempt = Attempt(progress)
        self._polling = Polling(self.log)
        end = UNEXPECTED
        try:
            url = await attempt.run(self._fork_and_activate(attempt))
            end = COMPLETED
        except StoppedError as error:
            end = SpawnEnd.by(error)
            await asyncio.wait([self._give_up(attempt)], timeout=MOMENT_S)
            raise spawn_failure(error) from None
        except ForkdError as error:
            end = SpawnEnd.by(error)
            raise spawn_failure(error, self._secrets, await self._clean_up(attempt)) from None
        except asyncio.CancelledError:
            timeout = attempt.timeout(self.start_timeout)
            if timeout is None:
                end = CANCELLED
                await asyncio.wait([self._give_up(attempt)], timeout=MOMENT_S)
                raise
            end = SpawnEnd.by(timeout)
            raise spawn_failure(timeout, self._secrets, await self._clean_up(attempt)) from None
        except BaseException:
            await self._clean_up(attempt)
            raise
        else:
            forget_end(self.user, self.name)
            if self.server is not None:
                end_with_server(hubs_spawner(self).server, self._death)
            return url
        finally:
            if self._attempt is attempt:
                self._attempt = None
            attempt.ended.set()
            self._report(attempt, end)
            progress.end()

    async def _fork_and_activate(self, attempt: Attempt) -> str:
        take_back_own_settings(self)
        if not self.choice_is_applied:
            # JupyterHub before 5.3, or the operator's own apply_user_options.
            await apply_choice(self, self.user_options)
        self.choice_is_applied = False
        progress = attempt.progress
        client = self.client_of(await controller_url_for(self))
        launch = Launch(
            client,
            connections().queue(client.url, self.journal, self.create_lock_folder),
            self.network_to,
            progress,
            discard=lambda: asyncio.wait([self._remove(attempt.state)]),
            keep=partial(self._keep, attempt),
            certify=lambda host: certificates_for(self, host),
            activation_timeout_s=self.activation_timeout,
            created=partial(self._created, attempt),
        )
        # All of the user's and the operator's values are checked before anything is forked.
        with progress.measured.timed("start.identity"):
            identity = self._identity()
        spec = attempt.spec = await spec_for(self, client.url)
        host, port = await launch.run(spec, identity)
        return _url("https" if self.internal_ssl else "http", host, port)

    async def _created(self, attempt: Attempt, sandbox: Sandbox) -> None:
        warn_where_not_enforced(self.log, sandbox, attempt.state.vmm)
        hook = self.after_created_hook
        if hook is not None:
            client = self.client_of(attempt.state.controller_url)
            await claim(client, sandbox.id, attempt.state.nonce, self.log)
            await call(self, "after_created_hook", hook, self, sandbox)
            attempt.go_on()

    def _keep(self, attempt: Attempt, state: SpawnState) -> None:
        attempt.state = state
        if attempt.removal is not None:
            attempt.removal = self._remove(state)
        attempt.go_on()
        self._forkd = state

    def _identity(self) -> Identity:
        nonce = secrets.token_hex(16)
        environment = {**self.get_env(), NONCE_VARIABLE: nonce}
        self._secrets = secrets_in([*environment.items(), ("TOKEN", self.bearer_token())])
        self._secrets_by_nonce[nonce] = self._secrets
        identity = Identity(self.user.name, environment, tuple(self.get_args()))
        check_identity(identity)
        return identity

    def _report(self, attempt: Attempt, end: SpawnEnd) -> None:
        tag = attempt.spec and attempt.spec.snapshot_tag
        about = {"user": self.user.name, "server": self.name, "snapshot_tag": tag}
        report_spawn(self.log, attempt.progress, end, about)

    async def _death(self) -> HTTPError | None:
        """What the user is told when the server died before the hub has seen it."""
        # The hub polls as well meanwhile, and whoever finds it dead first deletes the sandbox.
        if await self.poll() is None:
            return None
        error = ServerDiedError(f"{self._polling.obituary.why} before it answered the hub")
        SPAWN_FAILURES.labels(error.reason).inc()
        return spawn_failure(error, self._secrets, self._polling.obituary.last_lines)

    async def _clean_up(self, attempt: Attempt) -> Sequence[str]:
        """Delete what a failed start leaves behind and return the last lines of its log."""
        try:
            lines = await self._removal(attempt.state).last_log_lines()
        finally:
            removal = self._give_up(attempt)
        await asyncio.wait([removal], timeout=CLEAN_UP_PATIENCE_S)
        return lines

    def _give_up(self, attempt: Attempt) -> asyncio.Task[None]:
        """Delete what a start has made, and may still make: the next one needn't wait for that."""
        if self._forkd is attempt.state:
            self._forkd = SpawnState()
        attempt.removal = self._remove(attempt.state)
        return attempt.removal

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
        if not self._forkd.sandbox_id:
            return 0
        state = self._forkd
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
        known = self._secrets_by_nonce.get(state.nonce)
        lines = [] if known is None else await self._removal(state).last_log_lines()
        await asyncio.wait([self._remove(state)], timeout=CLEAN_UP_PATIENCE_S)
        return WITHHELD if known is None else presentable(lines, known)

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
            return self._remove(self._forkd)
        return attempt.removal

    def _remove(self, state: SpawnState) -> asyncio.Task[None]:
        return connections().removals.begin(self._removal(state))

    def _removal(self, state: SpawnState) -> Removal:
        def forget() -> None:
            if self._forkd.sandbox_id == state.sandbox_id:
                self._forkd = SpawnState()

        return Removal(
            self, self._log_name, state, self._network(state.network or "direct"), forget
        )

    # --- what it works with, and what the sweep needs of it (see leftovers/sweeper) -------

    @property
    def owned(self) -> tuple[str, str]:
        """Controller and id of this server's sandbox; empty texts: none."""
        return self._forkd.controller_url, self._forkd.sandbox_id

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
        session = connections().session(url, self.ca_file)
        return ControllerClient(url, session, self.request_timeout, self.bearer_token())

    def network_to(self, sandbox: Sandbox) -> Network:
        """By which a sandbox is reached, as configured."""
        return self._network(choose_network(self.network, sandbox))

    def _network(self, name: str) -> Network:
        return NETWORKS[name](self.forwarder_socket)


def _url(scheme: str, host: str, port: int) -> str:
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
