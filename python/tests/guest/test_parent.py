"""The parent forks sandboxes, ends them whole, and ends with its controller."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from harness import Parent, Sandbox, is_running, until

if TYPE_CHECKING:
    from harness import StubHub


async def test_an_address_in_use_is_an_answer(parent: Parent, tmp_path: Path) -> None:
    (taken,) = await parent.fork()
    (row,) = await parent.fork_rows([Sandbox("other", taken.address, tmp_path)])
    assert row == {"id": "other", "pid": None, "error": f"EADDRINUSE: {taken.address}"}
    await parent.kill(taken)


async def test_a_killed_sandbox_takes_its_daemons_along(parent: Parent) -> None:
    (sandbox,) = await parent.fork()
    daemon = "setsid sh -c 'echo $$ > pid; exec sleep 600' >/dev/null 2>&1 &"
    command = f"cd {sandbox.directory} && {daemon}"
    await sandbox.ask({"action": "exec", "args": ["sh", "-c", command]})
    pid_file = sandbox.directory / "pid"
    await until(lambda: pid_file.exists() and pid_file.read_text().strip(), "the daemon started")
    pid = int(pid_file.read_text())
    assert is_running(pid)
    await parent.kill(sandbox)
    assert not is_running(pid)
    assert not is_running(sandbox.pid)


async def test_a_sandbox_that_is_killed_from_outside_is_reported(
    parent: Parent, hub: StubHub
) -> None:
    (sandbox,) = await parent.fork()
    reply = await sandbox.activate(hub)
    assert reply["error"] is None
    os.kill(sandbox.pid, signal.SIGKILL)
    while (event := await parent.event("exited"))["id"] != sandbox.id:
        pass  # an earlier test's
    assert event["signal"] == signal.SIGKILL
    assert not _processes_in(sandbox)


async def test_nothing_outlives_the_controller(tmp_path: Path, hub: StubHub) -> None:
    parent = Parent(tmp_path)
    await parent.open()
    sandboxes = await parent.fork(2)
    for sandbox in sandboxes:
        assert (await sandbox.activate(hub))["error"] is None
    await parent.close()
    for sandbox in sandboxes:
        assert not _processes_in(sandbox)


async def test_nothing_outlives_the_parent(tmp_path: Path, hub: StubHub) -> None:
    parent = Parent(tmp_path)
    await parent.open()
    (sandbox,) = await parent.fork()
    assert (await sandbox.activate(hub))["error"] is None
    os.kill(parent.process.pid, signal.SIGKILL)
    parent.process.wait()
    await until(lambda: not _processes_in(sandbox), "the sandbox's processes ended")
    await parent.close()


async def test_an_environment_that_cannot_warm_up_fails_with_its_traceback(tmp_path: Path) -> None:
    (tmp_path / "numpy.py").write_text("raise RuntimeError('no numpy today')")
    parent = Parent(tmp_path, {"PYTHONPATH": str(tmp_path)})
    failed = await parent.open()
    assert failed["event"] == "failed"
    assert failed["error"] == "RuntimeError: no numpy today"
    assert "numpy.py" in failed["traceback"]
    await parent.close()


def _processes_in(sandbox: Sandbox) -> list[int]:
    """The processes that have the sandbox's log open: all that were forked or started in it."""
    log = sandbox.directory / "server.log"
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in pids if is_running(pid) and log in _open_files(pid)]


def _open_files(pid: int) -> list[Path]:
    try:
        return [descriptor.readlink() for descriptor in Path(f"/proc/{pid}/fd").iterdir()]
    except OSError:
        return []
