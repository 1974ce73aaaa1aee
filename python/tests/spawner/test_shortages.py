"""What the machine has run out of is named in one sentence, with what gives it more of it."""

from __future__ import annotations

import asyncio
import errno
import os

import aiohttp
import pytest

from forkd_jupyter_spawner.controller.client import ControllerClient
from forkd_jupyter_spawner.controller.shortages import shortage_in, shortage_of
from forkd_jupyter_spawner.errors import ControllerUnreachableError, HubOutOfReachError
from forkd_jupyter_spawner.telling.failures import spawn_failure

OUT_OF_PORTS = [
    '  File "aiohttp/connector.py", line 1345, in _wrap_create_connection',
    "    raise client_error(req.connection_key, exc) from exc",
    "aiohttp.ClientConnectorError: Cannot connect to host :8081 [Cannot assign requested address]",
]


def test_a_server_without_a_port_to_reach_the_hub_says_so_without_its_traceback() -> None:
    error = HubOutOfReachError("the hub's API could not be reached", tuple(OUT_OF_PORTS))
    failure = spawn_failure(error)
    sentence = (
        "The server could not be started: the hub's API could not be reached: "
        "the machine has no local port left for another connection (EADDRNOTAVAIL)"
    )
    assert failure.jupyterhub_message == sentence
    assert "aiohttp" not in failure.jupyterhub_html_message
    assert "Hint (hub-out-of-reach): widen `sysctl net.ipv4.ip_local_port_range`" in str(failure)


@pytest.mark.parametrize(
    "number", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.ENOSPC]
)
def test_what_the_system_has_no_more_of_is_known_by_number_and_by_its_words(number: int) -> None:
    error = OSError(number, os.strerror(number))
    shortage = shortage_of(error)
    assert shortage is not None
    assert f"({errno.errorcode[number]})" in shortage.sentence
    assert shortage_in(["Traceback (most recent call last):", f"OSError: {error}"]) == shortage
    wrapped = aiohttp.ClientError("cannot connect")
    wrapped.__cause__ = error
    assert shortage_of(wrapped) == shortage


def test_an_address_of_another_machine_is_no_want_of_ports() -> None:
    assert shortage_in(["OSError: [Errno 99] Cannot assign requested address: bind"]) is None


async def test_a_hub_without_free_files_does_not_blame_the_controller(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def no_file(*_: object, **__: object) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", no_file)
    monkeypatch.setattr("aiohappyeyeballs.start_connection", no_file)
    async with aiohttp.ClientSession() as session:
        client = ControllerClient("http://127.0.0.1:1", session)
        with pytest.raises(
            ControllerUnreachableError, match=r"no more files.*\(EMFILE\)$"
        ) as caught:
            await client.version()
    assert caught.value.hint.startswith("raise the limit with `ulimit -n`")
