"""A user's browser without JavaScript, logged in at a hub."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from spawner.hub import DEADLINE_S, RunningHub
from spawner.page_form import PageForm


@dataclass
class Browser:
    """Loads pages and sends forms."""

    session: aiohttp.ClientSession

    async def get(self, path: str) -> tuple[int, str]:
        async with self.session.get(path) as response:
            return response.status, await response.text()

    async def send(self, path: str, values: Mapping[str, str]) -> tuple[int, str]:
        query = {"_xsrf": self._xsrf}
        async with self.session.post(path, data=values, params=query) as response:
            return response.status, await response.text()

    async def delete(self, path: str) -> int:
        """As the script behind a page's button does."""
        headers = {"X-XSRFToken": self._xsrf}
        async with self.session.delete(path, headers=headers) as response:
            return response.status

    @property
    def _xsrf(self) -> str:
        jar = self.session.cookie_jar.filter_cookies(self.session._base_url / "hub/")
        return jar["_xsrf"].value


@asynccontextmanager
async def browser(hub: RunningHub, user: str) -> AsyncIterator[Browser]:
    """Log in as the user (with the dummy authenticator)."""
    async with aiohttp.ClientSession(
        base_url=f"http://127.0.0.1:{hub.ports[0]}",
        cookie_jar=aiohttp.CookieJar(unsafe=True),
        timeout=aiohttp.ClientTimeout(total=DEADLINE_S),
    ) as session:
        opened = Browser(session)
        _, page = await opened.get("/hub/login")
        values = PageForm(page).values
        _, page = await opened.send(
            "/hub/login?next=/hub/home", {**values, "username": user, "password": "x"}
        )
        assert "Logout" in page
        yield opened
