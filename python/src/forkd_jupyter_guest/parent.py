"""The warmed original of all process sandboxes (docs/protocols.md §3).

It stands in for what forkd snapshots: forking this process is what restoring a
microVM is there. It never activates anything itself, holds no thread, no event
loop beyond its reactor and no socket of a sandbox.
"""

from __future__ import annotations

import json
import os
import socket
import time
import traceback
from pathlib import Path
from typing import Any

from .machine import posix

CONTROL_FD = 3


def main() -> int:
    """Warm up, say so, and serve the control channel."""
    control = socket.socket(fileno=CONTROL_FD)
    os.set_inheritable(CONTROL_FD, False)
    posix.adopt_orphans()
    started = time.monotonic()

    def send(event: dict[str, Any]) -> None:
        control.sendall(json.dumps(event).encode() + b"\n")

    try:
        # From here on an import may fail for want of a package, and must be told.
        from .warm import ladder  # noqa: PLC0415

        versions = ladder.warm_up(
            lambda step, elapsed_ms: send(
                {"event": "warming", "step": step, "elapsed_ms": round(elapsed_ms)}
            )
        )
    except BaseException as error:  # noqa: BLE001 (a startup file may raise anything, also SystemExit)
        send(
            {
                "event": "failed",
                "error": f"{type(error).__name__}: {error}",
                "traceback": traceback.format_exc(),
            }
        )
        return 1
    from .agent.parent_control import Forker  # noqa: PLC0415

    forker = Forker(control)
    ladder.keep_shared()
    send(
        {
            "event": "ready",
            "pid": os.getpid(),
            "warm_ms": round((time.monotonic() - started) * 1000),
            "versions": versions,
            "memory_bytes": _resident_bytes(),
        }
    )
    return forker.run()


def _resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
