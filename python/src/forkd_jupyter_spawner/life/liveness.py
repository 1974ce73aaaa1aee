"""Is a user's server alive? Only certain death counts: doubt must never cost a server."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from ..controller.client import ControllerClient
from ..errors import ControllerFailedError, ForkdError, SandboxNotFoundError
from ..facts import GuestStatus
from .state import SpawnState
from .vmm_process import VmmProcess

CONNECT_TIMEOUT_S = 2.0

WAKE_TIMEOUT_S = 10.0
WAKE_PAUSE_S = 0.1

NOBODY_LISTENS = re.compile(r"connect .*(connection refused|no route to host)", re.IGNORECASE)
"""forkd's reason when a guest's kernel or its host says that nobody is there. A time-out is not
among them: a paused VM looks the same."""


EndKind = Literal["ended", "out-of-memory", "gone", "silent"]
"""How a server ended, as far as it matters to its user. Gone: with its sandbox, for which nothing
in it is the cause. Silent: nobody knows, and nobody waits any longer."""

MEMORY_LIMIT = "memory limit"
"""What the embedded controller says when it is why a sandbox has ended."""


@dataclass(frozen=True)
class Alive:
    """The sandbox is ours and its server runs."""


@dataclass(frozen=True)
class Dead:
    """The server has ended for certain."""

    status: int
    why: str
    kind: EndKind = "gone"
    left_over: bool = False
    """The sandbox is ours and still there, with nothing in it that is of use."""


@dataclass(frozen=True)
class Obituary:
    """What is still known of a server whose sandbox was deleted with it."""

    why: str = "the server ended"
    last_lines: Sequence[str] = ()
    """The last lines of its log, as they may be shown."""
    kind: EndKind = "ended"


@dataclass(frozen=True)
class Unknown:
    """Nobody can tell at the moment."""

    why: str


Verdict = Alive | Dead | Unknown


async def examine(client: ControllerClient, state: SpawnState) -> Verdict:
    """Ask the host for the microVM, the controller for the row, the guest for its server."""
    sandbox_id = state.sandbox_id
    if state.vmm is not None and state.vmm.has_ended():
        return _vmm_end(state.vmm)
    try:
        await client.get(sandbox_id)
        status = await client.status(sandbox_id)
    except SandboxNotFoundError:
        return Dead(0, "the controller no longer has the sandbox")
    except ControllerFailedError as error:
        return await _without_agent(client, sandbox_id, error)
    except ForkdError as error:
        return Unknown(str(error))
    return _judge(status, state.nonce)


def _vmm_end(vmm: VmmProcess) -> Dead:
    if vmm.ran_out_of_memory():
        why = f"its microVM (process {vmm.pid}) was ended by its memory limit"
        return Dead(0, why, "out-of-memory", left_over=True)
    return Dead(0, f"its microVM (process {vmm.pid}) has ended", "ended", left_over=True)


def _judge(status: GuestStatus, nonce: str) -> Verdict:
    if status.nonce != nonce:
        return Dead(0, "the sandbox is not the one that was started")
    ended = status.server_exit
    if ended is not None:
        how = "was ended by its memory limit" if ended.out_of_memory else "ended"
        kind: EndKind = "out-of-memory" if ended.out_of_memory else "ended"
        return Dead(ended.status, f"the server inside the sandbox {how}", kind, left_over=True)
    return Alive()


async def _without_agent(
    client: ControllerClient, sandbox_id: str, error: ControllerFailedError
) -> Verdict:
    """A row is no proof of life, nor is one 500 a proof of death: a ping has to confirm it."""
    try:
        await client.ping(sandbox_id)
    except SandboxNotFoundError:
        return Dead(0, "the controller no longer has the sandbox")
    except ControllerFailedError as again:
        if all(NOBODY_LISTENS.search(str(failure)) for failure in (error, again)):
            why = f"nothing answers inside the sandbox any more: {again}"
            kind: EndKind = "out-of-memory" if MEMORY_LIMIT in why else "gone"
            return Dead(0, why, kind, left_over=True)
    except ForkdError:
        pass  # it is as unknown as it was
    return Unknown(str(error))


async def sandbox_end(client: ControllerClient, sandbox_id: str) -> str | None:
    """How a sandbox has ended, by its controller; None where it may still live."""
    try:
        await client.ping(sandbox_id)
    except SandboxNotFoundError as error:
        return str(error)
    except ControllerFailedError as error:
        return str(error) if NOBODY_LISTENS.search(str(error)) else None
    except ForkdError:
        pass  # nobody knows
    return None


async def wakes_up(client: ControllerClient, sandbox_id: str, vmm: VmmProcess | None) -> bool:
    """Whether a new sandbox answers a ping, in the end.

    Several microVMs that are restored at once answer late: forkd gives up on a ping after 3 s.
    """
    deadline = time.monotonic() + WAKE_TIMEOUT_S
    while vmm is None or not vmm.has_ended():
        try:
            await client.ping(sandbox_id)
        except ControllerFailedError:
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(WAKE_PAUSE_S)
        else:
            return True
    return False


async def answers(host: str, port: int) -> bool:
    """Whether the server's own port accepts connections: life that needs no controller."""
    try:
        _, writer = await asyncio.wait_for(
            asyncio.open_connection(host, port), timeout=CONNECT_TIMEOUT_S
        )
    except (OSError, asyncio.TimeoutError):
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


class Doubt:
    """For how long nobody could tell."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds."""
        self._clock = clock
        self._since: float | None = None

    def settle(self) -> None:
        """It is certain again."""
        self._since = None

    def lasts_s(self) -> float:
        """Seconds since it was certain last; starts to count with the first call."""
        if self._since is None:
            self._since = self._clock()
        return self._clock() - self._since
