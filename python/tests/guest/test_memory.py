"""A sandbox whose memory is used up: who is ended, and who is told."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from guest.harness import Parent, Sandbox, StubHub, is_running, until

CGROUPS = Path("/sys/fs/cgroup")
V1 = (CGROUPS / "memory", "memory.limit_in_bytes")
V2 = (CGROUPS, "memory.max")

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a memory cgroup needs root")

Limit = Callable[[Sandbox, int], Path]


@pytest.fixture
async def limit() -> AsyncIterator[Limit]:
    """Put a sandbox's agent, and whatever it forks, under a limit of so many MiB."""
    root, setting = V1 if V1[0].is_dir() else V2
    groups: list[Path] = []

    def under(sandbox: Sandbox, mib: int) -> Path:
        group = root / f"forkd-test-{os.getpid()}-{len(groups)}"
        group.mkdir()
        groups.append(group)
        (group / setting).write_text(str(mib * 2**20))
        (group / "cgroup.procs").write_text(str(sandbox.pid))
        return group

    yield under
    for group in groups:
        await until(lambda group=group: not (group / "cgroup.procs").read_text(), "empty")
        group.rmdir()


@pytest.fixture
async def sandbox(parent: Parent, limit: Limit) -> AsyncIterator[Sandbox]:
    """Ended before its limit is taken away."""
    del limit
    (one,) = await parent.fork()
    yield one
    await parent.kill(one)


async def test_a_cell_that_takes_all_memory_costs_its_kernel_and_not_the_server(
    sandbox: Sandbox, hub: StubHub, limit: Limit
) -> None:
    limit(sandbox, 256)
    assert (await sandbox.activate(hub))["error"] is None
    kernel = await sandbox.start_kernel()
    async with sandbox.kernel(kernel) as session:
        await session.send("execute_request", {"code": "x = bytearray(1 << 30)", "silent": False})
        log = sandbox.directory / "server.log"
        await until(lambda: "was ended by the memory limit" in log.read_text(), "a line in the log")
    assert await sandbox.value("server_exit()") is None
    assert await sandbox.run("6 * 7") == "42"


async def test_kernels_are_ended_before_the_server_and_that_before_the_agent(
    sandbox: Sandbox, hub: StubHub
) -> None:
    at_first = _memory_points(sandbox.pid)
    reply = await sandbox.activate(hub)
    ready = json.loads(reply["result"])
    server, kernel = _memory_points(ready["server"]["pid"]), _memory_points(ready["kernel"]["pid"])
    assert _memory_points(sandbox.pid) == at_first < server < kernel


def _memory_points(pid: int) -> int:
    return int(Path(f"/proc/{pid}/oom_score_adj").read_text())


async def test_a_server_that_somebody_killed_is_no_case_of_memory(
    sandbox: Sandbox, hub: StubHub
) -> None:
    reply = await sandbox.activate(hub)
    pid = json.loads(reply["result"])["server"]["pid"]
    os.kill(pid, signal.SIGKILL)
    await until(lambda: not Path(f"/proc/{pid}").exists(), "the end of the server")
    ended = await sandbox.value("server_exit()")
    assert ended == {"exit_code": None, "signal": 9, "out_of_memory": False}


async def test_a_program_that_takes_all_memory_costs_itself(
    sandbox: Sandbox, hub: StubHub, limit: Limit
) -> None:
    limit(sandbox, 256)
    reply = await sandbox.activate(hub)
    program = [sys.executable, "-c", "bytearray(1 << 30)"]
    ended = await sandbox.ask({"action": "exec", "args": program, "timeout": 60})
    assert ended["exit_code"] in {-signal.SIGKILL, 128 + signal.SIGKILL}
    ready = json.loads(reply["result"])
    assert is_running(ready["kernel"]["pid"])
    assert is_running(ready["server"]["pid"])
    assert await sandbox.value("server_exit()") is None


async def test_an_activation_that_its_limit_ends_says_so(
    sandbox: Sandbox, hub: StubHub, limit: Limit
) -> None:
    limit(sandbox, 12)
    reply = await sandbox.activate(hub, environment={"MEM_LIMIT": str(12 * 2**20)})
    sentence = reply["error"].splitlines()[0]
    assert sentence.startswith("OutOfMemoryError: the ")
    assert "was ended by the memory limit of 12 MiB" in sentence
