"""A real JupyterHub with configurable-http-proxy, in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp
import pytest

from embedded_command import NODE_PROGRAMS
from guest.user_server import ServerAt

ADMIN_TOKEN = "admin-token-0123456789"
DEADLINE_S = 90.0

NEVER_CHOSEN = (10_000, 32_000)
"""Ports below those that the kernel gives to who asks for any (ip_local_port_range)."""

needs_proxy = pytest.mark.skipif(
    not (NODE_PROGRAMS / "configurable-http-proxy").exists(),
    reason="configurable-http-proxy is not installed: run `npm ci` first",
)
"""A mark for tests with a hub, which has a proxy."""

CONFIGURATION = """
c.JupyterHub.spawner_class = "forkd"
c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.bind_url = "http://127.0.0.1:{public}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy}"
c.JupyterHub.db_url = "sqlite:///{folder}/hub.sqlite"
c.JupyterHub.cookie_secret_file = "{folder}/cookie_secret"
c.ConfigurableHTTPProxy.pid_file = "{folder}/proxy.pid"
c.JupyterHub.cleanup_servers = False
c.JupyterHub.services = [{{"name": "tests", "api_token": "{token}"}}]
c.JupyterHub.load_roles = [
    {{
        "name": "tests",
        "services": ["tests"],
        "scopes": ["admin:users", "admin:servers", "admin:groups", "tokens", "read:metrics"],
    }}
]
c.ForkdSpawner.controller_url = "{controller_url}"
c.ForkdSpawner.poll_interval = 1
c.ForkdSpawner.create_lock_folder = "{folder}"
"""


@dataclass
class RunningHub:
    """A hub and the client of its REST API."""

    folder: Path
    controller_url: str
    controller_token: str
    configuration: str = ""
    """Lines of jupyterhub_config.py, after those of all hubs of the tests."""
    address: str = "127.0.0.1"
    """Where hub and proxy listen, as in a URL."""
    through_proxy: bool = False
    """Whether its API is asked through the proxy, where the hub itself talks to nobody else."""
    ports: list[int] = field(default_factory=lambda: free_ports(3))
    process: asyncio.subprocess.Process | None = None
    session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        await self._launch()
        self.session = aiohttp.ClientSession(
            base_url=f"http://{self.address}:{self.ports[0 if self.through_proxy else 1]}",
            headers={"Authorization": f"token {ADMIN_TOKEN}"},
            timeout=aiohttp.ClientTimeout(total=DEADLINE_S),
        )
        await self._wait_until_it_answers()

    async def fail_to_start(self) -> int:
        """Start a hub that ends by itself; returns its exit code."""
        await self._launch()
        assert self.process is not None
        try:
            return await asyncio.wait_for(self.process.wait(), DEADLINE_S)
        except asyncio.TimeoutError:
            await self.stop()
            raise AssertionError(self.log) from None

    async def _launch(self) -> None:
        configuration = self.folder / "jupyterhub_config.py"
        public, hub, proxy = self.ports
        configuration.write_text(
            CONFIGURATION.format(
                public=public,
                hub=hub,
                proxy=proxy,
                folder=self.folder,
                token=ADMIN_TOKEN,
                controller_url=self.controller_url,
            )
            + self.configuration
        )
        with (self.folder / "hub.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "jupyterhub", "-f", str(configuration)),
                cwd=self.folder,
                env=self._environment(),
                stdout=log,
                stderr=log,
            )

    def _environment(self) -> dict[str, str]:
        path = os.pathsep.join([str(NODE_PROGRAMS), os.environ["PATH"]])
        return {**os.environ, "PATH": path, "FORKD_TOKEN": self.controller_token}

    async def _wait_until_it_answers(self) -> None:
        await asyncio.wait_for(self._first_answer(), DEADLINE_S)

    async def _first_answer(self) -> None:
        while True:
            with contextlib.suppress(aiohttp.ClientConnectionError):
                status, _ = await self.call("GET", "/users")
                if status == 200:
                    return
            assert self.process is not None
            assert self.process.returncode is None, self.log
            await asyncio.sleep(0.05)

    async def stop(self) -> None:
        if self.session is not None:
            await self.session.close()
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(self.process.wait(), DEADLINE_S)
        self._end_proxy()

    def _end_proxy(self) -> None:
        """One that ends by itself or is killed leaves it, for the next one to take over."""
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            os.kill(int((self.folder / "proxy.pid").read_text()), signal.SIGTERM)

    async def kill(self) -> None:
        """As the out-of-memory killer does: nothing is put in order."""
        assert self.session is not None
        assert self.process is not None
        await self.session.close()
        self.process.kill()
        await self.process.wait()

    @property
    def log(self) -> str:
        return (self.folder / "hub.log").read_text()

    async def call(
        self, method: str, path: str, body: Any = None, *, token: str = ADMIN_TOKEN
    ) -> tuple[int, Any]:
        assert self.session is not None
        as_whom = {"Authorization": f"token {token}"}
        async with self.session.request(
            method, f"/hub/api{path}", json=body, headers=as_whom
        ) as response:
            is_json = response.content_type == "application/json"
            return response.status, await (response.json() if is_json else response.text())

    async def server_of(self, user: str, name: str = "") -> ServerAt:
        """A running server, as its user reaches it through the proxy."""
        status, token = await self.call("POST", f"/users/{quote(user)}/tokens")
        assert status == 201, token
        _, model = await self.call("GET", f"/users/{quote(user)}")
        # With a domain, a server has a host of its own.
        url = urlsplit(model["servers"][name]["url"])
        origin = f"{self.address}:{self.ports[0]}"
        return ServerAt(origin, url.path, token["token"], host=url.netloc)

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.ports[1]}/hub/api"

    async def read(self, path: str, token: str) -> str:
        """Whatever the API answers to a GET, errors included."""
        assert self.session is not None
        as_whom = {"Authorization": f"token {token}"}
        async with self.session.get(f"/hub/api{path}", headers=as_whom) as response:
            return await response.text()

    async def metrics(self) -> dict[str, float]:
        """Each sample of /hub/metrics, by its name and labels as Prometheus reads them."""
        assert self.session is not None
        async with self.session.get("/hub/metrics") as response:
            assert response.status == 200
            lines = (await response.text()).splitlines()
        samples = (line.rpartition(" ") for line in lines if not line.startswith("#"))
        return {name: float(value) for name, _, value in samples}

    async def progress(self, user: str) -> AsyncIterator[dict[str, Any]]:
        assert self.session is not None
        path = f"/hub/api/users/{user}/server/progress"
        async with self.session.get(path) as response:
            async for line in response.content:
                if line.startswith(b"data: "):
                    yield json.loads(line.removeprefix(b"data: "))


def configuration_of(request: pytest.FixtureRequest) -> str:
    """Further lines for the hub of a test, which has them as a mark.

    A hub takes seconds to start: one that is there already would have to start twice.
    """
    mark = request.node.get_closest_marker("configuration")
    return "" if mark is None else mark.args[0]


def free_ports(count: int) -> list[int]:
    """Return ports that were free a moment ago, and that nobody is given unasked.

    A hub that is stopped and started again wants the same ones; those from which the kernel
    chooses may meanwhile be a kernel's, or those of another suite's hub.
    """
    found: list[int] = []
    with contextlib.ExitStack() as stack:
        while len(found) < count:
            each = stack.enter_context(socket.socket())
            port = random.randrange(*NEVER_CHOSEN)  # noqa: S311 (no secret)
            with contextlib.suppress(OSError):
                each.bind(("127.0.0.1", port))
                found.append(port)
    return found
