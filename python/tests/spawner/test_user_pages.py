"""What a person sees in a browser when a server did not start, or has ended."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from spawner.browser import browser
from spawner.chromium import Chromium, chromium, needs_chromium
from spawner.driving import is_stopped, logged, start, until
from spawner.hub import RunningHub, configuration_of, needs_proxy
from spawner.stand_in import TOKEN, StandInController

pytestmark = [needs_proxy, needs_chromium]

HOSTILE = "<script>document.title = 'taken'</script> <img src=x onerror=\"document.title='taken'\">"
LAST_LINES = f"Traceback (most recent call last):\n    first()\n  second\n{HOSTILE}"
END = "MemoryError: the very last line"

SLOW = """
c.JupyterHub.tornado_settings = {"slow_spawn_timeout": 0}
c.ForkdSpawner.poll_interval = 3600
"""
"""The hub shows its page of progress at once, and looks after servers by itself next hour."""


@pytest.fixture
async def hub(
    request: pytest.FixtureRequest, controller: StandInController, tmp_path: Path
) -> AsyncIterator[RunningHub]:
    """A hub with one user."""
    running = RunningHub(tmp_path, controller.url, TOKEN, SLOW + configuration_of(request))
    await running.start()
    await running.call("POST", "/users", {"usernames": ["alice"]})
    yield running
    await running.stop()


@pytest.fixture
async def page(hub: RunningHub) -> AsyncIterator[Chromium]:
    """Her browser."""
    async with chromium(hub, "alice") as opened:
        yield opened


async def _fails_while_she_looks(page: Chromium, controller: StandInController) -> str:
    """What she reads once her start has failed."""
    controller.activation_gate.clear()
    await page.open("/hub/spawn")
    await page.shows("Your server is starting up.")
    controller.activation_gate.set()
    return await page.shows("Relaunch")


async def test_a_start_that_fails_ends_the_page_of_progress_with_the_cause_first(
    page: Chromium, hub: RunningHub, controller: StandInController
) -> None:
    controller.log = f"{LAST_LINES}\n{END}"
    controller.activation_error = "NameError: name 'activate' is not defined"
    text = await _fails_while_she_looks(page, controller)
    assert "Your server could not be prepared.\n" in text
    assert "Try again. If it fails again, tell the administrator" in text
    assert "starting up" not in text
    assert "redirected" not in text
    assert "Stop Server" not in text
    assert text.index("could not be prepared") < text.index("Traceback") < text.index(END)
    assert f"    first()\n  second\n{HOSTILE}\n{END}" in text
    await page.has("document.title === 'JupyterHub'")
    alignment = "getComputedStyle(document.querySelector('.forkd-told pre')).textAlign"
    await page.has(f"['left', 'start'].includes({alignment})")
    assert "NameError" not in text
    assert "name 'activate' is not defined" in hub.log
    controller.activation_error = None
    await page.act("#start", "click()")
    await page.shows("stand-in")


BROKEN_HOOK = """
def broken(spawner, sandbox):
    raise ValueError("the database at db.internal is down")
