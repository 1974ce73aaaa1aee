"""What an operator sees of starts in a real hub: metrics, log lines, messages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from spawner.hub import DEADLINE_S, RunningHub, needs_proxy
from spawner.stand_in import TOKEN, StandInController

pytestmark = needs_proxy

# Longer than any deadline of the tests: who waits this long has not failed at once.
PATIENT = "c.ForkdSpawner.http_timeout = 600\n"

DURATION = "jupyterhub_forkd_spawn_duration_seconds"


@pytest.fixture(scope="module")
async def shared_controller() -> AsyncIterator[StandInController]:
    stand_in = StandInController()
    await stand_in.start()
    yield stand_in
    await stand_in.stop()


@pytest.fixture(scope="module")
async def hub(
    shared_controller: StandInController, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningHub]:
    folder = tmp_path_factory.mktemp("hub")
    running = RunningHub(folder, shared_controller.url, TOKEN, configuration=PATIENT)
    await running.start()
    await running.call("POST", "/users", {"usernames": ["alice", "bob", "carol"]})
    yield running
    await running.stop()


def _spawn_lines(hub: RunningHub, user: str) -> list[dict[str, Any]]:
    lines = [line for line in hub.log.splitlines() if "forkd spawn {" in line]
    facts = [json.loads(line[line.index("{") :]) for line in lines]
    return [each for each in facts if each["user"] == user]


async def test_prometheus_gets_durations_in_milliseconds_and_failures_by_reason(
    hub: RunningHub, shared_controller: StandInController
) -> None:
    before = await hub.metrics()
    assert before['jupyterhub_forkd_spawn_failures_total{reason="capacity"}'] == 0
    assert before[f'{DURATION}_bucket{{le="0.05",outcome="timed-out"}}'] == 0

    assert (await hub.call("POST", "/users/alice/server"))[0] == 201
    shared_controller.activation_error = "OutOfMemoryError: 20 MiB are not enough"
    status, body = await hub.call("POST", "/users/bob/server")
    shared_controller.activation_error = None
    assert status >= 400
    assert "20 MiB are not enough" in body["message"]

    after = await hub.metrics()
    assert after[f'{DURATION}_count{{outcome="completed"}}'] == 1
    assert after[f'{DURATION}_count{{outcome="failed"}}'] == 1
    assert 0 < after[f'{DURATION}_sum{{outcome="completed"}}'] < 30
    assert after['jupyterhub_forkd_spawn_failures_total{reason="out-of-memory"}'] == 1
    stages = ("identity", "create", "network", "activate")
    counts = [f'jupyterhub_forkd_spawn_stage_duration_seconds_count{{stage="{s}"}}' for s in stages]
    assert [after[name] for name in counts] == [2] * 4

    (line,) = _spawn_lines(hub, "bob")
    assert (line["outcome"], line["reason"]) == ("failed", "out-of-memory")
    assert list(line["stages_ms"]) == ["requested", "sandbox-created"]
    (line,) = _spawn_lines(hub, "alice")
    assert (line["outcome"], line["reason"]) == ("completed", None)


async def test_a_server_that_dies_before_the_hub_has_seen_it_fails_the_spawn_at_once(
    hub: RunningHub, shared_controller: StandInController
) -> None:
    shared_controller.dies_at_once = True
    shared_controller.log = "Traceback\nOSError: [Errno 28] No space left on device"
    status, body = await hub.call("POST", "/users/carol/server")
    shared_controller.dies_at_once, shared_controller.log = False, ""
    assert status >= 400
    assert "the server inside the sandbox ended before it answered the hub" in body["message"]
    assert body["message"].endswith("a disk is full (ENOSPC)")
    metrics = await hub.metrics()
    assert metrics['jupyterhub_forkd_spawn_failures_total{reason="server-died"}'] == 1
    _, carol = await hub.call("GET", "/users/carol")
    assert carol["servers"] == {}
    assert (await hub.call("POST", "/users/carol/server"))[0] == 201


COUNTING = """
def fail(spawner):
    if spawner.user.name == "bob":
        raise RuntimeError("a mistake of the operator's")

c.ForkdSpawner.pre_spawn_hook = fail
c.ForkdSpawner.consecutive_failure_limit = 3
"""


async def test_only_failures_that_nobody_foresaw_count_for_consecutive_failure_limit(
    shared_controller: StandInController, tmp_path: Path
) -> None:
    hub = RunningHub(tmp_path, shared_controller.url, TOKEN, configuration=COUNTING)
    await hub.start()
    await hub.call("POST", "/users", {"usernames": ["alice", "bob"]})
    shared_controller.activation_error = "OutOfMemoryError: 20 MiB are not enough"
    for _ in range(4):
        assert (await hub.call("POST", "/users/alice/server"))[0] >= 400
    shared_controller.activation_error = None
    assert (await hub.call("POST", "/users/alice/server"))[0] == 201
    assert "consecutive spawns failed" not in hub.log

    for _ in range(3):
        assert (await hub.call("POST", "/users/bob/server"))[0] >= 500
    assert hub.process is not None
    assert await asyncio.wait_for(hub.process.wait(), DEADLINE_S) == 1
    assert "Aborting due to 3 consecutive spawn failures" in hub.log
    await hub.stop()
