"""One start: fork a sandbox, make it reachable, make it the user's server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from ..controller.client import ControllerClient
from ..errors import ControllerFailedError, OutOfMemoryError, SandboxDiedError
from ..facts import Activation, Certificates, Identity, Sandbox, SandboxSpec
from ..life.liveness import MEMORY_LIMIT, WAKE_TIMEOUT_S, sandbox_end, wakes_up
from ..life.state import SpawnState
from ..life.vmm_process import VmmProcess
from ..network.ways import Network, hub_api_url, seen_from_guest
from ..spans import Span
from .create_queue import CreateQueue
from .progress import SpawnProgress, Stage
from .while_alive import while_alive

NONCE_VARIABLE = "FORKD_ACTIVATION_NONCE"


@dataclass(frozen=True)
class Launch:
    """What one start works with. Whoever runs it also deletes what a failed one has kept."""

    client: ControllerClient
    queue: CreateQueue
    network_of: Callable[[Sandbox], Network]
    progress: SpawnProgress
    discard: Callable[[], Awaitable[object]]
    """Deletes what was kept last."""
    keep: Callable[[SpawnState], None]
    """Told what there is to be deleted or kept, as soon as there is."""
    certify: Callable[[str], Awaitable[Certificates | None]]
    """Makes what a server at this address needs for encrypted connections, if they are."""
    activation_timeout_s: float
    created: Callable[[Sandbox], Awaitable[None]]
    """Told of the sandbox before it becomes the user's server; may raise."""

    async def run(self, spec: SandboxSpec, identity: Identity) -> tuple[str, int]:
        """Return where the hub finds the server, once it answers requests."""
        measured = self.progress.measured
        with measured.timed("start.create"):
            sandbox, network, state = await self._fork_one_that_answers(spec, identity)
        measured.add(sandbox.spans)
        self.progress.reach("sandbox-created", "Handing the server over", sandbox_id=sandbox.id)
        await self.created(sandbox)
        with measured.timed("start.network"):
            route = await network.open(sandbox, hub_api_url(identity.environment))
        identity = seen_from_guest(identity, route)
        identity = replace(identity, certificates=await self.certify(route.host))
        with measured.timed("start.activate"):
            asked_ms = self.progress.elapsed_ms
            activation = await self._activate(sandbox.id, identity, state.vmm)
            self._note_guest_stages(asked_ms, activation.spans)
        measured.add(activation.spans)
        await network.expose(sandbox, _ports_of(activation))
        port, kernel = activation.server_port, activation.kernel_connection
        self.keep(replace(state, host=route.host, port=port, kernel_connection=kernel))
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
        await self.discard()
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
        network = self.network_of(sandbox)
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
        self.keep(state)
        return sandbox, network, state

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
            # The controller would wait for the answer of a dead one as for that of a busy one.
            return await while_alive(
                self.client.activate(sandbox_id, identity, self.activation_timeout_s), death
            )
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
