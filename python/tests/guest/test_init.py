"""The guest as PID 1: a whole machine in namespaces, and the parts that need none."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from harness import until
from machine import ACCOUNT, GUEST, HOME, HOST, UID, Machine, can_be_made

from forkd_jupyter_guest.machine import pid_one as own_machine
from forkd_jupyter_guest.machine.account import Account, NoAccountError
from forkd_jupyter_guest.machine.boot_arguments import SIZES, BootArgumentError, BootArguments
from forkd_jupyter_guest.machine.mounts import writable_mounts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

needs_namespaces = pytest.mark.skipif(
    not can_be_made(), reason="only root may make namespaces and mounts"
)


def test_the_command_line_says_what_differs_from_the_defaults() -> None:
    arguments = BootArguments.parse(
        "console=ttyS0 ro root=/dev/vda forkd.account=ada forkd.nameserver=10.42.0.1"
        " forkd.size=/home:2g forkd.size=/srv:10% forkd.time_zone=Europe/Berlin forkd.env=A=b=c"
    )
    assert arguments == BootArguments(
        account="ada",
        nameserver="10.42.0.1",
        time_zone="Europe/Berlin",
        sizes={**SIZES, "/home": "2g", "/srv": "10%"},
        environment={"A": "b=c"},
    )


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("forkd.account=", "has no value"),
        ("forkd.account", "has no value"),
        ("forkd.size=2g", "not of the form NAME:VALUE"),
        ("forkd.env=HOME", "not of the form NAME=VALUE"),
        ("forkd.colour=red", "there is no forkd.colour"),
    ],
)
def test_a_wrong_word_is_named(word: str, reason: str) -> None:
    with pytest.raises(BootArgumentError, match=reason) as caught:
        BootArguments.parse(f"quiet {word} ro")
    assert word in str(caught.value)


def test_what_everybody_writes_to_is_sticky_and_what_has_no_size_is_left_alone() -> None:
    mounts = {one.target: one.options for one in writable_mounts({**SIZES, "/var/tmp": "none"})}  # noqa: S108
    assert mounts == {
        "/run": "mode=0755,size=64m",
        "/tmp": "mode=1777,size=50%",  # noqa: S108
        "/home": "mode=0755,size=50%",
        "/dev/shm": "mode=1777,size=50%",  # noqa: S108
    }


def test_the_files_in_run_stand_for_those_of_etc(tmp_path: Path) -> None:
    arguments = BootArguments(nameserver="10.42.0.1", time_zone="Asia/Tokyo")
    own_machine.write_name_files(arguments, tmp_path)
    assert (tmp_path / "resolv.conf").read_text().startswith("nameserver 10.42.0.1\n")
    assert (tmp_path / "localtime").readlink() == Path("/usr/share/zoneinfo/Asia/Tokyo")
    first = (tmp_path / "machine-id").read_text()
    own_machine.write_name_files(BootArguments(), tmp_path)
    assert (tmp_path / "resolv.conf").read_text() == ""
    assert (tmp_path / "machine-id").read_text() != first
    own_machine.write_hosts("forkd-1a2b", tmp_path)
    assert "127.0.1.1 forkd-1a2b\n" in (tmp_path / "hosts").read_text()


def test_a_clock_that_is_not_the_hosts_is_not_taken_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_machine, "PTP_CLOCKS", tmp_path)
    assert own_machine.host_clock_unix_s() is None
    (tmp_path / "ptp0").mkdir()
    (tmp_path / "ptp0/clock_name").write_text("a network card\n")
    (tmp_path / "ptp17").mkdir()
    (tmp_path / "ptp17/clock_name").write_text("KVM virtual PTP\n")
    assert own_machine.host_clock_unix_s() is None, "its device is not there"


def test_an_account_that_the_disk_lacks_is_named() -> None:
    with pytest.raises(NoAccountError, match="no user 'nobody-has-this-name'"):
        Account.named("nobody-has-this-name")


def test_init_refuses_to_run_where_it_is_not_pid_1() -> None:
    command = [sys.executable, "-m", "forkd_jupyter_guest", "init"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert result.returncode == 1
    assert "is for PID 1 of a microVM" in result.stderr


@pytest.fixture(scope="module")
async def machine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Machine]:
    one = Machine(tmp_path_factory.mktemp("machine"), "forkd.time_zone=Asia/Tokyo")
    try:
        await until(lambda: one.is_warm, "the machine's agent listens")
        yield one
    finally:
        one.close()


@pytest.fixture(scope="module")
def seen(machine: Machine) -> dict[str, Any]:
    """What a hub and a user see of it."""
    program = Path(__file__).with_name("use_machine.py")
    return json.loads(machine.outside(sys.executable, str(program)))


@needs_namespaces
def test_the_agent_is_pid_1_and_root(seen: dict[str, Any]) -> None:
    assert (seen["ping"]["pid"], seen["ping"]["warmup_ready"]) == (1, True)
    assert seen["agent"]["result"] == "0"


ASK = """
import json, socket, sys
own, agent = sys.argv[1:]
connection = socket.create_connection((agent, 8888), source_address=(own, 0))
connection.sendall(json.dumps({"action": "ping"}).encode() + bytes([10]))
try:
    print(connection.recv(1000).decode())
