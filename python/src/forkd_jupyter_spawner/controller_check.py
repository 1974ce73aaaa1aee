"""Whether controllers answer, accept the token and have the snapshots that servers need."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from .client import ControllerClient
from .connections import connections
from .errors import (
    ControllerFailedError,
    ControllerTimeoutError,
    ControllerUnreachableError,
    ForkdError,
)
from .facts import Snapshot

TRIED_VERSIONS = ("0.5.",)
"""Of forkd-controller, by how they begin."""
OWN_VERSION_END = "-embedded"

TIMEOUT_S = 5.0
"""A hub's start waits for it."""


@dataclass(frozen=True)
class Controller:
    """A controller, as a spawner would call it, and a snapshot that it must have."""

    url: str
    token: str = field(repr=False)
    ca_file: str
    tag: str | None


def check_controllers(needed: Collection[Controller]) -> tuple[list[str], list[str]]:
    """Return the mistakes and what may pass by itself, one sentence each.

    In a thread with a loop of its own: the hub's loop can't turn while the hub starts.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, _check(needed)).result()


async def _check(needed: Collection[Controller]) -> tuple[list[str], list[str]]:
    mistakes: list[str] = []
    warnings: list[str] = []
    for url, token, ca_file in sorted({(each.url, each.token, each.ca_file) for each in needed}):
        tags = {each.tag for each in needed if each.url == url and each.tag is not None}
        try:
            session = connections().session(url, ca_file)
            client = ControllerClient(url, session, TIMEOUT_S, token)
            snapshots = await client.snapshots()
        except (ControllerUnreachableError, ControllerTimeoutError, ControllerFailedError) as error:
            warnings.append(f"{error}; servers can start when it answers")
        except ForkdError as error:
            mistakes.append(f"{error} ({url}){error.hint and f': {error.hint}'}")
        else:
            known = {snapshot.tag: snapshot for snapshot in snapshots}
            mistakes += [sentence for tag in sorted(tags) if (sentence := _fault(url, tag, known))]
            warnings += await _untried_version(client)
    return mistakes, warnings


async def _untried_version(client: ControllerClient) -> list[str]:
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
