"""Ends the hub's wait for a server that has died since start() returned it.

The hub then asks the server's URL again and again until `http_timeout` is up (`User._wait_up`),
with no hook for a spawner that knows better. But the wait is a method of the hub's object for
this one server: here it ends with whatever comes first, an answer or the server's death.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

LOOK_EVERY_S = 1.0
"""The first probe of a server that lives is answered in milliseconds: mostly nobody looks."""


def end_with_server(server: Any, death: Callable[[], Awaitable[Exception | None]]) -> None:
    """Have the hub's wait raise what `death` gives, as soon as it gives something.

    `server` is a `jupyterhub.objects.Server`.
    """
    wait_up = server.wait_up

    async def wait_up_while_alive(*args: Any, **kwargs: Any) -> Any:
        probe = asyncio.ensure_future(wait_up(*args, **kwargs))
        watch = asyncio.create_task(_first(death))
        try:
            await asyncio.wait({probe, watch}, return_when=asyncio.FIRST_COMPLETED)
            if not probe.done():
                raise watch.result()
            return probe.result()
        finally:
            probe.cancel()
            watch.cancel()

    server.wait_up = wait_up_while_alive


async def _first(death: Callable[[], Awaitable[Exception | None]]) -> Exception:
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        if (error := await death()) is not None:
            return error
