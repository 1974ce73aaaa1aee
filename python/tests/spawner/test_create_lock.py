"""Creates of several hubs on one host take turns."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from forkd_jupyter_spawner import ControllerClient, CreateQueue, create_lock
from forkd_jupyter_spawner.create_lock import CreateLock
from forkd_jupyter_spawner.errors import ControllerTimeoutError, UnusableValueError
from forkd_jupyter_spawner.facts import SandboxSpec
from spawner.stand_in import StandInController

SPEC = SandboxSpec("jupyter")

HOLDER = """
import asyncio, sys
from forkd_jupyter_spawner.create_lock import CreateLock
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
        with pytest.raises(ControllerTimeoutError, match="another hub has been creating"):
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
