"""A microVM's process on the hub's own host tells of its end and its limit; forkd doesn't."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from aiohttp import web
from tornado.web import HTTPError

from forkd_jupyter_spawner.facts import Sandbox
from forkd_jupyter_spawner.life import liveness, vmm_process
from forkd_jupyter_spawner.life.vmm_process import FIRECRACKER, VmmProcess
from forkd_jupyter_spawner.start import asking
from spawner.conftest import MakeSpawner
from spawner.driving import DEADLINE_S, until
from spawner.stand_in import StandInController

MakeProcess = Callable[[str], "subprocess.Popen[bytes]"]


@pytest.fixture
def make_process(tmp_path: Path) -> Iterator[MakeProcess]:
    """Processes that run until a test ends them, by the names that /proc has for them."""
    made: list[subprocess.Popen[bytes]] = []

    def make(name: str) -> subprocess.Popen[bytes]:
        program = tmp_path / name
        if not program.exists():
            shutil.copy("/bin/sleep", program)
        made.append(subprocess.Popen([program, "inf"]))  # noqa: S603 (a copy of sleep)
        # Its name changes a moment after what a new process is waited for by.
        while _name_of(made[-1].pid) != name:
            pass
        return made[-1]

    yield make
    for process in made:
        process.kill()
        process.wait()


@pytest.fixture
def machine(controller: StandInController, make_process: MakeProcess) -> subprocess.Popen[bytes]:
    """The process of the first sandbox."""
    process = make_process(FIRECRACKER)
    controller.pids = [process.pid]
    return process


async def _times_out(_: web.Request) -> web.Response:
    error = "ping: connect 10.42.0.2:8888: connection timed out"
    return web.json_response({"error": error}, status=500)


async def test_a_start_fails_as_soon_as_its_microvm_has_died(
    make_spawner: MakeSpawner, controller: StandInController, machine: subprocess.Popen[bytes]
) -> None:
    controller.activation_gate.clear()
    start = asyncio.create_task(make_spawner().start())
    await controller.activation_arrived.wait()
    assert not start.done()

    machine.kill()

    with pytest.raises(HTTPError, match=rf"the microVM \(process {machine.pid}\) ended before"):
        await start
    assert controller.sandboxes == {}


async def test_one_that_dies_before_it_answers_is_replaced(
    make_spawner: MakeSpawner,
    controller: StandInController,
    machine: subprocess.Popen[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(liveness, "WAKE_TIMEOUT_S", 3600.0)
    controller.netns = "forkd-child-3"
    controller.fail(r"POST /v1/sandboxes/sb-1/ping", _times_out)
    start = asyncio.create_task(make_spawner().start())

    async def was_pinged() -> bool:
        return any(path.endswith("sb-1/ping") for _, path, _ in controller.requests)

    await until(was_pinged, "the first ping")
    machine.kill()
    await asyncio.wait_for(start, DEADLINE_S)

    assert list(controller.sandboxes) == ["sb-2"]


async def test_a_poll_finds_the_end_of_a_microvm_whatever_the_controller_says(
    make_spawner: MakeSpawner,
    controller: StandInController,
    machine: subprocess.Popen[bytes],
    caplog: pytest.LogCaptureFixture,
) -> None:
    spawner = make_spawner()
    await spawner.start()
    restarted = make_spawner()
    restarted.load_state(spawner.get_state())
    assert await restarted.poll() is None
    controller.fail(r"POST /v1/sandboxes/sb-1/.*", _times_out)
    assert await restarted.poll() is None, "silence alone is no death"

    # Not reaped: forkd leaves a zombie.
    machine.kill()
    os.waitid(os.P_PID, machine.pid, os.WEXITED | os.WNOWAIT)  # noqa: ASYNC222 (it is dead)

    restarted.log.propagate = True
    assert await restarted.poll() == 0
    assert f"its microVM (process {machine.pid}) has ended" in caplog.text
    assert controller.sandboxes == {}, "the hub calls no stop() for what has stopped"


async def test_a_process_that_is_no_firecracker_says_nothing(
    make_spawner: MakeSpawner, controller: StandInController, make_process: MakeProcess
) -> None:
    other = make_process("another")
    controller.pids = [other.pid]
    spawner = make_spawner()
    await spawner.start()
    assert spawner.get_state()["vmm"] is None

    other.kill()
    other.wait()

    assert await spawner.poll() is None


async def test_one_that_outlives_its_deletion_is_told(
    make_spawner: MakeSpawner,
    controller: StandInController,
    machine: subprocess.Popen[bytes],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As forkd 0.5 does with those of a controller that was killed."""
    spawner = make_spawner()
    spawner.log.propagate = True
    await spawner.start()

    await spawner.stop()

    assert controller.sandboxes == {}
    assert f"its microVM (process {machine.pid}) lives on" in caplog.text
    assert f"clean --controller {controller.url}" in caplog.text


