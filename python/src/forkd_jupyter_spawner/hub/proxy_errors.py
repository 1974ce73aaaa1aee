"""Looks after a server as soon as the proxy can't reach it.

configurable-http-proxy asks the hub for the page to show then. The hub would learn of the server's
death at its next poll, up to 30 s later, and its users see a bare 503 until then.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any
from urllib.parse import unquote, urlsplit
from weakref import WeakKeyDictionary

from jupyterhub.handlers.pages import ProxyErrorHandler

from ..background import run_in_background

LOOK_AT_MOST_EVERY_S = 1.0
"""Anybody may ask for an error page, and each look costs the controller two requests."""

LONGEST_LOOK_S = 5.0
"""The proxy's client waits meanwhile."""

AGAIN = """<!DOCTYPE html>
<meta charset="utf-8">
<meta http-equiv="refresh" content="0">
<title>Your server has ended</title>
<p>Your server has ended. This page is loaded again to say why.</p>
"""
"""The server's address leads to the hub by now."""

_looked_at: WeakKeyDictionary[Any, float] = WeakKeyDictionary()


class LookingErrorHandler(ProxyErrorHandler):
    """The hub's page for what the proxy can't reach; polls the server that it was."""

    async def get(self, status_code_s: str) -> None:
        """Called by the proxy, with the address that a user has asked for."""
        spawner = self._running_server(self.get_argument("url", ""))
        if spawner is not None and await _has_ended(spawner):
            self.set_header("Content-Type", "text/html; charset=utf-8")
            self.write(AGAIN)
            return
        await super().get(status_code_s)

    def _running_server(self, url: str) -> Any:
        """The spawner that the address leads to, if its server runs as far as the hub knows."""
        path = urlsplit(url).path
        if not path.startswith(f"{self.base_url}user/"):
            return None
        name, _, rest = path.removeprefix(f"{self.base_url}user/").partition("/")
        user = self.find_user(unquote(name))
        if user is None:
            return None
        server = unquote(rest.partition("/")[0])
        spawner = user.spawners.get(server if self.allow_named_servers else "")
        spawner = spawner or user.spawners.get("")
        return spawner if spawner is not None and spawner.ready else None


async def _has_ended(spawner: Any) -> bool:
    """As the hub itself looks, and with all that follows where it has."""
    now = time.monotonic()
    if now - _looked_at.get(spawner, -LOOK_AT_MOST_EVERY_S) < LOOK_AT_MOST_EVERY_S:
        return False
    _looked_at[spawner] = now
    what = f"to look after {spawner._log_name}"  # noqa: SLF001 (the hub's own)
    look = run_in_background(spawner.poll_and_notify(), what, spawner.log)
    done, _ = await asyncio.wait([look], timeout=LONGEST_LOOK_S)
    return bool(done) and look.result() is not None


def look_when_the_proxy_fails(app: Any) -> None:
    """Have a hub that is about to make its handlers use ours."""

    def replace(change: Any) -> None:
        handlers = change["new"]
        for index, (pattern, handler, *rest) in enumerate(handlers):
            if handler is ProxyErrorHandler:
                handlers[index] = (pattern, LookingErrorHandler, *rest)

    app.observe(replace, names="handlers")
