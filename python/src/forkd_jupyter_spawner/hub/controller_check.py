"""Whether controllers answer, accept the token and have the snapshots that servers need."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from threading import Thread
from time import monotonic

from ..controller.client import ControllerClient
from ..errors import (
    ControllerFailedError,
    ControllerTimeoutError,
    ControllerUnreachableError,
    ForkdError,
)
from ..facts import Snapshot
from ..start.connections import connections

TRIED_VERSIONS = ("0.5.",)
"""The versions of forkd-controller that were tried, by how they begin."""
OWN_VERSION_END = "-embedded"

TIMEOUT_S = 5.0
"""A hub's start waits for it, once for all controllers."""


@dataclass(frozen=True)
class Controller:
    """A controller, as a spawner would call it, and a snapshot that it must have."""

    url: str
    token: str = field(repr=False)
    ca_file: str
    tag: str | None


def check_controllers(needed: Collection[Controller]) -> tuple[list[str], list[str]]:
    """Return the mistakes and what may pass by itself, one sentence each.

    In a thread with a loop of its own: the hub's loop can't turn while the hub starts. Nobody
    waits for that thread's end, which a name server that doesn't answer could hold up.
    """
    found: Future[tuple[list[str], list[str]]] = Future()

    async def check() -> None:
        try:
            found.set_result(await _check(needed))
        except Exception as error:  # noqa: BLE001 (it is the caller's to handle)
            found.set_exception(error)

    Thread(target=asyncio.run, args=(check(),), name="forkd-check", daemon=True).start()
    return found.result()


async def _check(needed: Collection[Controller]) -> tuple[list[str], list[str]]:
    controllers = sorted({(each.url, each.token, each.ca_file) for each in needed})
    found = await asyncio.gather(*(_examine(*controller, needed) for controller in controllers))
    mistakes = [sentence for mistakes, _ in found for sentence in mistakes]
    return mistakes, [sentence for _, warnings in found for sentence in warnings]


async def _examine(
    url: str, token: str, ca_file: str, needed: Collection[Controller]
) -> tuple[list[str], list[str]]:
    """None takes longer than TIMEOUT_S, and all of them begin at once."""
    tags = {each.tag for each in needed if each.url == url and each.tag is not None}
    began = monotonic()
    try:
        client = ControllerClient(url, connections().session(url, ca_file), TIMEOUT_S, token)
        snapshots = await client.snapshots()
    except (ControllerUnreachableError, ControllerTimeoutError, ControllerFailedError) as error:
        return [], [f"{error}; servers can start when it answers"]
    except ForkdError as error:
        return [f"{error} ({url}){error.hint and f': {error.hint}'}"], []
    known = {snapshot.tag: snapshot for snapshot in snapshots}
    mistakes = [sentence for tag in sorted(tags) if (sentence := _fault(url, tag, known))]
    rest_s = TIMEOUT_S - (monotonic() - began)
    return mistakes, await _untried_version(replace(client, request_timeout_s=rest_s))


async def _untried_version(client: ControllerClient) -> list[str]:
    if client.request_timeout_s <= 0:
        return []
    try:
        version = await client.version()
    except ForkdError:
        return []  # it answers what is needed
    if version.endswith(OWN_VERSION_END) or version.startswith(TRIED_VERSIONS):
        return []
    tried = ", ".join(f"{each}x" for each in TRIED_VERSIONS)
    return [f"the forkd-controller at {client.url} is {version}; {tried} only was tried"]


def _fault(url: str, tag: str, known: dict[str, Snapshot]) -> str:
    snapshot = known.get(tag)
    if snapshot is None:
        there = ", ".join(repr(each) for each in sorted(known)) or "none at all"
        return f"ForkdSpawner.snapshot_tag {tag!r} is unknown: the controller at {url} has {there}"
    if not snapshot.bootable:
        return (
            f"ForkdSpawner.snapshot_tag {tag!r} can't be started: the controller at {url} says "
            f"{snapshot.warning or 'that it is not bootable'}; build it again"
        )
    return ""
