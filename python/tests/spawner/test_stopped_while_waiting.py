"""A person stops a server on the hub's own pages while it starts, and starts it again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import jupyterhub
import pytest

from spawner.chromium import Chromium, chromium, needs_chromium
from spawner.driving import is_stopped, until
from spawner.freezing_controller import FreezingController
from spawner.hub import RunningHub, needs_proxy
from spawner.stand_in import TOKEN

pytestmark = [needs_proxy, needs_chromium]

SHOWS_PROGRESS_AT_ONCE = """
c.JupyterHub.tornado_settings = {"slow_spawn_timeout": 0}
"""

ACTIVATION_OR_DELETION = "POST /v1/sandboxes/[^/]+/eval|DELETE /v1/sandboxes/.*"

SERVER = "stand-in"
"""What a server answers."""


@pytest.fixture
async def frozen() -> AsyncIterator[FreezingController]:
    """A controller that makes sandboxes, and then does nothing more with them."""
    running = FreezingController()
    await running.start()
    running.freeze(ACTIVATION_OR_DELETION)
    yield running
    await running.stop()


@pytest.fixture
async def hub(frozen: FreezingController, tmp_path: Path) -> AsyncIterator[RunningHub]:
    running = RunningHub(tmp_path, frozen.url, TOKEN, SHOWS_PROGRESS_AT_ONCE)
    await running.start()
    yield running
    frozen.thaw()
    await running.stop()


@pytest.fixture
async def page(hub: RunningHub, frozen: FreezingController) -> AsyncIterator[Chromium]:
    """Her browser, which waits for a server that isn't going to come."""
    async with chromium(hub, "alice") as opened:
        await opened.open("/hub/spawn")
        await opened.shows("Your server is starting up.")
        await asyncio.wait_for(frozen.reached(), 60)
        yield opened


async def _click(page: Chromium, selector: str) -> None:
    """Once the page's scripts have taken the element over."""
    await page.act(selector, "click()", when="window._jupyterhub_page_loaded")


async def _starts_again(page: Chromium, hub: RunningHub, frozen: FreezingController) -> None:
    """While the controller is still frozen; once it works, she gets to her server."""
    await until(lambda: is_stopped(hub, "alice"), "the hub has no server any more")
    (old,) = frozen.sandboxes
    await page.act("#start", "click()")
    await page.shows("Your server is starting up.")

    async def is_made() -> bool:
        return len(frozen.sandboxes) == 2

    await until(is_made, "the second start has come as far as the first")
    frozen.thaw()
    await page.shows(SERVER)

    async def is_alone() -> bool:
        return old not in frozen.sandboxes and len(frozen.sandboxes) == 1

    await until(is_alone, "what the first start has made is deleted, and nothing else")
    await page.open("/user/alice/lab")
    await page.shows(SERVER)


@pytest.mark.skipif(
    jupyterhub.version_info < (6,), reason="the page has a button since JupyterHub 6"
)
async def test_the_button_of_the_page_of_progress_stops_a_start(
    page: Chromium, hub: RunningHub, frozen: FreezingController
) -> None:
    await _click(page, "#stop-server-btn")
    text = await page.shows("Launch")
    assert "Redirect loop" not in text
    await _starts_again(page, hub, frozen)


async def test_the_button_of_the_home_page_stops_a_start(
    page: Chromium, hub: RunningHub, frozen: FreezingController
) -> None:
    await page.open("/hub/home")
    await page.shows("Stop My Server")
    await _click(page, "#stop")
    await page.shows("Start My Server")
    await _starts_again(page, hub, frozen)
