"""One warm parent for all tests that fork real guests, since it takes long to warm."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from guest.harness import Parent


@pytest.fixture(scope="session")
async def parent(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Parent]:
    one = Parent(tmp_path_factory.mktemp("parent"))
    ready = await one.open()
    assert ready["event"] == "ready", ready
    yield one
    await one.close()