except ConnectionResetError:
    print("")
"""


@needs_namespaces
def test_the_agent_obeys_the_host_and_nobody_in_the_machine(machine: Machine) -> None:
    def answer(run: Callable[..., str], own: str, agent: str) -> str:
        return run(sys.executable, "-c", ASK, own, agent).strip()

    assert json.loads(answer(machine.outside, HOST, GUEST))["pong"]
    for own in (GUEST, "127.0.0.1"):
        assert [answer(machine.inside, own, agent) for agent in (GUEST, "127.0.0.1")] == ["", ""]


@needs_namespaces
def test_server_and_kernels_are_the_accounts(seen: dict[str, Any]) -> None:
    assert seen["server"] == str(UID)
    for kernel in seen["kernels"]:
        assert kernel["ids"] == [UID, UID, UID, UID, [UID]]
        assert kernel["names"] == [ACCOUNT, ACCOUNT, HOME]
        assert kernel["own_environment"] == UID
        assert kernel["elsewhere"] == "refused"
    assert seen["after_restart"] == "2"


@needs_namespaces
def test_the_surroundings_are_a_machines(seen: dict[str, Any]) -> None:
    kernel = seen["kernels"][0]
    assert (kernel["locale"], kernel["zone"]) == ("C.UTF-8", "Asia/Tokyo")
    assert kernel["temporary"] == "/tmp"  # noqa: S108
    assert kernel["host"] == seen["hostname"]
    # Its lowest bit: up.
    assert int(seen["loopback"], 16) & 1


@needs_namespaces
def test_orphans_are_reaped(seen: dict[str, Any]) -> None:
    assert seen["orphan"] == ""


@needs_namespaces
async def test_sigterm_ends_the_machine_in_order(tmp_path: Path) -> None:
    one = Machine(tmp_path)
    try:
        await until(lambda: "users' processes run as" in one.console, "the machine is set up")
        os.kill(one.pid, signal.SIGTERM)
        await until(lambda: one.process.poll() is not None, "the machine has ended")
    finally:
        one.close()
    assert "forkd: switching off: SIGTERM" in one.console


@needs_namespaces
async def test_a_machine_that_cannot_be_set_up_says_why_and_ends(tmp_path: Path) -> None:
    one = Machine(tmp_path, "forkd.size=/no-such-folder/below:1m")
    try:
        await until(lambda: one.process.poll() is not None, "the machine has ended")
    finally:
        one.close()
    assert "cannot mount tmpfs on /no-such-folder/below" in one.console
    assert "forkd: switching off: MountError" in one.console
