"""A forwarder for the tests: answers at a Unix socket and remembers what it was asked."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class StandInForwarder:
    """It opens nothing: `host` is where sandboxes are reached already."""

    socket: Path
    host: str = "127.0.0.1"
    error: str | None = None
    """What it answers to the requests named in `failing`."""
    failing: frozenset[str] = frozenset({"open", "expose", "close"})
    requests: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    _server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_unix_server(self._serve, self.socket)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()

    @property
    def asked(self) -> list[str]:
        return [request["op"] for request in self.requests]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = json.loads(await reader.readline())
        self.requests.append(request)
        answer: dict[str, Any] = {}
        if self.error is not None and request["op"] in self.failing:
            answer = {"error": self.error}
        elif request["op"] == "open":
            answer = {"host": self.host, "gateway": f"10.42.0.1:{request['hub'][1]}"}
        writer.write(json.dumps(answer).encode() + b"\n")
        await writer.drain()
        writer.close()
