"""How a start ended: one line in the hub's log, and what Prometheus learns of it.

The metrics are on the hub's own /hub/metrics. The hub's histogram of spawns begins at 0.5 s, which
is longer than a start of ours takes. The names begin like the hub's (JUPYTERHUB_METRICS_PREFIX), so
that one selector finds both.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from logging import Logger, LoggerAdapter
from typing import Any, get_args

from jupyterhub.metrics import metrics_prefix
from prometheus_client import Counter, Histogram

from ..errors import ForkdError, Outcome
from .progress import SpawnProgress

_BUCKETS_S = (
    *(0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75),
    *(1.0, 1.5, 2.5, 5.0, 10.0, 30.0, 60.0, float("inf")),
)

_FAILURES: frozenset[Outcome] = frozenset({"failed", "timed-out"})

SPAWN_DURATION = Histogram(
    "spawn_duration_seconds",
    "Time from the hub's call of start() to its end: a server that answers, or a cleared failure",
    ["outcome"],
    namespace=metrics_prefix,
    subsystem="forkd",
    buckets=_BUCKETS_S,
)

STAGE_DURATION = Histogram(
    "spawn_stage_duration_seconds",
    "Time that a start spent in each of its stages, failed starts included",
    ["stage"],
    namespace=metrics_prefix,
    subsystem="forkd",
    buckets=_BUCKETS_S,
)

SPAWN_FAILURES = Counter(
    "spawn_failures",
    "Starts that failed or timed out, by reason",
    ["reason"],
    namespace=metrics_prefix,
    subsystem="forkd",
)


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


def report_spawn(
    log: Logger | LoggerAdapter[Any],
    progress: SpawnProgress,
    end: SpawnEnd,
    about: Mapping[str, Any],
) -> None:
    """Called once for each start. `about` is what identifies it; it comes first in the line."""
    _observe(end, progress)
    facts = {
        **about,
        "outcome": end.outcome,
        "reason": end.reason,
        "sandbox_id": progress.sandbox_id,
        "stages_ms": progress.stage_times_ms,
        "total_ms": progress.elapsed_ms,
    }
    log.info("forkd spawn %s", json.dumps(facts))


def _observe(end: SpawnEnd, progress: SpawnProgress) -> None:
    """Count one start that has ended."""
    SPAWN_DURATION.labels(end.outcome).observe(progress.elapsed_ms / 1000)
    for span in progress.measured.published():
        component, _, stage = span["name"].partition(".")
        if span["side"] == "spawner" and component == "start":
            STAGE_DURATION.labels(stage).observe(span["duration_ms"] / 1000)
    if end.outcome in _FAILURES:
        SPAWN_FAILURES.labels(end.reason).inc()


def failure_reasons() -> frozenset[str]:
    """All values of the label `reason`."""
    return frozenset(_reasons(ForkdError)) | {UNEXPECTED.reason or ""}


def _reasons(kind: type[ForkdError]) -> Iterator[str]:
    if kind.outcome in _FAILURES:
        yield kind.reason
    for narrower in kind.__subclasses__():
        yield from _reasons(narrower)


# From the first scrape on all are there, at 0: a rate needs a value before the first failure.
for _outcome in get_args(Outcome):
    SPAWN_DURATION.labels(_outcome)
for _stage in ("identity", "create", "network", "activate"):
    STAGE_DURATION.labels(_stage)
for _reason in failure_reasons():
    SPAWN_FAILURES.labels(_reason)
