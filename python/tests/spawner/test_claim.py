"""A sandbox is somebody's from the moment that a start has it, whoever else looks."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from spawner.conftest import MakeSpawner
from spawner.driving import DEADLINE_S, start, stop, until
from spawner.embedded import IS_BUILT, EmbeddedController, embedded_in
from spawner.hub import RunningHub
from spawner.stand_in import StandInController
from spawner.unreliable_proxy import UnreliableProxy


async def _no_hook(*_: object) -> None:
    pass


def _asked(controller: StandInController) -> list[str]:
    return [
        body["code"].partition("(")[0] for _, path, body in controller.requests if "eval" in path
    ]


async def test_a_start_without_a_hook_asks_nothing_more_and_one_with_it_one_thing(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    await make_spawner("alice").start()
    assert _asked(controller) == ["activate"]
    await make_spawner("bob", after_created_hook=_no_hook).start()
    assert _asked(controller)[1:] == ["claim", "activate"]
    activated = controller.sandboxes["sb-2"]
    assert activated.request is not None
    assert activated.claimed_by == activated.request["environment"]["FORKD_ACTIVATION_NONCE"]


async def test_a_guest_of_an_older_release_is_started_all_the_same(
    make_spawner: MakeSpawner, controller: StandInController, caplog: pytest.LogCaptureFixture
) -> None:
    controller.guest_is_older = True
    spawner = make_spawner(after_created_hook=_no_hook)
    spawner.log.propagate = True
    with caplog.at_level(logging.WARNING):
        await spawner.start()
    assert "Sandbox sb-1 cannot be claimed while c.ForkdSpawner.after_created_hook runs" in (
        caplog.text
    )
    assert "build the snapshot again" in caplog.text


@dataclass
class LosesCreates(UnreliableProxy):
    """Answers a create when a test says so, with a failure, and has never sent it on."""

    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    fails: asyncio.Event = field(default_factory=asyncio.Event)

    async def _forward(self, request: web.Request) -> web.Response:
        if (request.method, request.path) != ("POST", "/v1/sandboxes"):
            return await super()._forward(request)
        self.arrived.set()
        await self.fails.wait()
        return web.Response(status=502)


@pytest.fixture
async def controller_process(tmp_path: Path) -> AsyncIterator[EmbeddedController]:
    async with embedded_in(tmp_path) as running:
        yield running


IMPATIENT = """
c.ForkdSpawner.request_timeout = 1
c.ForkdSpawner.sweep_interval = 0.2
"""

HOOKED = """
import asyncio
from pathlib import Path

async def wait_for_file(spawner, sandbox):
    while not Path("{file}").exists():
        await asyncio.sleep(0.05)

c.ForkdSpawner.after_created_hook = wait_for_file
"""


def _hub(folder: Path, url: str, token: str, configuration: str) -> RunningHub:
    folder.mkdir()
    return RunningHub(folder, url, token, configuration)


def _answered_creates(journal: Path) -> int:
    lines = journal.read_text().splitlines()
    return sum(json.loads(line)["event"] == "answered" for line in lines if line)


@pytest.mark.skipif(not IS_BUILT, reason="not built: run `npm ci` first")
async def test_a_hub_that_has_lost_an_answer_spares_what_anothers_hook_keeps_waiting(
    controller_process: EmbeddedController, tmp_path: Path
) -> None:
    proxy = LosesCreates(controller_process.url)
    await proxy.start()
    file = tmp_path / "go-on"
    token = controller_process.token
    impatient = _hub(tmp_path / "impatient", proxy.url, token, IMPATIENT)
    hooked = _hub(tmp_path / "hooked", controller_process.url, token, HOOKED.format(file=file))
    for hub in (impatient, hooked):
        await hub.start()
        await hub.call("POST", "/users", {"usernames": ["user"]})
    try:
        lost = asyncio.create_task(start(impatient, "user"))
        await asyncio.wait_for(proxy.arrived.wait(), DEADLINE_S)
        kept_waiting = asyncio.create_task(start(hooked, "user"))

        async def is_there() -> bool:
            return len(await controller_process.sandbox_ids()) == 1

        await until(is_there, "the other hub has a sandbox")
        proxy.fails.set()
        assert await lost >= 500

        async def is_settled() -> bool:
            return _answered_creates(impatient.folder / "forkd-journal.jsonl") == 1

        await until(is_settled, "the impatient hub knows what became of its request")
        file.touch()
        assert await kept_waiting == 201, hooked.log
        assert await stop(hooked, "user") == 204
    finally:
        for hub in (impatient, hooked):
            await hub.stop()
        await proxy.stop()
