"""What is about to be created is on record first, whatever becomes of the hub."""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import resource
import secrets
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from tornado.web import HTTPError

from forkd_jupyter_spawner import ControllerClient, CreateQueue, ForkdSpawner
from forkd_jupyter_spawner.errors import (
    ControllerFailedError,
    UnknownSnapshotError,
    UnusableValueError,
)
from forkd_jupyter_spawner.facts import Sandbox, SandboxSpec
from forkd_jupyter_spawner.leftovers import journal_file
from forkd_jupyter_spawner.leftovers.journal import Journal, JournalError
from forkd_jupyter_spawner.leftovers.journal_file import JournalFile
from spawner.conftest import MakeSpawner
from spawner.stand_in import StandInController

SPEC = SandboxSpec("jupyter")
URL = "http://127.0.0.1:8889"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hub" / "journal.jsonl"


@pytest.fixture
def journal(path: Path) -> Journal:
    path.parent.mkdir()
    return Journal(JournalFile(path))


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines() if line]


def _after_a_crash(path: Path) -> Journal:
    """As the next process of the hub finds it; the lock of the first one died with it."""
    copy = path.parent.parent / f"copy-{secrets.token_hex(4)}.jsonl"
    copy.write_text(path.read_text())
    return Journal(JournalFile(copy))


@dataclass
class ReadingForker:
    """Looks at the journal's file at the moment of the request."""

    path: Path
    seen: list[dict[str, Any]] = field(default_factory=list)

    async def create(self, spec: SandboxSpec, count: int) -> list[Sandbox]:
        del count
        self.seen = _lines(self.path)
        return [Sandbox("sb-1", spec.snapshot_tag, "127.0.0.2", 8888, created_at_unix=17)]

    async def delete(self, sandbox_id: str) -> bool:
        raise NotImplementedError(sandbox_id)


async def test_a_request_is_in_the_file_before_it_is_sent_and_its_sandboxes_after(
    journal: Journal, path: Path
) -> None:
    forker = ReadingForker(path)
    await CreateQueue(URL, journal).take(forker, SPEC)
    (create,) = forker.seen
    assert (create["event"], create["controller_url"], create["count"]) == ("create", URL, 1)
    assert _lines(path)[1:] == [
        {
            "event": "answered",
            "key": create["key"],
            "sandboxes": [{"controller_url": URL, "id": "sb-1", "created_at_unix": 17}],
        }
    ]


async def test_a_hub_that_ends_before_the_answer_leaves_the_request_open(
    journal: Journal, path: Path
) -> None:
    create = journal.about_to_create(URL, SPEC, 5)
    assert journal.lost_creates == [], "it is under way"
    assert _after_a_crash(path).lost_creates == [create]


async def test_a_hub_that_ends_after_the_answer_knows_its_sandboxes(
    journal: Journal, path: Path
) -> None:
    create = journal.about_to_create(URL, SPEC, 1)
    journal.answered(create, [Sandbox("sb-1", "jupyter", "127.0.0.2", 8888)])
    assert journal.made == [], "a start has it in its hands"
    later = _after_a_crash(path)
    assert [made.id for made in later.made] == ["sb-1"]
    assert later.lost_creates == []


async def test_a_refusal_leaves_nothing_open_and_any_other_failure_does(
    controller: StandInController, client: ControllerClient, journal: Journal
) -> None:
    queue = CreateQueue(controller.url, journal)
    with pytest.raises(UnknownSnapshotError):
        await queue.take(client, SandboxSpec("missing"))
    assert journal.lost_creates == []

    async def bad_gateway(_: web.Request) -> web.Response:
        return web.Response(status=502)

    controller.fail("POST /v1/sandboxes", bad_gateway)
    with pytest.raises(ControllerFailedError):
        await queue.take(client, SPEC)
    assert [create.snapshot_tag for create in journal.lost_creates] == ["jupyter"]


