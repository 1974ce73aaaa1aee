"""forkd's guest agent: `ping`, `exec`, `eval`, one JSON object a line on TCP port 8888.

The protocol is forkd's (docs/protocols.md §1, recorded in fixtures/forkd). What
is ours: an `eval` whose value is `Later` is answered when that is settled, so
that an activation can wait for a server while pings go on being answered.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, cast

import numpy as np

from ..machine import posix
from ..machine.reactor import ChildExit, Reactor
from ..machine.saying import say
from ..machine.seconds import checked_seconds
from ..machine.site import AGENT_PORT, EVERY_ADDRESS, SandboxSite
from .child import KERNEL_MEMORY_POINTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Reply = dict[str, Any]

MAX_REQUEST_BYTES = 8 * 1024 * 1024
"""An activation with 1 MiB of environment, escaped twice, fits."""

DEFAULT_EXEC_TIMEOUT_S = 30.0

ACCEPT_AGAIN_S = 0.1
"""After there was no descriptor for a connection."""


class Later(Protocol):
    """The value of an expression that is not known yet."""

    def on_settled(self, callback: Callable[[Reply], None]) -> None:
        """Call back once, with the whole reply."""


class Agent:
    """Serves one sandbox's agent socket from a reactor."""

    def __init__(
        self,
        reactor: Reactor,
        listeners: Iterable[socket.socket],
        names: dict[str, Any],
        *,
        obeys_own_machine: bool = True,
    ) -> None:
        """`names` is what expressions can use, beside `numpy` and `np`.

        `obeys_own_machine`: whether connections from the machine that it runs on are answered.
        """
        self._reactor = reactor
        self._obeys_own_machine = obeys_own_machine
        self._names = {"numpy": np, "np": np, **names}
        for listener in listeners:
            listener.setblocking(False)
            self._listen(listener)

    def _accept(self, listener: socket.socket) -> None:
        try:
            while True:
                self._welcome(*listener.accept())
        except (BlockingIOError, ConnectionError):
            return
        except OSError as error:
            # Out of descriptors or memory, say. Whoever waits goes on waiting meanwhile.
            say(f"no connection can be accepted: {error}")
            self._reactor.unwatch(listener)
            self._reactor.call_later(ACCEPT_AGAIN_S, lambda: self._listen(listener))

    def _listen(self, listener: socket.socket) -> None:
        self._reactor.watch(listener, partial(self._accept, listener))

    def _welcome(self, connection: socket.socket, peer: Any) -> None:
        if self._obeys_own_machine or not _is_within(connection.getsockname(), peer):
            Connection(self._reactor, connection, self.answer)
        else:
            connection.close()

    def answer(self, request: Any, reply: Callable[[Reply], None]) -> None:
        """Answer one request, at once or later."""
        action = request.get("action") if isinstance(request, dict) else None
        match action:
            case "ping":
                reply(_pong())
            case "eval":
                self._evaluate(str(request.get("code", "")), reply)
            case "exec":
                Execution(self._reactor, request).start(reply)
            case _:
                reply({"error": f"unknown action: {action}", "exit_code": 1})

    def _evaluate(self, code: str, reply: Callable[[Reply], None]) -> None:
        try:
            value = eval(code, dict(self._names))  # noqa: S307 (that is the protocol)
            text = None if hasattr(value, "on_settled") else repr(value)
        except BaseException as error:  # noqa: BLE001 (an expression may raise anything, also SystemExit)
            reply(failure(error))
            return
        if text is None:
            value.on_settled(reply)
        else:
            reply(success(text))


def success(text: str) -> Reply:
    """The reply to an expression whose value has this `repr`."""
    return {"result": text, "error": None, "exit_code": 0}


def failure(error: BaseException) -> Reply:
    """The reply to an expression that raised."""
    return {"result": None, "error": f"{type(error).__name__}: {error}", "exit_code": 1}


def _pong() -> Reply:
    return {
        "pong": True,
        "agent_lang": "python",
        "numpy_version": np.__version__,
        "pid": os.getpid(),
        "warmup_ready": True,
    }


def _is_within(own: tuple[str, int], peer: tuple[str, int]) -> bool:
    """Whether both ends are this machine's: on it, no other source address can be chosen."""
    return own[0] == peer[0] or any(address.startswith("127.") for address, _ in (own, peer))


