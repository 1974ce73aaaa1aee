"""Times that come from outside."""

from __future__ import annotations

from typing import Any

LARGEST_S = 1e12
"""No time that somebody means; a system's clock can still be set to it."""


def checked_seconds(name: str, value: Any) -> float:
    """A number of seconds; raises ValueError. Python's JSON has NaN, infinity and huge integers."""
    if isinstance(value, (int, float)) and 0 <= value <= LARGEST_S:
        return float(value)
    message = f"{name} must be a number of seconds from 0 to {LARGEST_S:g}, not {_shown(value)}"
    raise ValueError(message)


def _shown(value: Any) -> str:
    try:
        return f"{value!r:.50}"
    except ValueError:
        return "an integer of thousands of digits"
