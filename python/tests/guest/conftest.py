"""A hub that knows its users for each test; sandboxes of the parent that all tests share."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from harness import Parent, Sandbox, StubHub

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def hub() -> AsyncIterator[StubHub]:
    stub = StubHub()
    stub.open()
    yield stub
    await stub.close()


@pytest.fixture
async def sandbox(parent: Parent) -> AsyncIterator[Sandbox]:
    (one,) = await parent.fork()
    yield one
    await parent.kill(one)


@pytest.fixture
async def active(sandbox: Sandbox, hub: StubHub) -> Sandbox:
    reply = await sandbox.activate(hub)
    assert reply["error"] is None, reply["error"]
    return sandbox
