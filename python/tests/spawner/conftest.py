"""A controller, its client, and spawners that use it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jupyterhub import orm
from sqlalchemy.orm import Session

from forkd_jupyter_spawner import ControllerClient, ForkdSpawner
from forkd_jupyter_spawner.start.connections import connections
from guest.harness import Parent
from spawner.guest_controller import GuestController
from spawner.hub import RunningHub
from spawner.stand_in import TOKEN, StandInController

HUB = SimpleNamespace(
    public_host="", api_url="http://127.0.0.1:8081/hub/api", base_url="/hub/", server=None
)


class User(SimpleNamespace):
    """What a spawner needs of the hub's object for a user, which can be a key of a dictionary."""

    __hash__ = object.__hash__


API_TOKEN = "hub-api-token-0123456789"

MakeSpawner = Callable[..., ForkdSpawner]
StartHub = Callable[..., Awaitable[RunningHub]]


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


@pytest.fixture(scope="session")
def database_sessions() -> Callable[[], Session]:
    """An empty database in memory, as a hub's."""
    return orm.new_session_factory("sqlite:///:memory:")


@pytest.fixture
def database(database_sessions: Callable[[], Session]) -> Iterator[Session]:
    """A session of the hub's database, which keeps nothing after a test."""
    session = database_sessions()
    yield session
    session.rollback()
    session.close()


@pytest.fixture
async def make_spawner(
    controller: StandInController, database: Session, tmp_path: Path
) -> MakeSpawner:
    """Make a spawner as the hub does, for a user of the given name."""

    def make(username: str = "alice", **traits: Any) -> ForkdSpawner:
        user = User(name=username, url=f"/user/{username}/", escaped_name=username, settings={})
        settings = {
            "controller_url": controller.url,
            "token": TOKEN,
            "journal_file": str(tmp_path / "journal.jsonl"),
            "create_lock_folder": str(tmp_path),
            "sweep_interval": 0,
            **traits,
        }
        stored = _stored_server(database, username)
        spawner = ForkdSpawner(user=user, hub=HUB, orm_spawner=stored, **settings)
        spawner.api_token = API_TOKEN
        return spawner

    return make


def _stored_server(database: Session, username: str) -> orm.Spawner:
    user = database.query(orm.User).filter_by(name=username).one_or_none()
    if user is None:
        user = orm.User(name=username)
        database.add(user)
    stored = user.orm_spawners.get("") or orm.Spawner(name="", user=user)
    database.add(stored)
    database.flush()
    return stored


@pytest.fixture(scope="session")
async def warm(parent: Parent) -> AsyncIterator[GuestController]:
    """One controller for all tests, whose sandboxes are real."""
    controller = GuestController(parent=parent)
    await controller.start()
    yield controller
    await controller.stop()


@pytest.fixture
async def start_hub(warm: GuestController, tmp_path: Path) -> AsyncIterator[StartHub]:
    """Start a hub over real sandboxes, with these users and more configuration."""
    async with AsyncExitStack() as stack:

        async def start(*users: str, configuration: str = "", **changes: Any) -> RunningHub:
            hub = RunningHub(tmp_path, warm.url, TOKEN, configuration=configuration, **changes)
            stack.push_async_callback(hub.stop)
            await hub.start()
            await hub.call("POST", "/users", {"usernames": users})
            return hub

        yield start
    await warm.delete_all()
