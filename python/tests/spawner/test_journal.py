"""What is about to be created is on record first, whatever becomes of the hub."""

from __future__ import annotations

import contextlib
import json
import logging
import resource
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from tornado.web import HTTPError

from forkd_jupyter_spawner import ControllerClient, CreateQueue, journal_file
from forkd_jupyter_spawner.errors import (
    ControllerFailedError,
    UnknownSnapshotError,
    UnusableValueError,
)
from forkd_jupyter_spawner.facts import Sandbox, SandboxSpec
from forkd_jupyter_spawner.journal import Journal
from forkd_jupyter_spawner.journal_file import JournalFile
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
    copy = path.with_name("copy.jsonl")
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
    file = journal._file
    assert file is not None
    assert file._sync is not None
    await file._sync
    journal.compact()
    assert [line["key"] for line in _lines(path)] == [kept.key]
    with pytest.raises(UnusableValueError, match="in use by another hub"):
        JournalFile(path)
    journal.answered(kept)
    assert len(_lines(path)) == 2


@contextlib.contextmanager
def no_space() -> Iterator[None]:
    """No file of this process can grow: pytest's own report neither, so not for a whole test."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
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
