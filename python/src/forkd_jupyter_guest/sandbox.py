"""A clone's life: warm, then one user's.

Runs in the agent (in a microVM: PID 1). It forks the user's server and kernels
and watches them; the names that it offers are what a spawner's `eval` can use.
"""

from __future__ import annotations

import socket
import time
import uuid
from typing import TYPE_CHECKING, Any

from . import __version__, renewal
from .activation import (
    ActivationError,
    ActivationRequest,
    AlreadyActivatedError,
    JsonValue,
    SpanLog,
)
from .agent import Reply, failure, success
from .forking import fork_child, redirect_output
from .kernel import KernelPlan, run_kernel, write_connection_file
from .link import LineSocket, Message
from .server import kernel_address, run_server, server_environment
from .site import KERNEL_PORTS, SERVER_PORT, SandboxSite

if TYPE_CHECKING:
    from collections.abc import Callable

    from .reactor import ChildExit, Reactor

LOG_TAIL_LINES = 20


class KernelChild:
    """A forked kernel, as the agent sees it."""

    def __init__(self, pid: int, lines: LineSocket) -> None:
        self.pid = pid
        self.lines = lines
        self.is_up = False
        self.when_up: list[Callable[[], None]] = []
        self.when_adopted: Callable[[], None] | None = None


class Sandbox:
    """What the agent keeps of its sandbox."""

    def __init__(self, site: SandboxSite, reactor: Reactor) -> None:
        self._site = site
        self._reactor = reactor
        self._activation: Activation | None = None

    def names(self) -> dict[str, Any]:
        """The names that `eval` offers to the spawner."""
        return {
            "activate": self.activate,
            "activated": self.activated,
            "server_exit": self.server_exit,
            "server_log": self.server_log,
        }

    def activate(self, text: str) -> Activation:
        """Become one user's sandbox; the reply comes when the server is ready."""
        if self._activation is not None:
            message = f"this sandbox is {self._activation.request.username!r}'s already"
            raise AlreadyActivatedError(message)
        request = ActivationRequest.parse(text)
        self._activation = Activation(self._site, self._reactor, request)
        self._activation.start()
        return self._activation

    def activated(self) -> JsonValue:
        """Whose sandbox this is, or null."""
        if self._activation is None:
            return JsonValue(None)
        environment = self._activation.request.environment
        return JsonValue(
            {
                "username": self._activation.request.username,
                "server_name": environment.get("JUPYTERHUB_SERVER_NAME", ""),
                "nonce": environment.get("FORKD_ACTIVATION_NONCE", ""),
            }
        )

    def server_exit(self) -> JsonValue:
        """How the server ended, or null while it runs or was never started."""
        ended = self._activation.server_exit if self._activation else None
        if ended is None:
            return JsonValue(None)
        return JsonValue({"exit_code": ended.exit_code, "signal": ended.signal})

    def server_log(self, count: int = 50) -> JsonValue:
        """The end of the server's log, without the user's secrets."""
        text = "\n".join(self._site.last_log_lines(count))
        return JsonValue(self._activation.request.redact(text) if self._activation else text)


