"""Starts and stops servers as a client of the hub's API does, and waits until the hub is sure."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import psutil

from spawner.hub import RunningHub

DEADLINE_S = 60.0


async def until(condition: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait for a condition; `what` says which."""
    deadline = time.monotonic() + DEADLINE_S
    while not await condition():
        assert time.monotonic() < deadline, f"not within {DEADLINE_S:g} s: {what}"
        await asyncio.sleep(0.05)


async def server(hub: RunningHub, user: str) -> dict[str, Any]:
    """The hub's model of a server; empty where there is none."""
    _, model = await hub.call("GET", f"/users/{user}")
    return model["servers"].get("", {})


async def state(hub: RunningHub, user: str) -> dict[str, Any]:
    """What the spawner has stored."""
    return (await server(hub, user))["state"]


async def is_ready(hub: RunningHub, user: str) -> bool:
    return (await server(hub, user)).get("ready") is True


async def is_stopped(hub: RunningHub, user: str) -> bool:
    return not await server(hub, user)


async def all_stopped(hub: RunningHub, users: Sequence[str]) -> bool:
    return all([await is_stopped(hub, user) for user in users])


async def start(hub: RunningHub, user: str) -> int:
    """The status of the start, in the end: 201, or what the hub gave as a failure."""
    status, _ = await hub.call("POST", f"/users/{user}/server")
    if status != 202:
        return status
    await _until_settled(hub, user)
    return 201 if await is_ready(hub, user) else 500


async def stop(hub: RunningHub, user: str) -> int:
    """The status of the stop, in the end."""
    status, _ = await hub.call("DELETE", f"/users/{user}/server")
    if status != 202:
        return status
    await _until_settled(hub, user)
    return 204 if await is_stopped(hub, user) else 500


async def start_all(hub: RunningHub, users: Sequence[str]) -> list[int]:
    """At once."""
    return list(await asyncio.gather(*(start(hub, user) for user in users)))


async def stop_all(hub: RunningHub, users: Sequence[str]) -> list[int]:
    """At once."""
    return list(await asyncio.gather(*(stop(hub, user) for user in users)))


async def _until_settled(hub: RunningHub, user: str) -> None:
    async def is_settled() -> bool:
        return not (await server(hub, user)).get("pending")

    await until(is_settled, f"the server of {user} is no longer pending")


async def logged(hub: RunningHub, text: str, times: int = 1) -> None:
    """Wait until the hub's log has a text."""

    async def has_it() -> bool:
        return hub.log.count(text) >= times

    await until(has_it, f"the hub's log has {text!r}")


def process_at(host: str, port: int) -> psutil.Process:
    """Who listens there."""
    (pid,) = {
        each.pid
        for each in psutil.net_connections("tcp")
        if each.laddr == (host, port) and each.status == psutil.CONN_LISTEN
    }
    return psutil.Process(pid)
