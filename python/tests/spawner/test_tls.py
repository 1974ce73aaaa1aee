"""A controller behind TLS is trusted by the authority that the operator names, and no other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tornado.web import HTTPError

from spawner.conftest import MakeSpawner
from spawner.stand_in import StandInController
from spawner.tls_front import TlsFront, tls_front


@pytest.fixture
async def front(controller: StandInController, tmp_path: Path) -> AsyncIterator[TlsFront]:
    """The controller's TLS endpoint."""
    async with tls_front(controller.url, tmp_path / "certificates") as listening:
        yield listening


async def test_a_server_lives_with_a_controller_behind_tls(
    make_spawner: MakeSpawner, controller: StandInController, front: TlsFront
) -> None:
    spawner = make_spawner(controller_url=front.url, ca_file=front.ca_file)
    await spawner.start()
    assert spawner.get_state()["controller_url"] == front.url
    assert await spawner.poll() is None
    await spawner.stop()
    assert controller.creates == [1]
    assert controller.sandboxes == {}


async def test_an_endpoint_that_nobody_vouches_for_gets_no_token(
    make_spawner: MakeSpawner, controller: StandInController, front: TlsFront
) -> None:
    with pytest.raises(HTTPError, match=r"cannot be reached: .*certificate verify failed"):
        await make_spawner(controller_url=front.url).start()
    assert controller.requests == []


async def test_a_file_without_certificates_is_named(
    make_spawner: MakeSpawner, front: TlsFront, tmp_path: Path
) -> None:
    path = tmp_path / "empty.pem"
    path.write_text("")
    with pytest.raises(HTTPError, match=f"ca_file = '{path}' holds no certificates in PEM format"):
        await make_spawner(controller_url=front.url, ca_file=str(path)).start()