c.ForkdSpawner.after_created_hook = broken
"""


@pytest.mark.configuration(BROKEN_HOOK)
async def test_a_hook_that_raises_is_the_operators_business(
    page: Chromium, hub: RunningHub
) -> None:
    await page.open("/hub/spawn")
    text = await page.shows("This hub is not set up")
    assert "tell the administrator of this hub" in text
    for word in ("ForkdSpawner", "after_created_hook", "ValueError", "db.internal", "forkd"):
        assert word not in text
    assert "For the administrator: configuration" in text
    assert "c.ForkdSpawner.after_created_hook (broken) raised ValueError" in hub.log
    events = [event async for event in hub.progress("alice")]
    assert "ForkdSpawner" not in events[-1]["message"]


async def test_a_server_that_dies_at_once_shows_its_last_lines_in_a_block(
    page: Chromium, controller: StandInController
) -> None:
    controller.log = f"{LAST_LINES}\n{END}"
    controller.dies_at_once = True
    await page.open("/hub/spawn")
    text = await page.shows("Your server ended right after it had started.")
    assert f"    first()\n  second\n{HOSTILE}\n{END}" in text
    await page.has("document.title === 'JupyterHub'")


@pytest.mark.configuration('c.ForkdSpawner.mem_limit = "512M"')
async def test_who_comes_back_to_a_server_that_ran_out_of_memory_is_told_so(
    page: Chromium, hub: RunningHub, controller: StandInController
) -> None:
    controller.log = END
    assert await start(hub, "alice") == 201
    await page.open("/user/alice/lab")
    await page.shows("stand-in")
    await _run_out_of_memory(controller)
    await page.open("/user/alice/lab")
    text = await page.shows("Server not running")
    assert "Your server ran out of its 512 MiB of memory and was ended." in text
    assert "work with less data" in text
    assert END in text
    assert await is_stopped(hub, "alice")
    for path in ("/hub/home", "/user/alice/tree"):
        await page.open(path)
        await page.shows("Your server ran out of its 512 MiB of memory")
    await start(hub, "alice")
    await page.open("/hub/home")
    assert "ran out of" not in await page.shows("Stop My Server")


async def _run_out_of_memory(controller: StandInController) -> None:
    (sandbox,) = controller.sandboxes.values()
    sandbox.server_exit = {"exit_code": None, "signal": 9, "out_of_memory": True}
    await sandbox.end()


async def test_the_proxys_error_page_finds_a_dead_server_and_leaves_a_live_one(
    hub: RunningHub, controller: StandInController
) -> None:
    assert await start(hub, "alice") == 201
    (sandbox,) = controller.sandboxes.values()
    await sandbox.end()
    async with browser(hub, "alice") as user:
        status, text = await user.get("/user/alice/lab")
        assert (status, "appears to be down" in text) == (503, True)
        assert not await is_stopped(hub, "alice")
        sandbox.server_exit = {"exit_code": 1, "signal": None}

        async def is_found() -> bool:
            status, _ = await user.get("/user/alice/lab")
            return status == 424

        await until(is_found, "the hub looks again and finds it dead")
        _, text = await user.get("/user/alice/lab")
        assert "Your server has ended by itself." in text
        status, text = await user.get("/user/alice/api/kernels")
        assert (status, "no longer running" in text) == (424, True)
    await logged(hub, "has stopped (1)")


@pytest.mark.configuration("c.JupyterHub.allow_named_servers = True")
async def test_a_named_server_that_ended_is_found_and_told_by_its_name(
    hub: RunningHub, controller: StandInController
) -> None:
    assert (await hub.call("POST", "/users/alice/servers/big"))[0] in {201, 202}
    await until(lambda: _answers(hub, "big"), "the server answers")
    await _run_out_of_memory(controller)
    async with browser(hub, "alice") as user:
        status, _ = await user.get("/user/alice/big/lab")
        assert status == 503
        status, text = await user.get("/user/alice/big/lab")
        assert (status, "ran out of its memory and was ended" in text) == (424, True)
        _, text = await user.get("/hub/home")
        assert "About the server big:" in text


async def _answers(hub: RunningHub, server: str) -> bool:
    _, model = await hub.call("GET", "/users/alice")
    return model["servers"].get(server, {}).get("ready") is True


async def test_nobody_else_reads_why_a_server_has_ended(
    hub: RunningHub, controller: StandInController
) -> None:
    controller.log = END
    await start(hub, "alice")
    await _run_out_of_memory(controller)
    async with browser(hub, "mallory") as other:
        for path in ("/user/alice/lab", "/hub/error/503?url=/user/alice/lab", "/hub/home"):
            _, text = await other.get(path)
            assert "memory" not in text
            assert END not in text


async def test_the_form_shows_a_failure_as_a_block_too(
    hub: RunningHub, controller: StandInController, page: Chromium
) -> None:
    await hub.stop()
    controller.tags.add("other")
    hub.configuration += 'c.ForkdSpawner.allowed_snapshots = ["jupyter", "other"]\n'
    await hub.start()
    controller.log = f"{LAST_LINES}\n{END}"
    controller.dies_at_once = True
    await page.open("/hub/spawn")
    await page.shows("Snapshot")
    await page.act("#spawn_form", "requestSubmit()")
    text = await page.shows("Your server ended right after it had started.")
    assert f"    first()\n  second\n{HOSTILE}\n{END}" in text
    await page.has("document.title === 'JupyterHub'")


async def test_an_operators_own_page_stays_as_it_is(hub: RunningHub, page: Chromium) -> None:
    await hub.stop()
    pages = hub.folder / "pages"
    pages.mkdir()
    (pages / "not_running.html").write_text("<body>our own page, {{ user.name }}</body>")
    hub.configuration += f"c.JupyterHub.template_paths = [{str(pages)!r}]\n"
    await hub.start()
    await page.open("/user/alice/lab")
    await page.shows("our own page, alice")
