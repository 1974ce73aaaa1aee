"""Starting and stopping again and again leaves nothing in the hub and on the machine.

FORKD_TEST_CYCLES=500 is the full count; a run of all tests makes fewer.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from spawner.driving import start_all, stop_all, until
from spawner.embedded import IS_BUILT, EmbeddedController, embedded_in
from spawner.hub import RunningHub

pytestmark = pytest.mark.skipif(not IS_BUILT, reason="not built: run `npm ci` first")

AT_ONCE = 20
CYCLES = int(os.environ.get("FORKD_TEST_CYCLES", "200"))
USERS = [f"user-{number}" for number in range(AT_ONCE)]

MOST_MEMORY_KIB = 24 * 1024
"""The hub may grow so much: 5.6 MiB were measured after 500 cycles, and no more after 1500."""

CONFIGURATION = """
c.JupyterHub.concurrent_spawn_limit = 0
c.JupyterHub.tornado_settings = {"slow_spawn_timeout": 60, "slow_stop_timeout": 60}
"""


@dataclass(frozen=True)
class Holdings:
    """What hub and controller have while no server runs."""

    processes: int
    threads: int
    files_open: int
    ports: int
    files: int
    memory_kib: int

    @classmethod
    def of(cls, hub: RunningHub, controller: EmbeddedController) -> Holdings:
        assert hub.process is not None
        assert controller.process is not None
        own, other = psutil.Process(hub.process.pid), psutil.Process(controller.process.pid)
        tree = [own, *own.children(recursive=True), other, *other.children(recursive=True)]
        pids = {process.pid for process in tree}
        return cls(
            processes=len(tree),
            threads=own.num_threads(),
            files_open=own.num_fds() + other.num_fds(),
            ports=sum(
                each.pid in pids and each.status == psutil.CONN_LISTEN
                for each in psutil.net_connections("tcp")
            ),
            files=sum(len(files) for _, _, files in os.walk(controller.folder)),
            memory_kib=own.memory_info().rss // 1024,
        )


@pytest.fixture
async def controller(tmp_path: Path) -> AsyncIterator[EmbeddedController]:
    async with embedded_in(tmp_path) as running:
        yield running


@pytest.fixture
async def hub(controller: EmbeddedController, tmp_path: Path) -> AsyncIterator[RunningHub]:
    running = RunningHub(tmp_path, controller.url, controller.token, CONFIGURATION)
    await running.start()
    await running.call("POST", "/users", {"usernames": USERS})
    yield running
    await running.stop()


async def test_cycles_of_starts_and_stops_leave_nothing(
    hub: RunningHub, controller: EmbeddedController
) -> None:
    await _cycle(hub)
    before = Holdings.of(hub, controller)
    for _ in range(CYCLES // AT_ONCE):
        await _cycle(hub)
    assert await controller.sandbox_ids() == set()

    async def is_settled() -> bool:
        return Holdings.of(hub, controller).files_open <= before.files_open

    await until(is_settled, "idle connections are closed")
    after = Holdings.of(hub, controller)
    print(f"\n{CYCLES} cycles, {AT_ONCE} at a time\nbefore {before}\nafter  {after}")  # noqa: T201
    assert (after.processes, after.ports, after.files) == (
        before.processes,
        before.ports,
        before.files,
    )
    assert after.threads <= before.threads + 4, "a pool grows to its size, not with each cycle"
    assert after.memory_kib - before.memory_kib < MOST_MEMORY_KIB


async def _cycle(hub: RunningHub) -> None:
    assert await start_all(hub, USERS) == [201] * AT_ONCE
    assert await stop_all(hub, USERS) == [204] * AT_ONCE
