"""A person's JupyterLab is open when her server ends."""

from __future__ import annotations

import json
import os
import signal

from spawner.chromium import chromium, needs_chromium
from spawner.conftest import StartHub
from spawner.driving import is_stopped
from spawner.guest_controller import GuestController, GuestSandbox
from spawner.hub import needs_proxy

pytestmark = [needs_proxy, needs_chromium]

RARE_POLLS = "c.ForkdSpawner.poll_interval = 3600\n"


async def test_jupyterlab_says_that_its_server_has_ended_and_the_hub_says_why(
    start_hub: StartHub, warm: GuestController
) -> None:
    hub = await start_hub("alice", configuration=RARE_POLLS)
    async with chromium(hub, "alice") as page:
        await page.open("/hub/spawn")
        await page.shows("Launcher")
        (sandbox,) = warm.sandboxes.values()
        os.kill(_pid_of_server(sandbox), signal.SIGKILL)
        await page.shows("is not running. Would you like to restart it?")
        assert await is_stopped(hub, "alice")
        await page.open("/user/alice/lab")
        text = await page.shows("Server not running")
        assert "Your server has ended by itself." in text
        assert "ServerApp]" in text


def _pid_of_server(sandbox: object) -> int:
    assert isinstance(sandbox, GuestSandbox)
    results = [json.loads(reply["result"]) for reply in sandbox.replies if reply["result"]]
    return next(each["server"]["pid"] for each in results if "server" in each)
