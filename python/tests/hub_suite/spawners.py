"""ForkdSpawner in the place of SimpleLocalProcessSpawner, of which JupyterHub's mocks are made.

What those mocks and cases use of a process's spawner is given a meaning for a
sandbox here; nothing of ForkdSpawner itself is replaced.
"""

from __future__ import annotations

import contextlib
import socket
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from traitlets import Integer, Unicode, default, validate

from forkd_jupyter_spawner import ForkdSpawner
from hub_suite import echo
from hub_suite.controller import Controller

PROCESS_DEADLINE_S = 60.0


class SuiteSpawner(ForkdSpawner):
    """A spawner of sandboxes that looks like one of local processes."""

    controller: Controller
    """Set once for all, when it is warm."""
    hub_api_url = ""
    """The API that stands in where a case has no hub."""

    home_dir = Unicode()
    interrupt_timeout = Integer(0)
    term_timeout = Integer(0)
    kill_timeout = Integer(0)

    @validate("cmd")
    def _refuse_cmd(self, proposal: Any) -> list[str]:
        """Not started, but it tells which answers the mock is to give."""
        return proposal["value"]

    @default("hub_connect_url")
    def _hub_where_there_is_none(self) -> str | None:
        """Some cases have no hub, or one that doesn't listen; what they start doesn't miss it."""
        has_hub = "-c" not in self.cmd and _listens(self.hub.api_url)
        return None if has_hub else self.hub_api_url

    def get_env(self) -> dict[str, str]:
        """As LocalProcessSpawner's, which hands it to `user_env`."""
        env = super().get_env()
        if self.home_dir:
            env["HOME"] = self.home_dir
        if "jupyterhub.tests.mocksu" in self.cmd:
            env[echo.VARIABLE] = "1"
        return self.user_env(env)

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        """Overridden by the mocks."""
        return env

    async def start(self) -> tuple[str, int]:
        """As address and port, which the mocks take apart."""
        url = urlsplit(await super().start())
        assert url.hostname is not None
        assert url.port is not None
        return url.hostname, url.port

    def get_state(self) -> dict[str, Any]:
        """Cases look for a number of this name as long as the server runs."""
        state = super().get_state()
        return {**state, "pid": 1} if "sandbox_id" in state else state

    @property
    def proc(self) -> SandboxProcess:
        """The sandbox, where cases ask for the process."""
        return SandboxProcess(self.controller, self.held.sandbox_id)


@dataclass(frozen=True)
class SandboxProcess:
    """What cases ask of a `subprocess.Popen`."""

    controller: Controller
    sandbox_id: str

    def poll(self) -> int | None:
        """None while it is there."""
        return None if self.sandbox_id in self.controller.sandbox_ids() else 0

    def terminate(self) -> None:
        """Behind the hub's back."""
        self.controller.delete(self.sandbox_id)

    def wait(self, timeout: float = PROCESS_DEADLINE_S) -> int:
        """Until it is gone."""
        deadline = time.monotonic() + timeout
        while (status := self.poll()) is None:
            assert time.monotonic() < deadline, f"{self.sandbox_id} is still there"
            time.sleep(0.05)
        return status


def _listens(url: str) -> bool:
    address = urlsplit(url)
    with contextlib.suppress(OSError):
        socket.create_connection((address.hostname, address.port), timeout=1).close()
        return True
    return False


def with_normal_states(user: dict[str, Any]) -> dict[str, Any]:
    """Leave of each server's state what the suite's `normalize_user` leaves of a process's."""
    for server in user.get("servers", {}).values():
        if server["state"] and "sandbox_id" in server["state"]:
            server["state"] = {"pid": 0}
    return user