class Connection:
    """One client: reads one line, answers with one line, closes."""

    def __init__(
        self,
        reactor: Reactor,
        connection: socket.socket,
        answer: Callable[[Any, Callable[[Reply], None]], None],
    ) -> None:
        self._reactor = reactor
        self._socket = connection
        self._answer = answer
        self._received = bytearray()
        self._unsent = b""
        self._is_answered = False
        connection.setblocking(False)
        reactor.hold(connection)
        reactor.watch(connection, self._read)

    def _read(self) -> None:
        try:
            chunk = self._socket.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            self._close()
            return
        self._received += chunk
        if b"\n" in chunk or (not chunk and self._received):
            # Until the reply is due, the client has nothing to say that matters.
            self._reactor.unwatch(self._socket)
            self._dispatch()
        elif not chunk or len(self._received) > MAX_REQUEST_BYTES:
            self._close()

    def _dispatch(self) -> None:
        """Answer; whatever is wrong with a request, its answer says so."""
        try:
            self._answer(json.loads(self._received.partition(b"\n")[0]), self._send)
        except Exception as error:  # noqa: BLE001 (the one guard around every request)
            self._send({"error": f"{type(error).__name__}: {error}", "exit_code": 1})

    def _send(self, reply: Reply) -> None:
        if self._is_answered:
            return
        self._unsent = json.dumps(reply).encode() + b"\n"
        self._is_answered = True
        self._reactor.watch(self._socket, self._write)
        self._reactor.watch_writable(self._socket, self._write)
        self._write()

    def _write(self) -> None:
        try:
            sent = self._socket.send(self._unsent)
        except BlockingIOError:
            return
        except OSError:
            sent = len(self._unsent)
        self._unsent = self._unsent[sent:]
        if not self._unsent:
            self._close()

    def _close(self) -> None:
        self._reactor.close(self._socket)


class Execution:
    """One `exec`: a command with its output in files, a deadline, and no pipe to keep it alive."""

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


def listen(address: str) -> socket.socket:
    """Bind the agent's socket; raises OSError (EADDRINUSE) when somebody else has it."""
    listener = socket.create_server((address, AGENT_PORT), backlog=128)
    listener.set_inheritable(False)
    return listener


def listen_at_name(name: str) -> socket.socket:
    """Bind a Unix socket, for who can't reach the agent's address; raises OSError.

    `name` with an `@` in front is one of Linux's abstract ones.
    """
    listener = socket.socket(socket.AF_UNIX)
    try:
        listener.bind(name.replace("@", "\0", 1))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def serve(site: SandboxSite, *listeners: socket.socket) -> NoReturn:
    """Run a sandbox's agent until it is killed."""
    from .sandbox import Sandbox  # noqa: PLC0415 (it uses this module)

    posix.adopt_orphans()
    reactor = Reactor()
    sandbox = Sandbox(site, reactor)
    # In a microVM it is root, which whoever works in there is not to become.
    Agent(reactor, listeners, sandbox.names(), obeys_own_machine=not site.is_vm)
    reactor.run()


def warm_up_and_serve(site: SandboxSite, say: Callable[[str], None]) -> NoReturn:
    """Warm up, then serve the agent in this very process: what runs inside a microVM.

    Its port is open, and pings are answered, from when on a snapshot can be taken.
    """
    from ..warm import warmup  # noqa: PLC0415 (importing it is the first step of it)

    warmup.warm_up(lambda step, _: say(step))
    site.directory.mkdir(parents=True, exist_ok=True)
    warmup.keep_shared()
    listener = listen(site.address)
    say(f"agent listening on {site.address}:{AGENT_PORT}")
    serve(site, listener)


def main() -> NoReturn:
    """The same without being PID 1, where another init has made the machine usable."""
    directory = Path(os.environ.get("FORKD_SANDBOX_DIR", tempfile.gettempdir())) / "forkd"
    site = SandboxSite("vm", EVERY_ADDRESS, directory, is_vm=os.getpid() == 1)
    warm_up_and_serve(site, lambda text: print(f"forkd: {text}", flush=True))  # noqa: T201 (its log)
