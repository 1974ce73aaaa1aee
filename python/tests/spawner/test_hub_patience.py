"""What a spawner does for itself after a start that the hub has cancelled."""

from __future__ import annotations

import asyncio
import gc
import logging
import weakref
from types import SimpleNamespace
from typing import Any

import pytest

from forkd_jupyter_spawner.hub import patience as hub_patience
from forkd_jupyter_spawner.hub.patience import HubPatience
from spawner.driving import until


class Given(HubPatience):
    """A spawner whose start was cancelled, as far as it is looked at."""

    log = logging.getLogger("given-up")
    pending = None
    owned = ("", "")
    name = ""
    _log_name = "alice"

    def __init__(self, stop: Any) -> None:
        self.user = SimpleNamespace(stop=stop, spawners={"": self})


async def test_a_stop_that_nobody_waits_for_is_kept_and_its_failure_is_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(hub_patience, "COMES_BACK_WITHIN_S", 0)
    waited_for: list[weakref.ref[asyncio.Future[None]]] = []

    async def stop(_: str) -> None:
        answer = asyncio.get_running_loop().create_future()
        waited_for.append(weakref.ref(answer))
        await answer

    spawn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    spawn.cancel()
    Given(stop)._look_after_cancelled(spawn)
    await _until_true(lambda: bool(waited_for))
    gc.collect()
    answer = waited_for[0]()
    assert answer is not None, "the stop has vanished while it waited"
    answer.set_exception(RuntimeError("no database"))
    await _until_true(lambda: "no database" in caplog.text)
    assert "Failed: to stop what a cancelled start of alice has left" in caplog.text


async def _until_true(condition: Any) -> None:
    async def is_true() -> bool:
        return condition()

    await until(is_true, "the stop has come so far")
