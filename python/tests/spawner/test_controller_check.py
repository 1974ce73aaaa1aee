"""Controllers are looked at together when a hub starts, within one time limit."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from aiohttp import ThreadedResolver, web

from forkd_jupyter_spawner.hub import controller_check
from forkd_jupyter_spawner.hub.controller_check import Controller, check_controllers
from spawner.stand_in import TOKEN, StandInController

SEVERAL = 4


@pytest.fixture
async def controllers() -> AsyncIterator[list[StandInController]]:
    """Several that listen."""
    async with AsyncExitStack() as stack:
        started = [StandInController() for _ in range(SEVERAL)]
        for controller in started:
            await controller.start()
            stack.push_async_callback(controller.stop)
        yield started


async def _check(controllers: list[StandInController]) -> tuple[list[str], list[str]]:
    needed = [Controller(controller.url, TOKEN, "", "jupyter") for controller in controllers]
    # In another thread: the controllers need this one's loop to answer.
    return await asyncio.to_thread(check_controllers, needed)


async def test_all_are_asked_at_once(
    controllers: list[StandInController], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(controller_check, "TIMEOUT_S", 9.0)
    asked: list[str] = []
    all_are_asked = asyncio.Event()

    async def answer_when_all_are_asked(request: web.Request) -> web.Response:
        asked.append(request.host)
        if len(asked) == SEVERAL:
            all_are_asked.set()
        await all_are_asked.wait()
        return web.json_response([{"tag": "jupyter", "bootable": True}])

    for controller in controllers:
        controller.fail("GET /v1/snapshots", answer_when_all_are_asked)
    assert await _check(controllers) == ([], [])


async def test_what_is_asked_second_has_only_the_time_that_is_left(
    controllers: list[StandInController], monkeypatch: pytest.MonkeyPatch
) -> None:
    limits_s: list[float] = []

    class Client(controller_check.ControllerClient):
        async def version(self) -> str:
            limits_s.append(self.request_timeout_s)
            return "0.5.3"

    clock = iter([0.0, 4.0, 10.0, 15.0])
    monkeypatch.setattr(controller_check, "ControllerClient", Client)
    monkeypatch.setattr(controller_check, "monotonic", lambda: next(clock))
    assert await _check(controllers[:1]) == ([], [])
    assert limits_s == [1.0]
    assert await _check(controllers[:1]) == ([], [])
    assert limits_s == [1.0], "no time is left"


@pytest.fixture
def silent_name_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Looks names up until the test ends."""
    end = threading.Event()

    def look_up(*_: Any, **__: Any) -> Any:
        end.wait()
        raise OSError

    # With aiodns installed, no thread looks names up.
    monkeypatch.setattr("aiohttp.connector.DefaultResolver", ThreadedResolver)
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    yield
    end.set()


@pytest.mark.usefixtures("silent_name_server")
async def test_a_name_server_that_does_not_answer_holds_nobody_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(controller_check, "TIMEOUT_S", 0.1)
    needed = [Controller("http://controller.example", TOKEN, "", None)]
    checked = asyncio.to_thread(check_controllers, needed)
    mistakes, (warning,) = await asyncio.wait_for(checked, 20)
    assert mistakes == []
    assert "did not answer" in warning
