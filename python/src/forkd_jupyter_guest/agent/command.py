"""The agent's `exec`: a command that runs in the sandbox, and what came of it."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
from typing import TYPE_CHECKING, Any, cast

from ..machine import posix
from ..machine.seconds import checked_seconds
from .child import KERNEL_MEMORY_POINTS
from .reply import failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..machine.reactor import ChildExit, Reactor
    from .reply import Reply

DEFAULT_EXEC_TIMEOUT_S = 30.0


class Command:
    """A command with its output in files, a deadline, and no pipe to keep it alive."""

    def __init__(self, reactor: Reactor, request: dict[str, Any]) -> None:
        self._reactor = reactor
        self._args = _words(request.get("args"))
        # Null is as good as no time-out: the usual one.
        timeout = request.get("timeout")
        timeout = DEFAULT_EXEC_TIMEOUT_S if timeout is None else timeout
        self._timeout_s = checked_seconds("timeout", timeout)
        self._outputs = [tempfile.TemporaryFile() for _ in ("stdout", "stderr")]  # noqa: SIM115 (closed with the result)

    def start(self, reply: Callable[[Reply], None]) -> None:
        """Start the command; reply when it has ended or its time is up."""
        try:
            # What it computes is to cost itself, not a server or a kernel.
            with posix.children_offered_to_memory_killer(KERNEL_MEMORY_POINTS):
                pid = self._spawn()
        except (OSError, IndexError, ValueError) as error:
            reply(failure(error))
            return
        deadline = self._reactor.call_later(self._timeout_s, lambda: self._expire(pid, reply))

        def ended(child: ChildExit) -> None:
            deadline.cancel()
            reply(self._result(child))

        self._reactor.on_exit(pid, ended)

    def _spawn(self) -> int:
        stdout, stderr = (output.fileno() for output in self._outputs)
        return os.posix_spawnp(
            self._args[0],
            self._args,
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, stdout, 1),
                (os.POSIX_SPAWN_DUP2, stderr, 2),
            ],
            setsid=True,
            setsigdef=[signal.SIGINT, signal.SIGCHLD],
        )

    def _expire(self, pid: int, reply: Callable[[Reply], None]) -> None:
        self._reactor.on_exit(pid, lambda _: None)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        command = " ".join(self._args)
        reply(failure(TimeoutError(f"'{command}' did not end within {self._timeout_s} s")))

    def _result(self, child: ChildExit) -> Reply:
        texts: list[str] = []
        for output in self._outputs:
            output.seek(0)
            texts.append(output.read().decode("utf-8", "replace"))
            output.close()
        return {"stdout": texts[0], "stderr": texts[1], "exit_code": child.returncode}


def _words(args: Any) -> list[str]:
    if not isinstance(args, list):
        message = f"args must be a list of words, not {type(args).__name__}"
        raise TypeError(message)
    return [str(word) for word in cast("list[Any]", args)]
