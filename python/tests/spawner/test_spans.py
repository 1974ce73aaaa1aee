"""A start's spans: its own, its controller's and its guest's, on one clock."""

from __future__ import annotations

import time
from typing import Any

import pytest

from forkd_jupyter_spawner import ForkdSpawner
from forkd_jupyter_spawner.spans import SpanLog, controller_spans, guest_spans
from spawner.conftest import MakeSpawner
from spawner.stand_in import StandInController

GUEST = {"name": "server.bind", "side": "guest", "start_unix_s": 1.0, "duration_ms": 2.0}


def _names(spans: list[dict[str, Any]], side: str) -> list[str]:
    return [span["name"] for span in spans if span["side"] == side]


async def _published(spawner: ForkdSpawner) -> list[dict[str, Any]]:
    await spawner.start()
    events = [event async for event in spawner.progress()]
    return events[-1]["spans"]


async def test_a_start_publishes_its_own_spans_and_the_guests(make_spawner: MakeSpawner) -> None:
    before = time.time()
    spans = await _published(make_spawner())
    own = {span["name"]: span for span in spans if span["side"] == "spawner"}
    assert set(own) == {
        *("start.identity", "start.create", "request.create"),
        *("start.network", "start.activate"),
    }
    assert [span for span in spans if span["side"] == "guest"] == [GUEST]
    assert all(before - 0.01 <= span["start_unix_s"] <= time.time() for span in own.values())
    assert own["request.create"]["duration_ms"] <= own["start.create"]["duration_ms"]


async def test_a_controller_without_the_header_has_no_spans(make_spawner: MakeSpawner) -> None:
    assert _names(await _published(make_spawner()), "controller") == []


async def test_what_the_controller_measured_is_published_with_it(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    controller.server_timing = {
        "sandboxes": "create.fork;dur=3.2;start=1790000000.1, create.total;dur=4;start=1790000000",
        "eval": "eval.total;dur=9.5;start=1790000001",
    }
    spans = await _published(make_spawner())
    assert [span for span in spans if span["side"] == "controller"] == [
        _controller_span("create.fork", 1790000000.1, 3.2),
        _controller_span("create.total", 1790000000.0, 4.0),
        _controller_span("eval.total", 1790000001.0, 9.5),
    ]


async def test_a_malformed_header_costs_nobody_the_server(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    controller.server_timing = {"sandboxes": 'cache;desc="a;b", ;;=,', "eval": "x" * 5000}
    assert _names(await _published(make_spawner()), "controller") == []


async def test_who_asks_for_progress_after_the_start_gets_the_spans_with_the_last_event(
    make_spawner: MakeSpawner,
) -> None:
    spawner = make_spawner()
    spans = await _published(spawner)
    event = spawner.progress_ready_hook(spawner, {"ready": True})
    assert event["spans"] == spans
    assert "activated" in event["stages_ms"]


async def test_a_span_is_noted_also_when_what_it_measures_fails() -> None:
    log = SpanLog()
    with pytest.raises(ValueError, match="no"), log.timed("start.create"):
        raise ValueError("no")
    assert _names([dict(span) for span in log.published()], "spawner") == ["start.create"]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "miss",
        "db;dur=53",
        'db;dur=53;desc="start=1"',
        "db;dur=abc;start=1",
        "db;dur=-1;start=1",
        "db;dur=1e999;start=1",
        "db;dur=1;start=" + "9" * 400,
        "<b>;dur=1;start=1",
        "a;dur=1;start=1," * 400,
    ],
)
def test_entries_that_are_no_spans_are_left_out(header: str) -> None:
    assert controller_spans(header) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"duration_ms": -1.0},
        {"duration_ms": 7_200_000.0},
        {"duration_ms": float("nan")},
        {"duration_ms": float("inf")},
        {"duration_ms": None},
        {"start_unix_s": -1.0},
        {"start_unix_s": float("inf")},
        {"name": 7},
    ],
)
def test_what_cannot_be_a_span_of_the_guests_is_left_out(change: dict[str, Any]) -> None:
    good = {"name": "server.bind", "start_unix_s": 1.0, "duration_ms": 2.0}
    assert guest_spans([{**good, **change}, good]) == (GUEST,)


def test_a_span_of_the_controllers_that_took_hours_is_left_out() -> None:
    assert controller_spans("create.fork;dur=7200000;start=1") == ()


def test_entries_of_others_do_not_hide_the_spans_between_them() -> None:
    (span,) = controller_spans("cdn;dur=1, create.fork;dur=2;start=3.5, edge")
    assert span == _controller_span("create.fork", 3.5, 2.0)


async def test_headers_in_several_lines_are_one_list(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    controller.server_timing = {"sandboxes": "proxy;dur=1\ncreate.fork;dur=2;start=3"}
    assert _names(await _published(make_spawner()), "controller") == ["create.fork"]


def _controller_span(name: str, start_unix_s: float, duration_ms: float) -> dict[str, Any]:
    return {
        "name": name,
        "side": "controller",
        "start_unix_s": start_unix_s,
        "duration_ms": duration_ms,
    }
