"""Where a start's milliseconds go, as each side measures itself (docs/protocols.md §4).

A span is kept in the shape in which it is published, `{"name", "side", "start_unix_s",
"duration_ms"}`: measuring must not cost what it is to find.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Generator, Iterable, Mapping
from typing import Any, Literal

Side = Literal["spawner", "controller", "guest"]
Span = Mapping[str, Any]

_LARGEST_HEADER = 4096
_LONGEST_MS = 3_600_000
"""No start takes an hour: such a span has seen a clock that was set meanwhile."""
_LATEST_UNIX_S = 1e12
_TIMING = re.compile(
    r"\s*(?P<name>[\w.-]{1,64})\s*;\s*dur=(?P<dur>\d{1,12}(?:\.\d{1,9})?)"
    r"\s*;\s*start=(?P<start>\d{1,12}(?:\.\d{1,9})?)\s*",
    re.ASCII,
)


class SpanLog:
    """The spans of one start, in the order in which they ended."""

    def __init__(self) -> None:
        self._spans: list[Span] = []

    @contextlib.contextmanager
    def timed(self, name: str) -> Generator[None, None, None]:
        """Note how long the block takes, also when it fails."""
        start_unix_s, start_s = time.time(), time.perf_counter()
        try:
            yield
        finally:
            duration_ms = (time.perf_counter() - start_s) * 1000
            self._spans.append(_span(name, "spawner", start_unix_s, duration_ms))

    def add(self, spans: Iterable[Span]) -> None:
        """Note what other sides have measured."""
        self._spans.extend(spans)

    def published(self) -> list[Span]:
        """All of them so far, as listeners to the start's progress get them."""
        return list(self._spans)


def guest_spans(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The spans of an activation's reply; what can't be one is left out."""
    return tuple({**span, "side": "guest"} for span in spans if _is_span(span))


def _is_span(span: Span) -> bool:
    return isinstance(span.get("name"), str) and all(
        isinstance(number := span.get(field), (int, float)) and 0 <= number <= largest
        for field, largest in (("start_unix_s", _LATEST_UNIX_S), ("duration_ms", _LONGEST_MS))
    )


def controller_spans(server_timing: str) -> tuple[Span, ...]:
    """Read the header `Server-Timing` of the embedded controller.

    A genuine forkd sends none, and a proxy may add entries of its own: what has no
    absolute start is no span of ours and is left out.
    """
    if len(server_timing) > _LARGEST_HEADER:
        return ()
    entries = (_TIMING.fullmatch(entry) for entry in server_timing.split(","))
    return tuple(
        _span(entry["name"], "controller", float(entry["start"]), float(entry["dur"]))
        for entry in entries
        if entry and float(entry["dur"]) <= _LONGEST_MS
    )


def _span(name: str, side: Side, start_unix_s: float, duration_ms: float) -> Span:
    return {
        "name": name,
        "side": side,
        "start_unix_s": round(start_unix_s, 6),
        "duration_ms": round(duration_ms, 3),
    }
