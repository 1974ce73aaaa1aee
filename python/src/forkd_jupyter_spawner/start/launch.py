"""One launch: fork a sandbox, make it reachable, make it the user's server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..choices.offering import apply_choice
from ..controller.client import ControllerClient
from ..errors import ControllerFailedError, OutOfMemoryError, SandboxDiedError
from ..facts import Activation, Identity, Sandbox, SandboxSpec
from ..life.liveness import MEMORY_LIMIT, WAKE_TIMEOUT_S, sandbox_end, wakes_up
from ..life.state import SpawnState
from ..life.vmm_process import VmmProcess
from ..network.by_name import network_to
from ..network.ways import Network, hub_api_url, seen_from_guest
from ..options import call, take_back_own_settings
from ..spans import Span
from .asking import (
    NONCE_VARIABLE,
    controller_url_for,
    identity_of,
    spec_for,
    warn_where_not_enforced,
)
from .attempt import Attempt
from .claim import claim
from .connections import begin_removal, connections
from .create_queue import CreateQueue
from .internal_ssl import certificates_for
from .progress import SpawnProgress, Stage
from .while_alive import while_alive


async def launch(attempt: Attempt) -> str:
    """Return the URL of a server that answers requests. What it makes, the attempt knows of."""
    spawner = attempt.spawner
    take_back_own_settings(spawner)
    if not spawner.choice_is_applied:
        # JupyterHub before 5.3, or the operator's own apply_user_options.
        await apply_choice(spawner, spawner.user_options)
    spawner.choice_is_applied = False
    shared = connections()
    url = await controller_url_for(spawner)
    client = shared.client(url, spawner)
    queue = shared.queue(client.url, spawner.journal, spawner.create_lock_folder)
    # All of the user's and the operator's values are checked before anything is forked.
    with attempt.progress.measured.timed("start.identity"):
        identity = identity_of(spawner)
    spec = attempt.spec = await spec_for(spawner, client.url)
    host, port = await Launch(attempt, client, queue, attempt.progress).run(spec, identity)
    return _url("https" if spawner.internal_ssl else "http", host, port)


def _url(scheme: str, host: str, port: int) -> str:
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


@dataclass(frozen=True)
class Launch:
    """What one launch works with. Whoever runs it also deletes what a failed one has kept."""

    attempt: Attempt
    client: ControllerClient
    queue: CreateQueue
    progress: SpawnProgress

    @property
    def spawner(self) -> Any:
        """Whose server it is to be."""
        return self.attempt.spawner

    async def run(self, spec: SandboxSpec, identity: Identity) -> tuple[str, int]:
        """Return where the hub finds the server, once it answers requests."""
        measured = self.progress.measured
        with measured.timed("start.create"):
            sandbox, network, state = await self._fork_one_that_answers(spec, identity)
        measured.add(sandbox.spans)
        self.progress.reach("sandbox-created", "Handing the server over", sandbox_id=sandbox.id)
        await self._created(sandbox)
        with measured.timed("start.network"):
            route = await network.open(sandbox, hub_api_url(identity.environment))
        identity = seen_from_guest(identity, route)
        identity = await self._certified(identity, route.host)
        with measured.timed("start.activate"):
            asked_ms = self.progress.elapsed_ms
            activation = await self._activate(sandbox.id, identity, state.vmm)
            self._note_guest_stages(asked_ms, activation.spans)
        measured.add(activation.spans)
        await network.expose(sandbox, _ports_of(activation))
        port, kernel = activation.server_port, activation.kernel_connection
        self.attempt.keep(replace(state, host=route.host, port=port, kernel_connection=kernel))
        self.progress.reach(
            "activated",
            "The server listens and its first kernel is warm",
            sandbox_id=sandbox.id,
            spans=measured.published(),
        )
        return route.host, port

    async def _fork_one_that_answers(
        self, spec: SandboxSpec, identity: Identity
    ) -> tuple[Sandbox, Network, SpawnState]:
        """A microVM may be in a namespace that another one has: then a second one is tried."""
        first = await self._fork(spec, identity)
        if await self._is_awake(first[0], first[2].vmm):
            return first
        await asyncio.wait([begin_removal(self.spawner, self.attempt.state)])
        second = await self._fork(spec, identity)
        if await self._is_awake(second[0], second[2].vmm):
            return second
        raise SandboxDiedError(
            f"neither {first[0].id} nor {second[0].id}, forked in its place, answered a ping "
            f"within {WAKE_TIMEOUT_S:g} s"
        )

    async def _is_awake(self, sandbox: Sandbox, vmm: VmmProcess | None) -> bool:
        """One without a namespace is a process, which listens before it is known."""
        return sandbox.netns is None or await wakes_up(self.client, sandbox.id, vmm)

    async def _fork(
        self, spec: SandboxSpec, identity: Identity
    ) -> tuple[Sandbox, Network, SpawnState]:
        sandbox = await self.queue.take(self.client, spec)
        network = network_to(self.spawner, sandbox)
        state = SpawnState(
            sandbox_id=sandbox.id,
            controller_url=self.client.url,
            snapshot_tag=spec.snapshot_tag,
            nonce=identity.environment[NONCE_VARIABLE],
            host=sandbox.host,
            network=network.name,
            vmm=VmmProcess.of(sandbox),
            memory_limit_mib=sandbox.memory_limit_mib,
        )
        # No await since the sandbox came: a cancellation finds either both or neither.
        self.attempt.keep(state)
        return sandbox, network, state

    async def _created(self, sandbox: Sandbox) -> None:
        """An operator's hook sees the sandbox before it becomes the user's server; it may raise."""
        spawner, state = self.spawner, self.attempt.state
        warn_where_not_enforced(spawner.log, sandbox, state.vmm)
        hook = spawner.after_created_hook
        if hook is not None:
            await claim(self.client, sandbox.id, state.nonce, spawner.log)
            await call(spawner, "after_created_hook", hook, spawner, sandbox)
            self.attempt.go_on()

    async def _certified(self, identity: Identity, host: str) -> Identity:
        """Add what a server at this address needs for encrypted connections, if they are."""
        if not self.spawner.internal_ssl:
            return identity
        return replace(identity, certificates=await certificates_for(self.spawner, host))

    async def _activate(
        self, sandbox_id: str, identity: Identity, vmm: VmmProcess | None
    ) -> Activation:
        async def death() -> SandboxDiedError | None:
            if vmm is None or not vmm.has_ended():
                return None
            return SandboxDiedError(
                f"the microVM (process {vmm.pid}) ended before it was the user's server"
            )

        try:
            activating = self.client.activate(sandbox_id, identity, self.spawner.activation_timeout)
            # The controller would wait for the answer of a dead one as for that of a busy one.
            return await (activating if vmm is None else while_alive(activating, death))
        except ControllerFailedError:
            # The controller lost the guest in the middle of it, and knows more a moment later.
            end = await sandbox_end(self.client, sandbox_id)
            if end is None:
                raise
            kind = OutOfMemoryError if MEMORY_LIMIT in end else SandboxDiedError
            raise kind(f"the sandbox ended before it was the user's server: {end}") from None

    def _note_guest_stages(self, asked_ms: float, spans: Iterable[Span]) -> None:
        """The guest tells of its stages at the end, and by its own clock: only durations count.

        It can't have taken longer than its answer did; what says so is not known.
        """
        ends = sorted(
            (span["duration_ms"], *_GUEST_STAGES[span["name"]])
            for span in spans
            if span["side"] == "guest"
            and span["name"] in _GUEST_STAGES
            and round(asked_ms + span["duration_ms"], 1) <= self.progress.elapsed_ms
        )
        for duration_ms, stage, message in ends:
            self.progress.reach(stage, message, at_ms=asked_ms + duration_ms)


def _ports_of(activation: Activation) -> list[int]:
    """What a client may want to reach: the server, and the first kernel's own ports."""
    kernel = activation.kernel_connection or {}
    ports = [kernel[name] for name in kernel if name.endswith("_port")]
    return [activation.server_port, *ports]


_GUEST_STAGES: Mapping[str, tuple[Stage, str]] = {
    "agent.server-listening": ("server-listening", "The server listens"),
    "agent.kernel-warm": ("kernel-warm", "The first kernel is warm"),
}
"""By spans that begin with the activation: what they last is when the stage was reached."""
