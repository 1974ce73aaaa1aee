"""The forwarder as it is run: its socket, its end, its return."""

from __future__ import annotations

import asyncio
import grp
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from forwarder.process import ForwarderProcess
from namespaces import needs_namespaces


@pytest.fixture
async def forwarder(tmp_path: Path) -> AsyncIterator[ForwarderProcess]:
    running = ForwarderProcess(tmp_path)
    await running.start()
    yield running
    await running.end()


def _open(namespace: str, sandbox: str = "sb-1") -> dict[str, object]:
    return {"op": "open", "sandbox": sandbox, "netns": namespace, "hub": ["127.0.0.1", 8081]}


@needs_namespaces
async def test_it_tells_where_a_sandbox_is_reached_and_where_the_guest_finds_the_hub(
    forwarder: ForwarderProcess, namespace: str
) -> None:
    answer = await forwarder.ask(_open(namespace))
    exposed = await forwarder.ask({"op": "expose", "sandbox": "sb-1", "ports": [8000, 9001]})

    assert answer == {
        "sandbox": "sb-1",
        "netns": namespace,
        "host": answer["host"],
        "gateway": "10.42.0.1:8081",
        "hub": ["127.0.0.1", 8081],
        "ports": [],
        "connections": 0,
    }
    assert answer["host"].startswith("127.46.0.")
    assert exposed["ports"] == [8000, 9001]
    assert await forwarder.open_forwards() == [exposed]
    assert await forwarder.ask({"op": "close", "sandbox": "sb-1"}) == {}
    assert await forwarder.ask({"op": "close", "sandbox": "sb-1"}) == {}
    assert await forwarder.open_forwards() == []


@needs_namespaces
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
async def test_one_that_is_started_again_opens_what_was_open(
    forwarder: ForwarderProcess, namespace: str, number: signal.Signals
) -> None:
    await forwarder.ask(_open(namespace))
    await forwarder.ask({"op": "expose", "sandbox": "sb-1", "ports": [8000]})
    before = await forwarder.open_forwards()

    await forwarder.end(number)
    await forwarder.start()

    assert await forwarder.open_forwards() == before
    with socket.create_connection((before[0]["host"], 8000)):
        pass


@needs_namespaces
async def test_a_sandbox_that_is_gone_by_then_is_left_out(
    forwarder: ForwarderProcess, namespace: str
) -> None:
    await forwarder.ask(_open(namespace))
    state = forwarder.socket.with_suffix(".json")
    state.write_text(state.read_text().replace(namespace, "forkd-child-404"))

    await forwarder.end()
    await forwarder.start()

    assert "the way to sandbox sb-1 is not opened again: there is no network" in forwarder.said
    assert await forwarder.open_forwards() == []


async def test_a_file_that_cannot_be_read_is_begun_anew(forwarder: ForwarderProcess) -> None:
    forwarder.socket.with_suffix(".json").write_text('[{"sandbox": ')

    await forwarder.end()
    await forwarder.start()

    assert "cannot be read and is begun anew" in forwarder.said


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        ("not JSON", "Expecting value"),
        ([], "a request is a JSON object"),
        ({"op": "dig"}, "unknown op: 'dig'"),
        ({"op": "close"}, "sandbox must be a text that is not empty, not None"),
        ({"op": "open", "sandbox": "a", "netns": 1}, "netns must be a text"),
        ({"op": "open", "sandbox": "a", "netns": "b"}, "hub must be [host, port], not None"),
        ({"op": "open", "sandbox": "a", "netns": "b", "hub": ["h", 0]}, "from 1 to 65535, not 0"),
        ({"op": "expose", "sandbox": "a", "ports": [True]}, "from 1 to 65535, not True"),
        ({"op": "expose", "sandbox": "a", "ports": [8000]}, "nothing is open for the sandbox a"),
    ],
)
async def test_a_request_that_makes_no_sense_is_answered(
    forwarder: ForwarderProcess, request_: object, error: str
) -> None:
    assert error in (await forwarder.ask(request_))["error"]
    assert await forwarder.open_forwards() == []


