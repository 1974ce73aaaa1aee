"""What the tests' browser says of a page that may be left at any moment."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from spawner.chromium import Chromium, chromium, needs_chromium
from spawner.hub import RunningHub, needs_proxy
from spawner.stand_in import TOKEN, StandInController

pytestmark = [needs_proxy, needs_chromium]

GONE_ONCE_READ = """
Object.defineProperty(document.body, 'innerText', {configurable: true, get() {
    delete document.body.innerText;
    document.body.replaceChildren();
    return 'Here it was.';
}})
"""
"""A page that is left right after its text was read."""

COMES_LATER = """
window.clicks = 0;
document.body.replaceChildren();
let looks = 0;
document.querySelector = function () {
    looks += 1;
    return looks < 3 ? null : {click() { window.clicks += 1; }};
}
"""
"""A page that has an element at the third look only."""


@pytest.fixture
async def page(controller: StandInController, tmp_path: Path) -> AsyncIterator[Chromium]:
    hub = RunningHub(tmp_path, controller.url, TOKEN)
    await hub.start()
    await hub.call("POST", "/users", {"usernames": ["alice"]})
    async with chromium(hub, "alice") as opened:
        yield opened
    await hub.stop()


async def test_the_text_in_which_something_was_found_is_the_text_that_is_returned(
    page: Chromium,
) -> None:
    await page.evaluate(GONE_ONCE_READ)
    assert await page.shows("it was") == "Here it was."


async def test_an_element_that_comes_later_is_waited_for_and_clicked_once(page: Chromium) -> None:
    await page.evaluate(COMES_LATER)
    await page.act("#start", "click()")
    assert await page.evaluate("window.clicks") == 1
