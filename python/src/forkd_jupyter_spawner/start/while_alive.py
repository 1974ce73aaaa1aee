"""Waits for something no longer than whoever is to do it lives."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

Result = TypeVar("Result")

LOOK_EVERY_S = 1.0
"""What lives answers mostly within milliseconds: then nobody looks."""


async def while_alive(
    awaited: Awaitable[Result], death: Callable[[], Awaitable[Exception | None]]
) -> Result:
    """What is awaited, or raise what `death` gives as soon as it gives something."""
    action = asyncio.ensure_future(awaited)
    watch = asyncio.create_task(_first(death))
    try:
        await asyncio.wait({action, watch}, return_when=asyncio.FIRST_COMPLETED)
        if not action.done():
            raise watch.result()
        return action.result()
    finally:
        action.cancel()
        watch.cancel()


async def _first(death: Callable[[], Awaitable[Exception | None]]) -> Exception:
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        if (error := await death()) is not None:
            return error


def end_with_server(server: Any, death: Callable[[], Awaitable[Exception | None]]) -> None:
    """Have the hub's wait raise what `death` gives, as soon as it gives something.

    After start() the hub asks the server's URL again and again until `http_timeout` is up
    (`User._wait_up`), with no hook for a spawner that knows better. But the wait is a method of
    the hub's object for this one server.

    `server` is a `jupyterhub.objects.Server`.
    """
    wait_up = server.wait_up

    async def wait_up_while_alive(*args: Any, **kwargs: Any) -> Any:
        return await while_alive(wait_up(*args, **kwargs), death)

    server.wait_up = wait_up_while_alive
