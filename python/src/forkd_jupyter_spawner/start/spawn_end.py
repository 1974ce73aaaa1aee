"""How a start ended, as the log and the metrics tell it."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import ForkdError, Outcome


@dataclass(frozen=True)
class SpawnEnd:
    """An outcome, and for all but success the reason: a short label of a fixed set."""

    outcome: Outcome
    reason: str | None = None

    @classmethod
    def by(cls, error: ForkdError) -> SpawnEnd:
        """The end that this error has brought."""
        return cls(error.outcome, error.reason)


COMPLETED = SpawnEnd("completed")
CANCELLED = SpawnEnd("aborted", "cancelled")
"""By the user, or because the hub itself ends."""
UNEXPECTED = SpawnEnd("failed", "unexpected")
"""By an error of an operator's hook, or a bug of ours."""
