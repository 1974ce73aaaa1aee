"""A controller, its client, and spawners that use it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from forkd_jupyter_spawner import ControllerClient, ForkdSpawner
from forkd_jupyter_spawner.connections import connections
from spawner.stand_in import TOKEN, StandInController

HUB = SimpleNamespace(
    public_host="", api_url="http://127.0.0.1:8081/hub/api", base_url="/hub/", server=None
)

API_TOKEN = "hub-api-token-0123456789"

MakeSpawner = Callable[..., ForkdSpawner]


@pytest.fixture
async def controller() -> AsyncIterator[StandInController]:
    """A controller that listens."""
    stand_in = StandInController()
    await stand_in.start()
    yield stand_in
    await stand_in.stop()


@pytest.fixture
async def client(controller: StandInController) -> ControllerClient:
    """A client of that controller."""
    return ControllerClient(controller.url, connections().session(controller.url), 5.0, TOKEN)


@pytest.fixture
async def make_spawner(controller: StandInController, tmp_path: Path) -> MakeSpawner:
    """Make a spawner as the hub does, for a user of the given name."""

    def make(username: str = "alice", **traits: Any) -> ForkdSpawner:
        user = SimpleNamespace(
            name=username, url=f"/user/{username}/", escaped_name=username, settings={}
        )
        settings = {
            "controller_url": controller.url,
            "token": TOKEN,
            "journal_file": str(tmp_path / "journal.jsonl"),
            "create_lock_folder": str(tmp_path),
            "sweep_interval": 0,
            **traits,
        }
        spawner = ForkdSpawner(user=user, hub=HUB, **settings)
        spawner.api_token = API_TOKEN
        return spawner

    return make
