"""A server's first kernel, used from the host: by admins, and by nobody else."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from jupyter_client.asynchronous import AsyncKernelClient

from spawner.conftest import StartHub
from spawner.hub import ADMIN_TOKEN, RunningHub, needs_proxy
from spawner.stand_in import TOKEN

pytestmark = needs_proxy

ASSISTANT_TOKEN = "assistant-token-0123456789"

# Whoever runs a course: may start and see its servers, not their state.
ASSISTANT = f"""
c.JupyterHub.services.append({{"name": "assistant", "api_token": "{ASSISTANT_TOKEN}"}})
c.JupyterHub.load_groups = {{"course": {{"users": ["user-0"]}}}}
c.JupyterHub.load_roles.append({{
    "name": "assistant",
    "services": ["assistant"],
    "scopes": ["servers!group=course", "read:users!group=course", "admin:groups"],
}})
"""


async def test_an_admin_can_use_a_kernel_from_the_host_and_nobody_else(
    start_hub: StartHub, tmp_path: Path
) -> None:
    hub = await start_hub("user-0", "user-1", configuration=ASSISTANT)
    assert (await hub.call("POST", "/users/user-0/server"))[0] == 201
    _, model = await hub.call("GET", "/users/user-0")
    key = model["servers"][""]["state"]["kernel_connection"]["key"]
    last = [event async for event in hub.progress("user-0")][-1]
    assert {"server-listening", "kernel-warm"} < set(last["stages_ms"])
    assert key not in json.dumps(last)

    file = tmp_path / "kernel.json"
    asked = await _command(hub, ADMIN_TOKEN, "kernel-connection", "user-0", f"--output={file}")
    assert asked == (0, "", "")
    assert file.stat().st_mode & 0o777 == 0o600
    assert await execute(file, "6 * 7") == "42"
    controller = {"FORKD_TOKEN": TOKEN}
    code, log, _ = await _command(hub, ADMIN_TOKEN, "server-log", "user-0", **controller)
    assert code == 0
    assert "Jupyter Server" in log

    tokens = [ASSISTANT_TOKEN]
    for user in ("user-0", "user-1"):
        _, made = await hub.call("POST", f"/users/{user}/tokens")
        tokens.append(made["token"])
    for token in tokens:
        for path in ("/users/user-0", "/users", "/user", "/users/user-0/server/progress"):
            answer = await hub.read(path, token)
            assert key not in answer
            assert "shell_port" not in answer
        code, shown, said = await _command(hub, token, "kernel-connection", "user-0")
        assert (code, shown) == (1, "")
        assert "admin:server_state" in said or "404" in said or "may not see it" in said
    assert (await hub.call("DELETE", "/users/user-0/server"))[0] == 204


async def _command(
    hub: RunningHub, token: str, *words: str, **environment: str
) -> tuple[int | None, str, str]:
    """Run `python -m forkd_jupyter_spawner`; its exit code and what it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "forkd_jupyter_spawner", *words, f"--hub-url={hub.api_url}"),
        env={**os.environ, **environment, "JUPYTERHUB_API_TOKEN": token},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    shown, said = await process.communicate()
    return process.returncode, shown.decode(), said.decode()


async def execute(connection_file: Path, code: str) -> str:
    """Run a cell over ZMQ, as `jupyter console --existing` does."""
    client = AsyncKernelClient()
    client.load_connection_file(str(connection_file))
    client.start_channels()
    shown: list[str] = []

    def output(message: dict[str, Any]) -> None:
        if message["msg_type"] == "execute_result":
            shown.append(message["content"]["data"]["text/plain"])

    try:
        await client.wait_for_ready(timeout=30)
        await client.execute_interactive(code, output_hook=output, timeout=30)
    finally:
        client.stop_channels()
    return "".join(shown)
