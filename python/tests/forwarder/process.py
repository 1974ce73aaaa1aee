"""A forwarder in a process of its own, and the client of its socket."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DEADLINE_S = 30.0


@dataclass
class ForwarderProcess:
    """Killed and started again it has the same socket."""

    folder: Path
    flags: Sequence[str] = ("--addresses", "127.46.0.0/24")
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    wrapper: Sequence[str] = ()
    """What it is run by."""
    process: asyncio.subprocess.Process | None = None

    @property
    def socket(self) -> Path:
        return self.folder / "control.sock"

    async def start(self) -> None:
        """Until it listens; fails with what it says when it ends instead."""
        self.process = await asyncio.create_subprocess_exec(
            *self.wrapper,
            *(sys.executable, "-m", "forkd_jupyter_forwarder", "--socket", str(self.socket)),
            *self.flags,
            env={**os.environ, **self.environment},
            stderr=asyncio.subprocess.PIPE,
        )
        assert self.process.stderr is not None
        said = b""
        while b"forwarder " not in said:
            line = await asyncio.wait_for(self.process.stderr.readline(), DEADLINE_S)
            assert line, said.decode()
            said += line
        self.said = said.decode()

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Its exit code."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(number)
        await asyncio.wait_for(self.process.communicate(), DEADLINE_S)
        assert self.process.returncode is not None
        return self.process.returncode

    async def ask(self, request: Any) -> dict[str, Any]:
        """One request, one answer; text is sent as it is."""
        reader, writer = await asyncio.open_unix_connection(self.socket)
        text = request if isinstance(request, str) else json.dumps(request)
        writer.write(text.encode() + b"\n")
        answer = await asyncio.wait_for(reader.readline(), DEADLINE_S)
        writer.close()
        return json.loads(answer)

    async def open_forwards(self) -> list[dict[str, Any]]:
        """As it tells them."""
        return (await self.ask({"op": "status"}))["forwards"]
