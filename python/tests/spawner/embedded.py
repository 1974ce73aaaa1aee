"""The embedded controller as its users run it: `forkd-spawner controller`, in its own process."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path

from forkd_jupyter_spawner import ControllerClient
from forkd_jupyter_spawner.connections import connections
from spawner.hub import NODE_PROGRAMS, free_ports

REPOSITORY = Path(__file__).parents[3]
DEADLINE_S = 120.0
"""Warming a snapshot takes seconds, and far longer on a machine that is busy otherwise."""

IS_BUILT = (NODE_PROGRAMS / "node").exists() and (REPOSITORY / "dist" / "commands").exists()


@dataclass
class EmbeddedController:
    """A controller with a warm snapshot; killed and started again it has the same address."""

    folder: Path
    port: int = field(default_factory=lambda: free_ports(1)[0])
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with (self.folder / "controller.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(str(NODE_PROGRAMS / "node"), str(REPOSITORY / "bin" / "run.js"), "controller"),
                *("--port", str(self.port), "--token-file", str(self.folder / "token")),
                *("--python", sys.executable),
                env={**os.environ, "TMPDIR": str(self.folder)},
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        assert self.process.stdout is not None
        first_line = await asyncio.wait_for(self.process.stdout.readline(), DEADLINE_S)
        assert first_line.startswith(b"controller:"), (self.folder / "controller.log").read_text()

    async def stop(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.send(signal.SIGCONT)
            self.send(signal.SIGINT)
            await asyncio.wait_for(self.process.wait(), DEADLINE_S)

    async def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    def send(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def token(self) -> str:
        return (self.folder / "token").read_text().strip()

    @property
    def client(self) -> ControllerClient:
        return ControllerClient(self.url, connections().session(self.url), 10.0, self.token)

    async def sandbox_ids(self) -> set[str]:
        return {sandbox.id for sandbox in await self.client.list()}