class Activation:
    """Forks the first kernel and the server, and settles when both can be talked to."""

    def __init__(self, site: SandboxSite, reactor: Reactor, request: ActivationRequest) -> None:
        self.request = request
        self.server_exit: ChildExit | None = None
        self._site = site
        self._reactor = reactor
        self._spans = SpanLog()
        self._started = time.time()
        self._kernels: dict[int, KernelChild] = {}
        self._server: LineSocket | None = None
        self._server_pid = 0
        self._serves = False
        self._ready: Message | None = None
        self._first_kernel: KernelChild | None = None
        self._connection: dict[str, Any] = {}
        self._hostname = ""
        self._reply: Callable[[Reply], None] | None = None
        self._settled: Reply | None = None

    def on_settled(self, callback: Callable[[Reply], None]) -> None:
        """Called by the agent: `callback` answers the `eval`."""
        self._reply = callback
        if self._settled is not None:
            callback(self._settled)

    def start(self) -> None:
        """Renew what was cloned and fork; returns at once."""
        self._hostname = renewal.renew_system(self._site, self.request.clock_unix_s)
        renewal.renew_random_state()
        self._site.make_folders()
        self._fork_first_kernel()
        self._fork_server()
        self._spans.add("agent.fork", self._started, time.time())
        self._reactor.call_later(self.request.timeout_s, self._expire)

    def _fork_first_kernel(self) -> None:
        self._connection = {
            "transport": "tcp",
            "ip": kernel_address(self._site),
            **KERNEL_PORTS,
            "key": renewal.new_key(),
            "signature_scheme": "hmac-sha256",
            "kernel_name": "python3",
        }
        path = self._site.runtime / f"kernel-{uuid.uuid4()}.json"
        write_connection_file(path, self._connection)
        environment = server_environment(self._site, self.request)
        plan = KernelPlan(path, str(self._site.home), environment)
        self._first_kernel = self._fork_kernel(plan)
        self._first_kernel.when_up.append(self._settle_if_ready)

    def _fork_kernel(self, plan: KernelPlan) -> KernelChild:
        ours, theirs = socket.socketpair()
        pid = self._fork(ours, lambda: run_kernel(plan, theirs))
        theirs.close()
        kernel = KernelChild(pid, LineSocket(ours))
        self._kernels[pid] = kernel
        self._reactor.watch(ours, lambda: self._read_kernel(kernel))
        self._reactor.on_exit(pid, self._note_kernel_exit)
        return kernel

    def _fork_server(self) -> None:
        ours, theirs = socket.socketpair()
        kernel = self._first_kernel
        warm = {"pid": kernel.pid, "connection": self._connection} if kernel else None
        self._server_pid = self._fork(
            ours, lambda: run_server(self._site, self.request, theirs, warm)
        )
        theirs.close()
        self._server = LineSocket(ours)
        self._reactor.watch(ours, self._read_server)
        self._reactor.on_exit(self._server_pid, self._note_server_exit)

    def _fork(self, ours: socket.socket, run: Callable[[], int]) -> int:
        def child() -> int:
            ours.close()
            self._reactor.abandon()
            redirect_output(str(self._site.server_log))
            return run()

        return fork_child(child)

    def _read_kernel(self, kernel: KernelChild) -> None:
        messages = kernel.lines.receive()
        if messages is None:
            self._reactor.close(kernel.lines.socket)
            return
        for message in messages:
            match message["event"]:
                case "up":
                    kernel.is_up = True
                    for callback in kernel.when_up:
                        callback()
                case "adopted" if kernel.when_adopted is not None:
                    kernel.when_adopted()
                case _:
                    pass

    def _read_server(self) -> None:
        server = self._server
        if server is None:
            return
        messages = server.receive()
        if messages is None:
            self._reactor.close(server.socket)
            return
        for message in messages:
            self._obey_server(message)

    def _obey_server(self, message: Message) -> None:
        match message.get("event"):
            case "serving":
                self._serves = True
                return
            case "ready":
                self._ready = message
                self._settle_if_ready()
                return
            case _:
                pass
        try:
            match message["op"]:
                case "fork-kernel":
                    self._fork_kernel_for_server(message)
                case "adopt-kernel":
                    self._adopt_kernel(message)
                case other:
                    self._tell_server({"request": message["request"], "error": f"unknown: {other}"})
        except OSError as error:
            self._tell_server({"request": message["request"], "error": str(error)})

    def _fork_kernel_for_server(self, message: Message) -> None:
        kernel = self._fork_kernel(KernelPlan.from_message(message))
        kernel.when_up.append(
            lambda: self._tell_server({"request": message["request"], "pid": kernel.pid})
        )

    def _adopt_kernel(self, message: Message) -> None:
        kernel = self._kernels.get(message["pid"])
        if kernel is None:
            reply = {"request": message["request"], "error": "the first kernel has ended"}
            self._tell_server(reply)
            return
        kernel.when_adopted = lambda: self._tell_server({"request": message["request"]})
        kernel.lines.send(
            {"op": "adopt", "cwd": message["cwd"], "environment": message["environment"]}
        )

    def _tell_server(self, message: Message) -> None:
        if self._server is not None and self.server_exit is None:
            self._server.send(message)

    def _note_kernel_exit(self, child: ChildExit) -> None:
        kernel = self._kernels.pop(child.pid, None)
        returncode = child.exit_code if child.exit_code is not None else -(child.signal or 0)
        self._tell_server({"event": "kernel-exited", "pid": child.pid, "returncode": returncode})
        if kernel is not None and not kernel.is_up:
            for callback in kernel.when_up:
                callback()
        if kernel is self._first_kernel and kernel is not None and not kernel.is_up:
            self._fail(f"the first kernel ended with {child} while it started")

    def _note_server_exit(self, child: ChildExit) -> None:
        self.server_exit = child
        seconds = time.time() - self._started
        self._fail(f"the server ended with {child} after {seconds:.1f} s, while it started")

    def _expire(self) -> None:
        within = f"within {self.request.timeout_s:g} s"
        if self._ready is not None:
            self._fail(f"the first kernel was not ready {within}")
        elif self._serves:
            hub = self.request.environment.get("JUPYTERHUB_API_URL", "(no JUPYTERHUB_API_URL)")
            self._fail(f"the hub's API at {hub} could not be reached from the sandbox {within}")
        else:
            self._fail(f"the server was not ready {within}")

    def _fail(self, sentence: str) -> None:
        lines = self._site.last_log_lines(LOG_TAIL_LINES)
        text = "\n".join([sentence, "--- last lines of the server's log ---", *lines])
        self._settle(failure(ActivationError(self.request.redact(text))))

    def _settle_if_ready(self) -> None:
        kernel = self._first_kernel
        if self._ready is None or kernel is None or not kernel.is_up:
            return
        self._spans.add("agent.activate", self._started, time.time())
        reply = {
            "version": 1,
            "guest_version": __version__,
            "server": {"port": SERVER_PORT, "pid": self._server_pid},
            "kernel": {"connection": self._connection, "pid": kernel.pid},
            "hostname": self._hostname,
            "spans": [*self._spans.as_json(), *self._ready["spans"]],
        }
        self._settle(success(repr(JsonValue(reply))))

    def _settle(self, reply: Reply) -> None:
        if self._settled is not None:
            return
        self._settled = reply
        if self._reply is not None:
            self._reply(reply)
