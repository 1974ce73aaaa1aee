"""A sandbox in a network namespace of its own, as the embedded controller lays them out."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from harness import Parent, Sandbox, StubHub

from forkd_jupyter_guest.machine import posix
from namespaces import namespace_with, needs_namespaces

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = needs_namespaces

ADDRESS = "10.42.0.2"


@pytest.fixture
def namespace() -> Iterator[str]:
    """The file of a namespace that has the guest's address, and nobody beside it."""
    name = f"forkd-test-{os.getpid()}"
    with namespace_with(name, f"{ADDRESS}/32"):
        yield f"/run/netns/{name}"


async def test_its_server_and_kernel_are_in_there_and_its_agent_can_be_reached_from_outside(
    parent: Parent, namespace: str, tmp_path: Path
) -> None:
    sandbox = _sandbox(namespace, tmp_path)
    with posix.in_network_namespace(namespace):
        (hub := StubHub()).open()
    (row,) = await parent.fork_rows([sandbox])
    assert row["error"] is None
    try:
        reply = json.loads((await sandbox.activate(hub))["result"])
        assert reply["kernel"]["connection"]["ip"] == ADDRESS
        with posix.in_network_namespace(namespace):
            assert "version" in await sandbox.fetch("GET", "api")
            assert await sandbox.run("6 * 7") == "42"
    finally:
        await parent.kill(sandbox)
        await hub.close()


async def test_the_parent_comes_back_to_its_own_network(
    parent: Parent, namespace: str, tmp_path: Path
) -> None:
    sandbox = _sandbox(namespace, tmp_path)
    await parent.fork_rows([sandbox])
    try:
        assert _network_of(parent.process.pid) == _network_of(os.getpid())
        (neighbour,) = await parent.fork()
        assert (await neighbour.ask({"action": "ping"}))["pong"] is True
        await parent.kill(neighbour)
    finally:
        await parent.kill(sandbox)


async def test_a_namespace_that_is_not_there_is_an_answer(parent: Parent, tmp_path: Path) -> None:
    (row,) = await parent.fork_rows([_sandbox("/run/netns/forkd-no-such", tmp_path)])
    assert row == {"id": "inside", "pid": None, "error": f"ENOENT: {ADDRESS}"}


def _sandbox(file: str, directory: Path) -> Sandbox:
    agent_socket = f"@forkd-agent-test-{os.getpid()}"
    return Sandbox(
        "inside", ADDRESS, directory, namespace={"file": file, "agent_socket": agent_socket}
    )


def _network_of(pid: int) -> str:
    return str(Path(f"/proc/{pid}/ns/net").readlink())
