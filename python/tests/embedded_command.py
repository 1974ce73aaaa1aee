"""How tests start the embedded controller as its users do: `forkd-spawner controller`."""

from __future__ import annotations

import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]

NODE_PROGRAMS = REPOSITORY / "node_modules" / ".bin"
"""Where npm put configurable-http-proxy and the Node that it needs."""

WARM_DEADLINE_S = 120.0
"""Warming a snapshot takes seconds, and far longer on a machine that is busy otherwise."""


def embedded_command(token_file: Path, port: int, *flags: str) -> list[str]:
    """The command, with this interpreter's Jupyter to be warmed; port 0: any that is free."""
    return [
        *forkd_spawner("controller"),
        *("--port", str(port), "--token-file", str(token_file), "--python", sys.executable),
        *flags,
    ]


def forkd_spawner(*words: str) -> list[str]:
    """The command line, as it was built."""
    return [str(NODE_PROGRAMS / "node"), str(REPOSITORY / "bin" / "run.js"), *words]
