"""How tests start the embedded controller as its users do: `forkd-spawner controller`."""

from __future__ import annotations

import functools
import subprocess
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
    """The command line, as it was built: of the sources that are there."""
    _require_fresh_build()
    return [str(NODE_PROGRAMS / "node"), str(REPOSITORY / "bin" / "run.js"), *words]


@functools.cache
def _require_fresh_build() -> None:
    """What an old build does says nothing of the sources beside the tests."""
    script = REPOSITORY / "scripts" / "check-build.mjs"
    command = [str(NODE_PROGRAMS / "node"), str(script)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if checked.returncode != 0:
        raise RuntimeError(checked.stderr.strip())
