"""A server that the kernel ends for want of memory: its user reads what happened."""

from __future__ import annotations

from pathlib import Path

import pytest
from tornado.httpclient import HTTPClientError

from guest.user_server import ServerAt
from spawner.chromium import chromium, needs_chromium
from spawner.driving import is_stopped, start
from spawner.embedded import IS_BUILT, EmbeddedController, embedded_in
from spawner.hub import RunningHub, needs_proxy

pytestmark = [
    needs_proxy,
    needs_chromium,
    pytest.mark.skipif(not IS_BUILT, reason="forkd-spawner is not built"),
]

LIMIT_MIB = 300

CONFIGURATION = f"""
c.ForkdSpawner.mem_limit = "{LIMIT_MIB}M"
c.ForkdSpawner.poll_interval = 3600
"""
"""Nothing but the user's next request finds the server gone."""

BIG_FILE = "import os; open('big.txt', 'wb').truncate({size}); os.getpid()"


async def _skip_where_limits_are_not_enforced(controller: EmbeddedController) -> None:
    if "not enforced" in await controller.memory_limits():
        pytest.skip("the controller has no cgroup in which it could limit memory")


async def _open_the_file(server: ServerAt) -> None:
    """The server reads it whole, and has no answer any more."""
    with pytest.raises((HTTPClientError, OSError)):
        await server.fetch("GET", "api/contents/big.txt?type=file&format=base64&content=1")


@pytest.mark.parametrize("has_kernel", [True, False])
async def test_its_page_says_that_the_memory_ran_out(tmp_path: Path, *, has_kernel: bool) -> None:
    async with embedded_in(tmp_path) as controller:
        await _skip_where_limits_are_not_enforced(controller)
        hub = RunningHub(tmp_path, controller.url, controller.token, CONFIGURATION)
        await hub.start()
        try:
            await hub.call("POST", "/users", {"usernames": ["alice"]})
            assert await start(hub, "alice") == 201
            server = await hub.server_of("alice")
            kernel_id = await server.start_kernel()
            await server.run(BIG_FILE.format(size=3 * LIMIT_MIB * 2**20), kernel_id)
            if not has_kernel:
                await server.fetch("DELETE", f"api/kernels/{kernel_id}")
            async with chromium(hub, "alice") as page:
                await _open_the_file(server)
                await page.open("/user/alice/lab")
                text = await page.shows("Server not running")
            assert f"Your server ran out of its {LIMIT_MIB} MiB of memory and was ended." in text
            assert "work with less data at a time" in text
            assert await is_stopped(hub, "alice")
        finally:
            await hub.stop()
