"""Nothing that is said to the agent, by a client or by a process that it forked, ends it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import random
import signal
import socket
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from harness import is_running, until
from user_server import DEADLINE_S

from forkd_jupyter_guest.machine.link import LineSocket
from forkd_jupyter_guest.machine.posix import children_of
from forkd_jupyter_guest.machine.reactor import Reactor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Parent, Sandbox, StubHub

DEEP = 100_000
AT_ONCE = 16
SEED = 17

VALUES: list[Any] = [
    None, True, -1, 0, 10**400, 1e308, -1e308, float("nan"), float("inf"), "", "x", "\0", "\ud800",
    "x" * 100_000, [], [None], [[]], {}, {"a": None}, ["true", None], ["true", "\0"], ["\ud800"],
    ["no-such-command"], ["/"], ["x" * 300_000],
]  # fmt: skip

EXPRESSIONS = [
    "exit()", "__import__('sys').exit(3)", "__import__('builtins').exit",
    "(_ for _ in ()).throw(SystemExit)", "(_ for _ in ()).throw(KeyboardInterrupt)",
    "(_ for _ in ()).throw(GeneratorExit)", "(_ for _ in ()).throw(BaseException('x'))",
    "type('X', (), {'__repr__': lambda self: 1 / 0})()",
    "type('X', (), {'__repr__': lambda self: 1})()",
    "type('X', (), {'__getattr__': lambda self, name: 1 / 0})()",
    "type('X', (), {'on_settled': None})()",
    "type('X', (), {'on_settled': lambda self, reply: reply({1, 2})})()",
    "type('X', (), {'on_settled': lambda self, reply: [reply({}), reply({})]})()",
    "(lambda again: again(again))(lambda again: again(again))",
    "(" * DEEP, "-" * DEEP + "1", "'\\ud800'", "1" * 5000, "\0", "[" * 80 + "]" * 80,
    "server_log('x')", "server_log(-1)", "server_log(10 ** 400)", "activate(None)",
    "activate('[]')", "activate('" + "[" * 5000 + "')", "activate('{\"version\": 1}')",
]  # fmt: skip


def _lines() -> Iterator[bytes]:
    for action, name, value in itertools.product(
        ("ping", "eval", "exec"), ("code", "args", "timeout", "action"), VALUES
    ):
        request = {"action": action, "code": "1", "args": ["true"], name: value}
        yield json.dumps(request).encode()
    for code in EXPRESSIONS:
        yield json.dumps({"action": "eval", "code": code}).encode()
    yield from (json.dumps(value).encode() for value in VALUES)
    yield b"[" * DEEP + b"]" * DEEP
    yield b'{"action":' * DEEP
    yield b'{"action": "exec", "args": ' + b"[" * 900 + b"]" * 900 + b"}"
    yield from (b"", b"\xff\xfe", b"\0", b"1" * 5000, b'{"action": "ping"', b'{"action": "ping"}}')
    chance = random.Random(SEED)  # noqa: S311
    whole = b'{"action": "exec", "args": ["echo", "x"], "timeout": 30}'
    for _ in range(100):
        broken = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        yield bytes(broken).replace(b"\n", b"")


async def _say(sandbox: Sandbox, line: bytes) -> bytes:
    async with asyncio.timeout(DEADLINE_S):
        reader, writer = await asyncio.open_connection(sandbox.address, 8888, limit=2**24)
        try:
            writer.write(line + b"\n")
            return await reader.readline()
        finally:
            writer.close()


async def _is_there(sandbox: Sandbox) -> bool:
    return (await sandbox.ask({"action": "ping"}))["pid"] == sandbox.pid


async def test_hundreds_of_wrong_requests_are_answered_and_do_no_harm(sandbox: Sandbox) -> None:
    lines = list(_lines())
    assert len(lines) > 400
    places = asyncio.Semaphore(AT_ONCE)

    async def try_one(line: bytes) -> None:
        async with places:
            answer = await _say(sandbox, line)
        assert isinstance(json.loads(answer), dict), line[:200]

    await asyncio.gather(*(try_one(line) for line in lines))
    assert await _is_there(sandbox)
    assert (await sandbox.eval("6 * 7"))["result"] == "42"


async def test_a_command_without_a_time_of_its_own_has_the_usual_one(sandbox: Sandbox) -> None:
    reply = await sandbox.ask({"action": "exec", "args": ["echo", "x"], "timeout": None})
    assert reply == {"stdout": "x\n", "stderr": "", "exit_code": 0}


@pytest.mark.parametrize("timeout", [float("nan"), float("inf"), "soon", [], -1])
async def test_a_time_that_is_none_is_named(sandbox: Sandbox, timeout: Any) -> None:
    reply = await sandbox.ask({"action": "exec", "args": ["true"], "timeout": timeout})
    assert reply["error"].startswith(
        "ValueError: timeout must be a number of seconds from 0 to 1e+12, not "
    )


async def test_an_activation_with_a_time_that_is_none_is_refused(
    sandbox: Sandbox, hub: StubHub
) -> None:
    for wrong in ({"timeout_s": float("nan")}, {"clock_unix_s": "now"}, {"clock_unix_s": 10**400}):
        reply = await sandbox.activate(hub, **wrong)
        assert reply["error"].startswith("ActivationError: malformed activation request"), reply
    assert (await sandbox.activate(hub))["error"] is None


async def test_clients_that_go_away_at_once_do_no_harm(sandbox: Sandbox) -> None:
    for line in (b"", b'{"action"', b'{"action": "ping"}\n', b'{"action": "eval", "code": "1"}\n'):
        for _ in range(50):
            with socket.create_connection((sandbox.address, 8888)) as connection:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.sendall(line)
    assert await _is_there(sandbox)


FEW_DESCRIPTORS = (
    "__import__('resource').setrlimit(__import__('resource').RLIMIT_NOFILE,"
    " (len(__import__('os').listdir('/proc/self/fd')) + 4, 4096))"
)


async def test_an_agent_without_free_descriptors_answers_when_it_has_some(
    sandbox: Sandbox,
) -> None:
    assert (await sandbox.eval(FEW_DESCRIPTORS))["error"] is None
    waiting = [socket.create_connection((sandbox.address, 8888)) for _ in range(40)]
    for connection in waiting:
        connection.close()
    assert await _is_there(sandbox)


SPOIL_THE_LINE = """
import os, socket, stat
for name in os.listdir("/proc/self/fd"):
    try:
        line = socket.socket(fileno=os.dup(int(name)))
        if line.family == socket.AF_UNIX and line.type == socket.SOCK_STREAM:
            line.sendall({said!r})
    except OSError:
        pass
