"""A real browser, which runs the pages' scripts: chromium, told what to do by its own protocol."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from spawner.driving import until
from spawner.hub import DEADLINE_S, RunningHub

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)

needs_chromium = pytest.mark.skipif(PROGRAM is None, reason="chromium is not installed")

LOG_IN = """
document.querySelector("[name=username]").value = {user};
document.querySelector("[name=password]").value = "x";
document.querySelector("[name=password]").form.submit();
"""


@dataclass
class Chromium:
    """One page of it, with a user who has logged in at a hub."""

    hub: RunningHub
    page: aiohttp.ClientWebSocketResponse
    _numbers: count[int] = field(default_factory=count)

    async def _call(self, method: str, **params: Any) -> Any:
        number = next(self._numbers)
        await self.page.send_json({"id": number, "method": method, "params": params})
        async with asyncio.timeout(DEADLINE_S):
            while True:
                answer = json.loads((await self.page.receive()).data)
                if answer.get("id") == number:
                    return answer

    async def open(self, path: str) -> None:
        await self._call("Page.navigate", url=f"http://127.0.0.1:{self.hub.ports[0]}{path}")

    async def evaluate(self, expression: str) -> Any:
        """The value of an expression; None also where the page is just being left."""
        answer = await self._call("Runtime.evaluate", expression=expression, returnByValue=True)
        # An error is the answer where the page went away before it could be asked.
        return answer.get("result", {}).get("result", {}).get("value")

    async def has(self, expression: str) -> None:
        """Wait until an expression is true, on whatever page is there by then."""

        async def is_true() -> bool:
            return await self.evaluate(expression) is True

        await until(is_true, f"the page has {expression}")

    async def act(self, selector: str, action: str, when: str = "true") -> None:
        """Do something with an element once, as soon as the page has it and `when` is true."""
        found = f"document.querySelector({json.dumps(selector)})"
        # In one step: between a look and an action the page could be left.
        await self.has(f"(it => it !== null && !!({when}) && (it.{action}, true))({found})")

    async def text(self) -> str:
        """What a person reads."""
        return await self.evaluate("document.body ? document.body.innerText : ''") or ""

    async def shows(self, text: str) -> str:
        """Wait until the page has a text; return all that it was found in."""
        read = ""

        async def does() -> bool:
            nonlocal read
            read = await self.text()
            return text in read

        try:
            await until(does, f"the page shows {text!r}")
        except AssertionError as error:
            raise AssertionError(f"{error}:\n{read}") from None
        # To read it again could find another page, or none: it may be left at any moment.
        return read

    async def log_in(self, user: str) -> None:
        await self.open("/hub/login?next=/hub/home")
        await self.shows("Username")
        await self.evaluate(LOG_IN.format(user=json.dumps(user)))
        await self.shows("Logout")


@asynccontextmanager
async def chromium(hub: RunningHub, user: str) -> AsyncIterator[Chromium]:
    """Open a page in which the user has logged in."""
    assert PROGRAM is not None
    folder = hub.folder / "chromium"
    process = await asyncio.create_subprocess_exec(
        *(PROGRAM, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
        *("--remote-debugging-port=0", f"--user-data-dir={folder}", "about:blank"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        async with aiohttp.ClientSession() as session:
            url = await _first_page(session, folder)
            async with session.ws_connect(url, max_msg_size=0) as page:
                opened = Chromium(hub, page)
                await opened.log_in(user)
                yield opened
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _first_page(session: aiohttp.ClientSession, folder: Path) -> str:
    file = folder / "DevToolsActivePort"

    async def is_up() -> bool:
        return file.exists() and len(file.read_text().splitlines()) > 1

    await until(is_up, "chromium is up")
    port = file.read_text().splitlines()[0]
    async with session.get(f"http://127.0.0.1:{port}/json/list") as response:
        targets = await response.json()
    return next(each["webSocketDebuggerUrl"] for each in targets if each["type"] == "page")
