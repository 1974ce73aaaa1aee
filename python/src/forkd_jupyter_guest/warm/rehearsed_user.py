"""The user of a rehearsal: what a hub would hand over for them, and what their browser does."""

from __future__ import annotations

import importlib.metadata
import json
import os
from typing import TYPE_CHECKING, Any

from tornado import httpclient, web, websocket

from ..machine.site import SERVER_PORT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tornado.httpserver import HTTPServer

TIMEOUT_S = float(os.environ.get("FORKD_REHEARSAL_TIMEOUT_S", "60"))
"""For each thing that is waited for; more where a processor is emulated."""

NAME = "rehearsal"
PREFIX = f"/user/{NAME}/"
TOKEN = "rehearsal-only"  # noqa: S105 (of a hub that exists for two seconds)
HUB_PORT = 8081

MODEL = {
    "name": NAME,
    "kind": "user",
    "admin": False,
    "groups": [],
    "scopes": [f"access:servers!server={NAME}/"],
    "session_id": None,
}
"""As the hub's API describes the user."""


class RehearsalError(Exception):
    """A user's start did not work in this environment; the text says how far it got."""


def environment(hub: str) -> dict[str, str]:
    """What a spawner would hand over for the user that doesn't exist."""
    scopes = json.dumps(MODEL["scopes"])
    return {
        "JUPYTERHUB_API_TOKEN": TOKEN,
        "JUPYTERHUB_CLIENT_ID": f"jupyterhub-user-{NAME}",
        "JUPYTERHUB_HOST": "",
        "JUPYTERHUB_OAUTH_CALLBACK_URL": f"{PREFIX}oauth_callback",
        "JUPYTERHUB_OAUTH_SCOPES": scopes,
        "JUPYTERHUB_OAUTH_ACCESS_SCOPES": scopes,
        "JUPYTERHUB_USER": NAME,
        "JUPYTERHUB_SERVER_NAME": "",
        "JUPYTERHUB_API_URL": f"{hub}/hub/api",
        "JUPYTERHUB_ACTIVITY_URL": f"{hub}/hub/api/users/{NAME}/activity",
        "JUPYTERHUB_BASE_URL": "/",
        "JUPYTERHUB_SERVICE_PREFIX": PREFIX,
    }


class StubHub(web.RequestHandler):
    """A hub that knows one user."""

    def get(self) -> None:
        """Answer like the two calls that a starting server makes."""
        self.set_header("X-JupyterHub-Version", importlib.metadata.version("jupyterhub"))
        self.finish(json.dumps(MODEL if self.request.path.endswith("/user") else {}))


def open_hub(address: str) -> HTTPServer:
    """Serve in the running loop."""
    return web.Application([(".*", StubHub)]).listen(HUB_PORT, address)


class Browser:
    """A client of the user's server."""

    def __init__(self, address: str) -> None:
        self._origin = f"{address}:{SERVER_PORT}{PREFIX}"
        self._client = httpclient.AsyncHTTPClient()

    async def fetch(self, method: str, path: str, body: Any = None) -> bytes:
        """One request; raises when it fails."""
        response = await self._client.fetch(
            f"http://{self._origin}{path}",
            method=method,
            body=None if body is None else json.dumps(body),
            headers={"Authorization": f"token {TOKEN}"},
            connect_timeout=TIMEOUT_S,
            request_timeout=TIMEOUT_S,
        )
        return response.body

    async def look_around(self) -> None:
        """Ask for what JupyterLab asks for when it opens."""
        for path in (
            "api",
            "lab",
            "lab/api/settings",
            "api/contents",
            "api/kernelspecs",
            "api/sessions",
        ):
            await self.fetch("GET", path)

    async def start_kernel(self) -> str:
        """Create a kernel; its id."""
        return json.loads(await self.fetch("POST", "api/kernels", {"name": "python3"}))["id"]

    async def run_cell(self, kernel_id: str, code: str) -> None:
        """Run one cell to its end; raises RehearsalError with what it raised."""
        request = httpclient.HTTPRequest(
            f"ws://{self._origin}api/kernels/{kernel_id}/channels?session_id={NAME}",
            headers={"Authorization": f"token {TOKEN}"},
            # Until it is open, which is when the kernel has answered the server: 20 s by default.
            connect_timeout=TIMEOUT_S,
            request_timeout=TIMEOUT_S,
        )
        connection = await websocket.websocket_connect(request)
        await connection.write_message(json.dumps(_execute_request(code)))
        waiting = {"execute_reply", "idle"}
        async for message in _messages(connection.read_message):
            content = message["content"]
            if message["msg_type"] == "execute_reply" and content["status"] != "ok":
                raise RehearsalError(json.dumps(content))
            waiting -= {message["msg_type"], content.get("execution_state")}
            if not waiting:
                break
        connection.close()


async def _messages(read: Callable[[], Any]) -> AsyncIterator[Any]:
    while (text := await read()) is not None:
        yield json.loads(text)
    message = "the kernel's WebSocket was closed"
    raise RehearsalError(message)


def _execute_request(code: str) -> dict[str, Any]:
    return {
        "channel": "shell",
        "header": {
            "msg_id": "rehearsal-1",
            "msg_type": "execute_request",
            "session": NAME,
            "username": NAME,
            "version": "5.3",
            "date": "2000-01-01T00:00:00Z",
        },
        "parent_header": {},
        "metadata": {},
        "content": {"code": code, "silent": False, "store_history": True},
    }
