"""A user's server and its kernels, as a client of that user sees them."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tornado import httpclient, websocket

DEADLINE_S = 60.0
LOST_AFTER_S = 15.0


class Server:
    """A user's server, as a client of that user sees it."""

    origin: str
    """Host and port."""
    prefix: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """Every request has these."""
        return {"Authorization": f"token {self.token}"}

    async def fetch(self, method: str, path: str, body: Any = None) -> Any:
        """A request to its server, as its user; the JSON of the answer."""
        response = await httpclient.AsyncHTTPClient().fetch(
            f"http://{self.origin}{self.prefix}{path}",
            method=method,
            body=json.dumps(body) if body is not None else None,
            headers=self.headers,
            allow_nonstandard_methods=True,
            request_timeout=DEADLINE_S,
        )
        return json.loads(response.body) if response.body else None

    async def start_kernel(self, name: str = "python3") -> str:
        """Create a kernel through the server; its id."""
        return (await self.fetch("POST", "api/kernels", {"name": name}))["id"]

    @asynccontextmanager
    async def kernel(self, kernel_id: str) -> AsyncIterator[KernelSession]:
        """Connect to a kernel's WebSocket."""
        request = httpclient.HTTPRequest(
            f"ws://{self.origin}{self.prefix}api/kernels/{kernel_id}/channels?session_id=t",
            headers=self.headers,
        )
        connection = await websocket.websocket_connect(request)
        try:
            yield KernelSession(connection)
        finally:
            connection.close()

    async def run(self, code: str, kernel_id: str | None = None) -> str:
        """Run a cell (in a new kernel by default); what it shows."""
        kernel_id = kernel_id or await self.start_kernel()
        async with self.kernel(kernel_id) as session:
            return await session.run(code)

    async def run_after_restart(self, code: str, kernel_id: str) -> str:
        """Run a cell in a kernel that has just been restarted; what it shows.

        jupyter_server makes sure of its subscription to a kernel's output, but not where it
        still takes the kernel for busy: then what the first cell shows can be lost.
        ref: ZMQChannelsWebsocketConnection.nudge
        """
        async with asyncio.timeout(DEADLINE_S):
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOST_AFTER_S):
                        return await self.run(code, kernel_id)


@dataclass
class ServerAt(Server):
    """A server behind a proxy."""

    origin: str
    prefix: str
    token: str
    host: str = ""
    """What the client calls the proxy, if not by its origin."""

    @property
    def headers(self) -> dict[str, str]:
        """As to a server of its own name."""
        return {**super().headers, **({"Host": self.host} if self.host else {})}


class KernelSession:
    """A client of one kernel."""

    _numbers = itertools.count(1)

    def __init__(self, connection: websocket.WebSocketClientConnection) -> None:
        self._connection = connection

    async def run(self, code: str) -> str:
        """Run a cell; its outputs, joined: text, results, or the error's name and value."""
        await self.send("execute_request", {"code": code, "silent": False, "store_history": True})
        shown: list[str] = []
        async with asyncio.timeout(DEADLINE_S):
            while True:
                message = await self.read()
                content = message["content"]
                match message["msg_type"]:
                    case "stream":
                        shown.append(content["text"])
                    case "execute_result":
                        shown.append(content["data"]["text/plain"])
                    case "error":
                        shown.append(f"{content['ename']}: {content['evalue']}")
                    case "status" if content["execution_state"] == "idle":
                        if message["parent_header"].get("msg_id") == self.last_id:
                            return "".join(shown)
                    case _:
                        pass

    async def send(self, kind: str, content: dict[str, Any], channel: str = "shell") -> None:
        """Send one message."""
        self.last_id = f"test-{next(self._numbers)}"
        header = {
            "msg_id": self.last_id,
            "msg_type": kind,
            "session": "t",
            "username": "",
            "version": "5.3",
            "date": "2026-01-01T00:00:00Z",
        }
        message = {
            "channel": channel,
            "header": header,
            "parent_header": {},
            "metadata": {},
            "content": content,
        }
        await self._connection.write_message(json.dumps(message))

    async def read(self) -> dict[str, Any]:
        """The next message."""
        text = await self._connection.read_message()
        assert text is not None, "the WebSocket was closed"
        return json.loads(text)
