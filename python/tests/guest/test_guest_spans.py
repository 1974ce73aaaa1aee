"""What the guest measures of itself, whatever happens to the system's clock meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forkd_jupyter_guest.server import activation_request
from forkd_jupyter_guest.server.activation_request import SpanLog

if TYPE_CHECKING:
    import pytest


class Clocks:
    """A machine's two clocks, of which a restore leaves the system's at the snapshot's time."""

    def __init__(self) -> None:
        self.unix_s = 1_700_000_000.0
        self.since_boot_s = 40.0

    def time(self) -> float:
        """The system's clock."""
        return self.unix_s

    def monotonic(self) -> float:
        """The one that nobody sets."""
        return self.since_boot_s

    def go_on(self, seconds: float) -> None:
        """Let time pass."""
        self.unix_s += seconds
        self.since_boot_s += seconds


def test_a_clock_that_is_set_in_the_middle_is_no_part_of_a_span(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clocks = Clocks()
    monkeypatch.setattr(activation_request, "time", clocks)
    spans = SpanLog()
    started = spans.now()
    clocks.go_on(0.25)
    clocks.unix_s += 7200.0
    spans.add("agent.fork", started)
    clocks.go_on(1.0)
    assert spans.as_json() == [
        {"name": "agent.fork", "start_unix_s": 1_700_007_200.0, "duration_ms": 250.0}
    ]
    # And set back, as a restored snapshot's clock may be ahead.
    clocks.unix_s -= 9000.0
    spans.add("agent.activate", started)
    assert [span["duration_ms"] for span in spans.as_json()] == [250.0, 1250.0]