"""


@pytest.mark.parametrize(
    "said",
    [
        b"{nope\n",
        b"\xff\n",
        b"[]\n",
        b"{}\n",
        b'{"event": []}\n',
        b'{"event": "up", "request": 1}\n{"op": "fork-kernel"}\n',
        b"[" * 100_000 + b"\n",
    ],
)
async def test_a_kernel_that_says_nonsense_to_its_agent_ends_nobody_else(
    active: Sandbox, said: bytes
) -> None:
    kernel_id = await active.start_kernel()
    await active.run(SPOIL_THE_LINE.format(said=said), kernel_id)
    assert await _is_there(active)
    assert await active.run("6 * 7") == "42"


IS_TOLD = (
    "any(one.when_adopted.__name__ != '_nothing' for one in __import__('gc').get_objects()"
    " if type(one).__name__ == 'KernelChild')"
)
"""Whether the agent has asked a kernel to take its place."""


async def test_a_kernel_that_dies_with_unread_words_ends_nobody_else(
    sandbox: Sandbox, hub: StubHub
) -> None:
    reply = await sandbox.activate(hub)
    pid = json.loads(reply["result"])["kernel"]["pid"]
    os.kill(pid, signal.SIGSTOP)
    # The server adopts the kernel: the agent's line to it holds what nobody reads.
    starting = asyncio.create_task(sandbox.start_kernel())
    while (await sandbox.eval(IS_TOLD))["result"] != "True":  # noqa: ASYNC110 (another process makes it true)
        await asyncio.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    await until(lambda: not is_running(pid), "the kernel has ended")
    assert await _is_there(sandbox)
    # Its user gets another kernel in its place.
    assert await sandbox.run("6 * 7", await asyncio.wait_for(starting, DEADLINE_S)) == "42"


def test_a_process_that_is_gone_is_the_end_of_its_line() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        lines = LineSocket(ours)
        lines.send({"op": "adopt"})
        theirs.close()
        # Not what `recv` says of it: that the connection was reset, as there was more to read.
        assert lines.receive() is None


async def test_processes_that_are_killed_at_random_moments_end_nobody_else(
    parent: Parent, hub: StubHub
) -> None:
    chance = random.Random(SEED)  # noqa: S311
    for number in range(20):
        (sandbox,) = await parent.fork()
        activating = asyncio.create_task(sandbox.activate(hub, f"user-{number}"))
        # No condition to wait for: any moment of a start will do.
        await asyncio.sleep(chance.random() * 0.3)
        for pid in children_of(sandbox.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await activating
        assert await _is_there(sandbox)
        await parent.kill(sandbox)


def test_a_log_that_takes_nothing_makes_no_fault_a_fault_of_the_agents(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fault() -> None:
        raise LookupError("any")

    # Closing it fails as well, and is none of the agent's business.
    with contextlib.suppress(OSError), Path("/dev/full").open("w") as full:
        monkeypatch.setattr("sys.stderr", full)
        reactor = Reactor()
        assert reactor.guarded(fault) is False
        reactor.abandon()
