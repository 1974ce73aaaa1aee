"""What poll() answers: None while in doubt, a number once a server has ended for certain."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..controller.client import ControllerClient
from ..errors import ForkdError
from ..telling.failures import as_paragraph
from . import liveness
from .state import SpawnState


@dataclass(frozen=True)
class Polled:
    """The server that a poll is about, and what its spawner lends for it."""

    name: str
    """In the log."""
    state: SpawnState
    unknown_grace_s: float | None
    client_of: Callable[[str], ControllerClient]
    bury: Callable[[], Awaitable[Sequence[str]]]
    """Deletes the sandbox; gives the last lines of its log, as they may be shown."""
    tell: Callable[[liveness.Obituary], None]
    """Told once that it has ended, and what is known of that."""


class Polling:
    """Polls one server from its start to its end."""

    def __init__(self, log: Any) -> None:
        self._log = log
        self._doubt = liveness.Doubt()
        self._examination: asyncio.Task[int | None] | None = None
        self.obituary = liveness.Obituary()
        """What is known of the server once it has ended."""

    async def poll(self, server: Polled) -> int | None:
        """Return the exit status, or None for a server that runs or may run. Never raises.

        Whoever finds a server dead deletes its sandbox: a second examination meanwhile would only
        learn that the sandbox is gone, and not why. So two polls at once are one.
        """
        examination = self._examination
        if examination is None or examination.done():
            examination = self._examination = asyncio.create_task(self._find_out(server))
        return await asyncio.shield(examination)

    @property
    def is_examining(self) -> bool:
        """Whether a poll is under way, which may have deleted the sandbox and not yet said why."""
        return self._examination is not None and not self._examination.done()

    async def _find_out(self, server: Polled) -> int | None:
        try:
            return await self._judge(server, await _examine(server))
        except Exception:  # noqa: BLE001 (at its start the hub stops the servers whose poll() raises)
            self._log.exception("Polling %s failed: taken for running", server.name)
            return None

    async def _judge(self, server: Polled, verdict: liveness.Verdict) -> int | None:
        if isinstance(verdict, liveness.Unknown):
            return await self._judge_unknown(server, verdict)
        self._doubt.settle()
        if isinstance(verdict, liveness.Alive):
            return None
        # The hub doesn't call stop() for a server that has stopped: it only forgets it.
        lines = await server.bury() if verdict.left_over else ()
        self._end(server, liveness.Obituary(verdict.why, lines, verdict.kind))
        self._log.warning(
            "%s has stopped (%d): %s%s",
            server.name,
            verdict.status,
            verdict.why,
            as_paragraph(lines),
        )
        return verdict.status

    async def _judge_unknown(self, server: Polled, verdict: liveness.Unknown) -> int | None:
        state, grace_s = server.state, server.unknown_grace_s
        if await liveness.answers(state.host, state.port):
            self._doubt.settle()
            self._log.warning("%s runs, though %s", server.name, verdict.why)
            return None
        doubt_s = self._doubt.lasts_s()
        if grace_s is None or doubt_s < grace_s:
            self._log.warning(
                "Whether %s runs is unknown for %.0f s: %s", server.name, doubt_s, verdict.why
            )
            return None
        self._log.error(
            "Whether %s runs is unknown for %.0f s, longer than unknown_grace_s: it counts as "
            "stopped, and sandbox %s at %s is left to the sweep",
            server.name,
            doubt_s,
            state.sandbox_id,
            state.controller_url,
        )
        self._end(server, liveness.Obituary(verdict.why, kind="silent"))
        return 0

    def _end(self, server: Polled, obituary: liveness.Obituary) -> None:
        self.obituary = obituary
        server.tell(obituary)


async def _examine(server: Polled) -> liveness.Verdict:
    state = server.state
    try:
        client = server.client_of(state.controller_url)
    except ForkdError as error:
        return liveness.Unknown(str(error))
    return await liveness.examine(client, state)
