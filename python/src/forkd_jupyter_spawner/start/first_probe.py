"""Ends the hub's wait for a server that has died since start() returned it.

The hub then asks the server's URL again and again until `http_timeout` is up (`User._wait_up`),
with no hook for a spawner that knows better. But the wait is a method of the hub's object for
this one server: here it ends with whatever comes first, an answer or the server's death.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from .while_alive import while_alive


def end_with_server(server: Any, death: Callable[[], Awaitable[Exception | None]]) -> None:
    """Have the hub's wait raise what `death` gives, as soon as it gives something.

    `server` is a `jupyterhub.objects.Server`.
    """
    wait_up = server.wait_up

    async def wait_up_while_alive(*args: Any, **kwargs: Any) -> Any:
        return await while_alive(wait_up(*args, **kwargs), death)

    server.wait_up = wait_up_while_alive
