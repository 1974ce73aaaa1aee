"""The guest agent answers as forkd's own does (fixtures/forkd/transcripts.json)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from harness import Sandbox


async def test_a_ping_says_that_the_parent_is_warm(sandbox: Sandbox) -> None:
    pong = await sandbox.ask({"action": "ping"})
    assert pong == {
        "pong": True,
        "agent_lang": "python",
        "numpy_version": np.__version__,
        "pid": sandbox.pid,
        "warmup_ready": True,
    }


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("1 + 1", "2"),
        ("'a' * 3", "'aaa'"),
        ('[1, "x", None]', "[1, 'x', None]"),
        ("float(numpy.arange(10).sum())", "45.0"),
        ("np.__version__", repr(np.__version__)),
        ('"é\\u2028\\n"', "'é\\u2028\\n'"),
    ],
)
async def test_an_expression_is_answered_with_its_repr(
    sandbox: Sandbox, code: str, result: str
) -> None:
    assert await sandbox.eval(code) == {"result": result, "error": None, "exit_code": 0}


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("1/0", "ZeroDivisionError: division by zero"),
        ("x = 1", "SyntaxError: invalid syntax"),
        ("syntax error here", "SyntaxError: invalid syntax"),
    ],
)
async def test_an_expression_that_raises_is_an_answer_too(
    sandbox: Sandbox, code: str, error: str
) -> None:
    reply = await sandbox.eval(code)
    assert reply["result"] is None
    assert reply["error"].startswith(error)
    assert reply["exit_code"] == 1


async def test_names_of_one_expression_are_unknown_to_the_next(sandbox: Sandbox) -> None:
    await sandbox.eval("globals().update(left=1)")
    assert (await sandbox.eval("left"))["error"].startswith("NameError")


async def test_a_command_is_answered_with_its_output(sandbox: Sandbox) -> None:
    args = ["sh", "-c", "echo out; echo err >&2; exit 3"]
    reply = await sandbox.ask({"action": "exec", "args": args})
    assert reply == {"stdout": "out\n", "stderr": "err\n", "exit_code": 3}


async def test_an_unknown_command_is_named(sandbox: Sandbox) -> None:
    reply = await sandbox.ask({"action": "exec", "args": ["no-such-command"]})
    assert "no-such-command" in reply["error"]


async def test_pings_are_answered_while_a_command_runs(sandbox: Sandbox) -> None:
    request = {"action": "exec", "args": ["sleep", "30"], "timeout": 25}
    running = asyncio.create_task(sandbox.ask(request))
    for _ in range(3):
        assert (await sandbox.ask({"action": "ping"}))["pong"] is True
    assert not running.done()
    running.cancel()


async def test_a_command_that_takes_too_long_is_ended(sandbox: Sandbox) -> None:
    reply = await sandbox.ask({"action": "exec", "args": ["sleep", "60"], "timeout": 0.2})
    assert reply["error"] == "TimeoutError: 'sleep 60' did not end within 0.2 s"
    assert (await sandbox.ask({"action": "exec", "args": ["pgrep", "-f", "^sleep 60$"]}))[
        "stdout"
    ] == ""


async def test_garbage_is_answered_and_does_no_harm(sandbox: Sandbox) -> None:
    reader, writer = await asyncio.open_connection(sandbox.address, 8888)
    writer.write(b"{nope\n")
    assert b"JSONDecodeError" in await reader.readline()
    writer.close()
    assert (await sandbox.ask({"action": "dance"}))["error"] == "unknown action: dance"
