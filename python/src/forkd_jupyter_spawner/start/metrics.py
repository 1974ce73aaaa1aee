"""What Prometheus learns of starts, on the hub's own /hub/metrics.

The hub's histogram of spawns begins at 0.5 s, which is longer than a start of ours takes.
The names begin like the hub's (JUPYTERHUB_METRICS_PREFIX), so that one selector finds both.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from jupyterhub.metrics import metrics_prefix
from prometheus_client import Counter, Histogram

from ..errors import ForkdError, Outcome
from .progress import SpawnProgress
from .spawn_end import UNEXPECTED, SpawnEnd

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


def observe_spawn(end: SpawnEnd, progress: SpawnProgress) -> None:
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
