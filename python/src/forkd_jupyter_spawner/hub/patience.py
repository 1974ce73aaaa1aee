"""What a spawner does about the hub's patience with a start that it cancels.

The hub cancels a start that a user stops, waits for one second, and only then puts its own things
in order (apihandlers/users.py, `delete`). If the start has not ended by then, the hub answers 500
and never comes back to it: the server counts as ready, with nothing behind it. start() itself ends
in time (see attempt.py), and here the rest of what the hub cancels.
"""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

from ..background import run_in_background
from ..start.letting_go import unless_cancelled

COMES_BACK_WITHIN_S = 5.0
"""Far longer than the second after which the hub comes back to a start, if it does."""


class HubPatience:
    """A part of ForkdSpawner; no Spawner itself, since JupyterHub refuses parts of one."""

    _is_given_up: bool = False
    """From the end of a start that was cancelled until the hub stops it, or starts it again."""

    @property
    def ready(self) -> bool:
        """Not what was given up: the hub sends its user there, and from there back again."""
        return not self._is_given_up and super().ready  # type: ignore[misc]

    @property
    def active(self) -> bool:
        """What was given up, too: the hub has yet to stop it."""
        return self._is_given_up or super().active  # type: ignore[misc]

    def clear_state(self) -> None:
        """Called by the hub when it has begun to start the server, and after stop()."""
        super().clear_state()  # type: ignore[misc]
        self._is_given_up = False
        spawn: asyncio.Future[Any] | None = getattr(self, "_spawn_future", None)
        if spawn is not None:
            spawn.add_done_callback(self._look_after_cancelled)

    def run_pre_spawn_hook(self) -> Any:
        """Called by the hub before start(), and cancelled with it."""
        result = super().run_pre_spawn_hook()  # type: ignore[misc]
        return unless_cancelled(result) if inspect.isawaitable(result) else result

    async def run_auth_state_hook(self, auth_state: Any) -> None:
        """Called by the hub before start(), and cancelled with it."""
        await unless_cancelled(super().run_auth_state_hook(auth_state))  # type: ignore[misc]

    def _look_after_cancelled(self, spawn: asyncio.Future[Any]) -> None:
        if spawn.cancelled():
            self._is_given_up = True
            spawner: Any = self
            what = f"to stop what a cancelled start of {spawner._log_name} has left"  # noqa: SLF001 (the hub's own)
            run_in_background(end_half_start(spawner), what, spawner.log)


async def end_half_start(spawner: Any) -> None:
    """Have the hub stop what it takes for a running server, unless it has done so by then."""
    await asyncio.sleep(COMES_BACK_WITHIN_S)
    holds_nothing = spawner.active and not spawner.pending and not any(spawner.owned)
    # One that was replaced meanwhile is not the one that the hub asks.
    if holds_nothing and spawner.user.spawners.get(spawner.name) is spawner:
        spawner.log.warning(
            "The hub takes %s for running, whose start it had cancelled: it is stopped",
            spawner._log_name,  # noqa: SLF001 (the hub's own)
        )
        await spawner.user.stop(spawner.name)
