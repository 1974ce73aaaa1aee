"""Creates of several hubs on one host take turns."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from forkd_jupyter_spawner import ControllerClient, CreateQueue
from forkd_jupyter_spawner.errors import ControllerTimeoutError, UnusableValueError
from forkd_jupyter_spawner.facts import SandboxSpec
from forkd_jupyter_spawner.start import create_lock
from forkd_jupyter_spawner.start.create_lock import CreateLock
from spawner.stand_in import StandInController

SPEC = SandboxSpec("jupyter")

HOLDER = """
import asyncio, sys
from forkd_jupyter_spawner.start.create_lock import CreateLock
async def hold():
    async with CreateLock(*sys.argv[1:]):
        print("held", flush=True)
        await asyncio.Event().wait()
asyncio.run(hold())
"""


def _files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def _another_process(url: str, folder: Path) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HOLDER, url, str(folder)), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"held\n"
    return process


async def test_creates_of_two_hubs_never_overlap(
    controller: StandInController, client: ControllerClient, tmp_path: Path
) -> None:
    hubs = [
        CreateQueue(controller.url, lock=CreateLock(controller.url, str(tmp_path)))
        for _ in range(2)
    ]
    await asyncio.gather(*(hub.take(client, SPEC) for hub in hubs for _ in range(3)))
    assert sorted(controller.creates) == [3, 3]
    assert controller.most_creates_at_once == 1


async def test_a_create_waits_for_another_process_and_its_sudden_death_frees_the_lock(
    controller: StandInController, client: ControllerClient, tmp_path: Path
) -> None:
    other = await _another_process(controller.url, tmp_path)
    queue = CreateQueue(controller.url, lock=CreateLock(controller.url, str(tmp_path)))
    start = asyncio.create_task(queue.take(client, SPEC))
    done, _ = await asyncio.wait([start], timeout=0.1)
    assert not done
    assert controller.creates == []
    other.kill()
    await asyncio.wait_for(start, 10)
    await other.wait()
    assert controller.creates == [1]


async def test_who_waited_for_too_long_is_told_who_is_in_the_way(
    controller: StandInController,
    client: ControllerClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(create_lock, "PATIENCE_S", 0.05)
    queue = CreateQueue(controller.url, lock=CreateLock(controller.url, str(tmp_path)))
    async with CreateLock(controller.url, str(tmp_path)):
        with pytest.raises(
            ControllerTimeoutError,
            match=rf"another hub has been creating .* \(process {os.getpid()} of user ",
        ):
            await queue.take(client, SPEC)
    await queue.take(client, SPEC)
    assert controller.creates == [1]


@pytest.mark.parametrize("url", ["http://localhost:8889", "http://[::1]:8889/forkd/"])
async def test_all_names_of_one_controller_are_one_lock(tmp_path: Path, url: str) -> None:
    async with CreateLock("http://127.0.0.1:8889", str(tmp_path)):
        assert CreateLock(url, str(tmp_path))._try() is None
        async with CreateLock("http://127.0.0.1:8890", str(tmp_path)):
            pass
    assert _files(tmp_path) == []


async def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnusableValueError, match="create_lock_folder names another"):
        async with CreateLock("http://127.0.0.1:8889", str(tmp_path / "missing")):
            pass


# --- other users of the host -------------------------------------------------------------

STRANGER = 65_534

needs_root = pytest.mark.skipif(os.getuid() != 0, reason="another user's process needs root")

HOLD_FOR_EVER = """
import fcntl, os, sys
fcntl.flock(os.open(sys.argv[1], os.O_RDONLY | int(sys.argv[2]), 0o644), fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that other users get to."""
    folder = Path(tempfile.mkdtemp(prefix="create-lock-"))
    yield folder
    shutil.rmtree(folder)


def _allow(folder: Path, mode: int) -> None:
    folder.chmod(mode)


async def _a_stranger(path: Path, flags: int = os.O_CREAT) -> asyncio.subprocess.Process:
    """Another user's process that takes the lock if it can, for ever."""
    return await asyncio.create_subprocess_exec(
        *("/usr/bin/env", "python3", "-c", HOLD_FOR_EVER, str(path), str(flags)),
        user=STRANGER,
        group=STRANGER,
        extra_groups=[],
        env={"PATH": "/usr/bin:/bin"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@pytest.mark.parametrize(
    ("folder_mode", "file_mode"), [(0o1777, 0o644), (0o2770, 0o640), (0o755, 0o600), (0o700, 0o600)]
)
async def test_who_may_write_to_the_folder_can_lock_and_nobody_else(
    shared: Path, folder_mode: int, file_mode: int
) -> None:
    _allow(shared, folder_mode)
    before = os.umask(0o077)
    try:
        async with CreateLock("http://127.0.0.1:8889", str(shared)):
            (file,) = _files(shared)
            assert stat.S_IMODE(file.stat().st_mode) == file_mode
    finally:
        os.umask(before)


@needs_root
async def test_in_the_hubs_own_folder_a_stranger_cannot_lock(shared: Path) -> None:
    _allow(shared, 0o755)
    lock = CreateLock("http://127.0.0.1:8889", str(shared))
    async with lock:
        stranger = await _a_stranger(lock._path, 0)
        _, said = await asyncio.wait_for(stranger.communicate(), 30)
    assert b"PermissionError" in said


@needs_root
async def test_a_stranger_who_never_lets_go_is_waited_for_once(
    controller: StandInController,
    client: ControllerClient,
    shared: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    _allow(shared, 0o1777)
    lock = CreateLock(controller.url, str(shared))
    queue = CreateQueue(controller.url, lock=lock)
    stranger = await _a_stranger(lock._path)
    assert stranger.stdout is not None
    assert await stranger.stdout.readline() == b"held\n"
    monkeypatch.setattr(create_lock, "PATIENCE_S", 0.05)
    with caplog.at_level(logging.ERROR):
        await queue.take(client, SPEC)
        monkeypatch.setattr(create_lock, "PATIENCE_S", 3600.0)
        await asyncio.wait_for(queue.take(client, SPEC), 30)
    assert controller.creates == [1, 1]
    assert caplog.text.count(f"process {stranger.pid} of user") == 1
    stranger.kill()
    await stranger.wait()
    await queue.take(client, SPEC)
    assert controller.creates == [1, 1, 1]


@needs_root
async def test_another_users_hub_is_waited_for(
    controller: StandInController, client: ControllerClient, shared: Path
) -> None:
    _allow(shared, 0o1777)
    lock = CreateLock(controller.url, str(shared))
    stranger = await _a_stranger(lock._path)
    assert stranger.stdout is not None
    assert await stranger.stdout.readline() == b"held\n"
    start = asyncio.create_task(CreateQueue(controller.url, lock=lock).take(client, SPEC))
    done, _ = await asyncio.wait([start], timeout=0.1)
    assert not done
    assert controller.creates == []
    stranger.kill()
    await asyncio.wait_for(start, 30)
    await stranger.wait()
    assert controller.creates == [1]


def _make_pipe(path: Path) -> None:
    os.mkfifo(path)


def _make_link(path: Path) -> None:
    path.symlink_to("/etc/passwd")


@needs_root
@pytest.mark.parametrize("obstruct", [_make_pipe, _make_link, Path.mkdir])
async def test_what_a_stranger_has_put_in_its_place_holds_nobody_up(
    controller: StandInController,
    client: ControllerClient,
    shared: Path,
    monkeypatch: pytest.MonkeyPatch,
    obstruct: Callable[[Path], None],
) -> None:
    _allow(shared, 0o1777)
    monkeypatch.setattr(create_lock, "PATIENCE_S", 0.05)
    lock = CreateLock(controller.url, str(shared))
    obstruct(lock._path)
    os.chown(lock._path, STRANGER, STRANGER, follow_symlinks=False)
    await CreateQueue(controller.url, lock=lock).take(client, SPEC)
    assert controller.creates == [1]


async def test_a_pipe_of_our_own_in_its_place_is_named(tmp_path: Path) -> None:
    lock = CreateLock("http://127.0.0.1:8889", str(tmp_path))
    os.mkfifo(lock._path)
    with pytest.raises(UnusableValueError, match="cannot be opened: it is no file"):
        async with lock:
            pass