async def test_requests_can_follow_each_other_on_one_connection(
    forwarder: ForwarderProcess,
) -> None:
    reader, writer = await asyncio.open_unix_connection(forwarder.socket)
    writer.write(b'{"op": "status"}\n{"op": "status"}\n')
    assert await reader.readline() == await reader.readline() != b""
    writer.close()


async def test_its_socket_is_its_owner_s_alone_and_gone_with_it(
    forwarder: ForwarderProcess,
) -> None:
    assert stat.S_IMODE(forwarder.socket.stat().st_mode) == 0o600

    assert await forwarder.end() == 0
    assert not forwarder.socket.exists()


async def test_a_group_can_be_let_in(tmp_path: Path) -> None:
    group = grp.getgrgid(os.getgid())
    running = ForwarderProcess(tmp_path, flags=["--socket-group", group.gr_name])
    await running.start()
    status = running.socket.stat()
    await running.end()

    assert (stat.S_IMODE(status.st_mode), status.st_gid) == (0o660, group.gr_gid)


def _with_capabilities(*names: str) -> list[str]:
    """Root with these and no others, as systemd's CapabilityBoundingSet has it."""
    only = ",".join(["-all", *(f"+{name}" for name in names)])
    return ["setpriv", f"--bounding-set={only}", "--inh-caps=-all", "--no-new-privs"]


@needs_namespaces
async def test_it_needs_no_more_capabilities_than_its_unit_gives_it(
    tmp_path: Path, namespace: str
) -> None:
    wrapper = _with_capabilities("sys_admin", "chown")
    running = ForwarderProcess(tmp_path, wrapper=wrapper, flags=["--socket-group", "daemon"])
    await running.start()
    answer = await running.ask(_open(namespace))
    await running.end()

    assert answer["netns"] == namespace


@needs_namespaces
async def test_one_that_may_not_enter_namespaces_says_so(tmp_path: Path, namespace: str) -> None:
    running = ForwarderProcess(tmp_path, wrapper=_with_capabilities("chown"))
    await running.start()
    answer = await running.ask(_open(namespace))
    await running.end()

    assert "it needs CAP_SYS_ADMIN" in answer["error"]


async def test_a_supervisor_is_told_when_it_is_ready(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        address = f"forkd-forwarder-test-{os.getpid()}"
        supervisor.bind(f"\0{address}")
        supervisor.settimeout(30)
        running = ForwarderProcess(tmp_path, environment={"NOTIFY_SOCKET": f"@{address}"})
        await running.start()
        assert supervisor.recv(100) == b"READY=1"
        await running.end()


def _run(*flags: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "forkd_jupyter_forwarder", *flags]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)  # noqa: S603


async def test_two_cannot_have_one_socket(forwarder: ForwarderProcess) -> None:
    second = await asyncio.to_thread(_run, "--socket", str(forwarder.socket))

    assert second.returncode == 1
    assert f"another forwarder listens on {forwarder.socket}" in second.stderr
    assert await forwarder.open_forwards() == []


@pytest.mark.parametrize(
    ("flags", "code", "error"),
    [
        (["--addresses", "10.0.0.0/8"], 2, "10.0.0.0/8 is not part of 127.0.0.0/8"),
        (["--addresses", "many"], 2, "argument --addresses"),
        (["--socket", "/proc/nowhere/s"], 1, "/proc/nowhere"),
    ],
)
def test_what_it_cannot_be_run_with_is_said(flags: list[str], code: int, error: str) -> None:
    ended = _run(*flags)

    assert (ended.returncode, error in ended.stderr) == (code, True)
    assert "Traceback" not in ended.stderr


def test_a_group_that_is_not_there_is_named(tmp_path: Path) -> None:
    ended = _run("--socket", str(tmp_path / "s"), "--socket-group", "no-such-group")

    assert (ended.returncode, "no such group" in ended.stderr) == (1, True)
    assert not (tmp_path / "s").exists()
