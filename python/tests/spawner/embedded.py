"""The embedded controller as its users run it: `forkd-spawner controller`, in its own process."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from embedded_command import NODE_PROGRAMS, REPOSITORY, WARM_DEADLINE_S, embedded_command
from forkd_jupyter_spawner import ControllerClient
from forkd_jupyter_spawner.start.connections import connections
from spawner.hub import free_ports

IS_BUILT = (NODE_PROGRAMS / "node").exists() and (REPOSITORY / "dist" / "commands").exists()


@dataclass
class EmbeddedController:
    """A controller with a warm snapshot; killed and started again it has the same address."""

    folder: Path
    port: int = field(default_factory=lambda: free_ports(1)[0])
    flags: Sequence[str] = ()
    """Further ones of its command."""
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with (self.folder / "controller.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *embedded_command(self.folder / "token", self.port, *self.flags),
                env={**os.environ, "TMPDIR": str(self.folder)},
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        assert self.process.stdout is not None
        first_line = await asyncio.wait_for(self.process.stdout.readline(), WARM_DEADLINE_S)
        assert first_line.startswith(b"controller:"), (self.folder / "controller.log").read_text()

    async def stop(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.send(signal.SIGCONT)
            self.send(signal.SIGINT)
            await asyncio.wait_for(self.process.wait(), WARM_DEADLINE_S)

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

    async def memory_limits(self) -> str:
        """Whether it can enforce them, in its own words."""
        headers = {"Authorization": f"Bearer {self.token}"}
        async with aiohttp.request("GET", f"{self.url}/version", headers=headers) as answer:
            return str((await answer.json())["memory_limits"])

    async def sandbox_ids(self) -> set[str]:
        return {sandbox.id for sandbox in await self.client.list()}


@asynccontextmanager
async def embedded_in(folder: Path) -> AsyncIterator[EmbeddedController]:
    """One that runs, with a folder of its own in there; stopped afterwards."""
    own = folder / "controller"
    own.mkdir()
    running = EmbeddedController(own)
    await running.start()
    try:
        yield running
    finally:
        await running.stop()
