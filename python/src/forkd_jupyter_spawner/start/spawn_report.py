"""What is told of a start that has ended: one line in the hub's log, and the metrics."""

from __future__ import annotations

import json
from collections.abc import Mapping
from logging import Logger, LoggerAdapter
from typing import Any

from .metrics import observe_spawn
from .progress import SpawnProgress
from .spawn_end import SpawnEnd


def report_spawn(
    log: Logger | LoggerAdapter[Any],
    progress: SpawnProgress,
    end: SpawnEnd,
    about: Mapping[str, Any],
) -> None:
    """Called once for each start. `about` is what identifies it; it comes first in the line."""
    observe_spawn(end, progress)
    facts = {
        **about,
        "outcome": end.outcome,
        "reason": end.reason,
        "sandbox_id": progress.sandbox_id,
        "stages_ms": progress.stage_times_ms,
        "total_ms": progress.elapsed_ms,
    }
    log.info("forkd spawn %s", json.dumps(facts))