@pytest.fixture
def own_cgroup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which this process's cgroup is looked for, and so its children's."""
    lines = Path("/proc/self/cgroup").read_text().splitlines()
    group = next((line[3:] for line in lines if line.startswith("0::")), "").lstrip("/")
    monkeypatch.setattr(vmm_process, "CGROUPS", tmp_path / "cgroups")
    monkeypatch.setattr(asking, "_warned", set[str]())
    folder = tmp_path / "cgroups" / group
    folder.mkdir(parents=True)
    return folder


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize(("enforced", "is_told"), [("max", True), (str(64 * 2**20), False)])
async def test_a_limit_that_the_host_does_not_enforce_is_told(
    make_spawner: MakeSpawner,
    own_cgroup: Path,
    caplog: pytest.LogCaptureFixture,
    enforced: str,
    is_told: bool,  # noqa: FBT001 (pytest's)
) -> None:
    (own_cgroup / "memory.max").write_text(f"{enforced}\n")
    spawner = make_spawner(mem_limit=64 * 2**20)
    spawner.log.propagate = True

    await spawner.start()

    assert ("mem_limit has no effect" in caplog.text) == is_told


@pytest.mark.parametrize(("kills", "by_memory"), [(1, True), (0, False)])
def test_the_cgroup_of_a_dead_microvm_says_whether_memory_was_the_cause(
    make_process: MakeProcess,
    own_cgroup: Path,
    kills: int,
    by_memory: bool,  # noqa: FBT001 (pytest's)
) -> None:
    (own_cgroup / "memory.max").write_text(f"{64 * 2**20}\n")
    (own_cgroup / "memory.events").write_text(f"low 0\noom 1\noom_kill {kills}\n")
    process = make_process(FIRECRACKER)
    found = _seen(process)
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert found.has_ended()
    assert found.ran_out_of_memory() == by_memory
    process.wait()
    assert not found.ran_out_of_memory()


def test_a_process_of_another_host_says_nothing(make_process: MakeProcess) -> None:
    process = make_process(FIRECRACKER)
    found = _seen(process)
    elsewhere = dataclasses.replace(found, host="another boot, another namespace")
    process.kill()
    process.wait()

    assert found.has_ended()
    assert not elsewhere.has_ended()


def test_a_firecracker_of_another_time_is_another(make_process: MakeProcess) -> None:
    """As where the controller counts in a PID namespace of its own."""
    process = make_process(FIRECRACKER)
    assert VmmProcess.of(_row(process, time.time() - 3600)) is None


def test_a_later_process_of_the_same_number_is_another(make_process: MakeProcess) -> None:
    found = _seen(make_process(FIRECRACKER))

    assert not found.has_ended()
    assert dataclasses.replace(found, start_ticks=found.start_ticks - 1).has_ended()


@pytest.mark.parametrize("stored", [None, {}, {"pid": 1}, {"pid": 1, "of": "another release"}])
def test_what_another_release_has_stored_is_no_obstacle(stored: dict[str, object] | None) -> None:
    assert VmmProcess.from_json(stored) is None


def _name_of(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text(encoding="ascii").strip()


def _seen(process: subprocess.Popen[bytes]) -> VmmProcess:
    found = VmmProcess.of(_row(process, time.time()))
    assert found is not None
    return found


def _row(process: subprocess.Popen[bytes], created_at: float) -> Sandbox:
    return Sandbox("sb-1", "jupyter", "10.42.0.2", 8888, None, None, int(created_at), process.pid)