async def test_a_start_and_a_stop_leave_nothing_open(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    spawner = make_spawner()
    await spawner.start()
    assert [made.id for made in spawner.journal.made] == list(controller.sandboxes)
    await spawner.stop()
    assert spawner.journal.known == []


async def test_no_token_is_in_the_file(make_spawner: MakeSpawner, tmp_path: Path) -> None:
    spawner = make_spawner(journal_file=str(tmp_path / "file"))
    await spawner.start()
    text = (tmp_path / "file").read_text()
    assert spawner.api_token not in text
    assert spawner.token not in text


async def test_one_hub_at_a_time_has_the_file(journal: Journal, path: Path) -> None:
    del journal
    with pytest.raises(UnusableValueError, match=r"journal_file is in use by another hub: .*jsonl"):
        JournalFile(path)


async def test_a_folder_that_does_not_exist_is_named(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    with pytest.raises(HTTPError, match=r"No such file or directory: /nowhere/j"):
        await make_spawner(journal_file="/nowhere/j").start()
    assert controller.creates == []


async def test_a_line_that_a_crash_has_torn_costs_only_itself(
    journal: Journal, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    journal.about_to_create(URL, SPEC, 1)
    with path.open("a") as file:
        file.write('\n{"event": "answe')
    journal.about_to_create(URL, SPEC, 2)
    with caplog.at_level(logging.WARNING):
        assert [create.count for create in _after_a_crash(path).lost_creates] == [1, 2]
    assert "line 3 of" in caplog.text


async def test_a_long_file_is_written_anew_and_stays_this_hubs(
    journal: Journal, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_file, "LONG", 0)
    for _ in range(3):
        journal.answered(journal.about_to_create(URL, SPEC, 1))
    kept = journal.about_to_create(URL, SPEC, 1)
    await _synced(journal)
    journal.compact()
    assert [line["key"] for line in _lines(path)] == [kept.key]
    with pytest.raises(UnusableValueError, match="in use by another hub"):
        JournalFile(path)
    journal.answered(kept)
    assert len(_lines(path)) == 2


@contextlib.contextmanager
def no_space(most_bytes: int = 0) -> Iterator[None]:
    """No file of this process can grow: pytest's own report neither, so not for a whole test."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_what_cannot_be_written_down_is_not_created(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    spawner = make_spawner()
    assert spawner.journal.made == []
    with no_space(), pytest.raises(HTTPError, match="cannot be written down: File too large"):
        await spawner.start()
    assert controller.creates == []


def _fill(journal: Journal, count: int) -> list[str]:
    return [journal.about_to_create(URL, SPEC, 1).key for _ in range(count)]


def _keys(path: Path) -> list[str]:
    return [line["key"] for line in _lines(path)]


def _size(path: Path) -> int:
    return path.stat().st_size


async def test_a_line_that_did_not_fit_is_not_taken_for_written_and_spoils_no_later_one(
    journal: Journal, path: Path
) -> None:
    kept = _fill(journal, 3)
    with (
        no_space(_size(path) + 20),
        pytest.raises(JournalError, match="cannot be written down: File too large"),
    ):
        _fill(journal, 1)
    kept += _fill(journal, 1)
    assert [create.key for create in _after_a_crash(path).lost_creates] == kept


async def test_a_file_that_cannot_be_written_anew_stays_and_goes_on(
    journal: Journal, path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    kept = _fill(journal, 50)
    await _synced(journal)
    monkeypatch.setattr(journal_file, "LONG", 0)
    with no_space(_size(path) // 3), caplog.at_level(logging.ERROR):
        journal.compact()
    assert _keys(path) == kept
    assert f"{path} cannot be written anew (File too large): it stays as it is" in caplog.text
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    kept += _fill(journal, 1)
    with pytest.raises(UnusableValueError, match="in use by another hub"):
        JournalFile(path)
    assert _keys(path) == kept


async def test_a_disk_that_stays_full_is_told_of_once_until_it_works_again(
    journal: Journal, path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    _fill(journal, 50)
    await _synced(journal)
    monkeypatch.setattr(journal_file, "LONG", 0)
    for _ in range(2):
        caplog.clear()
        with no_space(_size(path) // 3), caplog.at_level(logging.INFO):
            journal.compact()
            journal.compact()
        assert caplog.text.count("cannot be written anew") == 1
        with caplog.at_level(logging.INFO):
            journal.compact()
            journal.compact()
        assert caplog.text.count(f"{path} can be written again") == 1


async def test_a_disk_that_fails_is_told_of_once_until_it_works_again(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as failing, caplog.at_level(logging.INFO):
        failing.setattr(os, "fdatasync", fails)
        for _ in range(2):
            _fill(journal, 1)
            await _synced(journal)
    assert caplog.text.count("cannot be written to the disk: Input/output error") == 1
    with caplog.at_level(logging.INFO):
        _fill(journal, 1)
        await _synced(journal)
    assert "can be written again" in caplog.text


async def test_a_hub_that_begins_on_a_full_disk_knows_what_its_file_says(
    journal: Journal, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept = _fill(journal, 50)
    file = journal._file
    assert file is not None
    os.close(file._descriptor)
    with no_space(_size(path) // 3), caplog.at_level(logging.ERROR):
        later = Journal(JournalFile(path))
    assert [create.key for create in later.lost_creates] == kept
    assert _keys(path) == kept
    assert "cannot be written anew" in caplog.text


async def test_what_could_not_be_noted_is_made_good_when_there_is_space_again(
    journal: Journal, path: Path
) -> None:
    create = journal.about_to_create(URL, SPEC, 1)
    with no_space(_size(path) + 20):
        journal.answered(create, [Sandbox("sb-1", "jupyter", "127.0.0.2", 8888)])
    assert _after_a_crash(path).lost_creates == [create], "the file doesn't know better yet"
    await _synced(journal)
    journal.compact()
    later = _after_a_crash(path)
    assert [made.id for made in later.made] == ["sb-1"]
    assert later.lost_creates == []


async def _synced(journal: Journal) -> None:
    file = journal._file
    assert file is not None
    assert file._sync is not None
    await file._sync


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB, in memory."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk]
    mounted = subprocess.run(mount, check=False, capture_output=True)  # noqa: S603
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.decode().strip()}")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)  # noqa: S603, S607


async def test_on_a_disk_that_fills_no_start_is_lost_and_no_intent_is(
    make_spawner: MakeSpawner,
    controller: StandInController,
    small_disk: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(journal_file, "LONG", 0)
    path = small_disk / "journal.jsonl"
    spawner = make_spawner(journal_file=str(path))
    kept = [spawner.journal.about_to_create(URL, SPEC, 1).key for _ in range(100)]
    ballast = _fill_up(small_disk)
    with pytest.raises(HTTPError, match="cannot be written down: No space left on device"):
        await _start_and_stop(spawner, times=100)
    assert controller.sandboxes == {}
    await _synced(spawner.journal)
    spawner.journal.compact()
    assert set(kept) <= set(_keys_of_creates(path))
    ballast.unlink()
    spawner.journal.compact()
    assert _keys_of_creates(path) == kept
    await spawner.start()


def _keys_of_creates(path: Path) -> list[str]:
    return [create.key for create in _after_a_crash(path).lost_creates]


def _fill_up(disk: Path) -> Path:
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(os.sysconf("SC_PAGE_SIZE"))):
            pass
    return ballast


async def _start_and_stop(spawner: ForkdSpawner, times: int) -> None:
    for _ in range(times):
        await spawner.start()
        await spawner.stop()
