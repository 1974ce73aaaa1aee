"""An activation under way: the first kernel and the server are forked, and reported when ready."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..bind import renewal
from ..bind.user_kernel import KernelPlan, new_connection, write_connection_file
from ..bind.user_server import run_server
from ..machine.memory_kills import MemoryKills
from ..machine.site import KERNEL_PORTS, SERVER_PORT, SandboxSite
from ..server.activation_request import (
    ActivationError,
    ActivationRequest,
    ActivationTimeoutError,
    HubOutOfReachError,
    JsonValue,
    OutOfMemoryError,
    SpanLog,
)
from ..server.single_user import kernel_address, make_folders, server_environment
from .child import SERVER_MEMORY_POINTS, Forked, fork_with_line
from .kernel_children import KernelChild, KernelChildren
from .reply import Reply, failure, success

if TYPE_CHECKING:
    from ..machine.link import Message
    from ..machine.reactor import ChildExit, Reactor

LOG_TAIL_LINES = 20


class Activation:
    """Settles when server and first kernel can be talked to, or one of them can't be."""

    def __init__(self, site: SandboxSite, reactor: Reactor, request: ActivationRequest) -> None:
        self.request = request
        self.server_exit: ChildExit | None = None
        self.server_ran_out_of_memory = False
        self._site = site
        self._reactor = reactor
        self._spans = SpanLog()
        self._started = SpanLog.now()
        self._memory_kills = MemoryKills(is_vm=site.is_vm)
        self._kernels = KernelChildren(reactor, site, self._tell_server, self._memory_kills)
        self._server: Forked | None = None
        self._serves = False
        self._ready: Message | None = None
        self._hostname = ""
        self._when_server_is_ready: Callable[[], None] = _nothing
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
        self._site.write_certificates(self.request.certificates or {})
        environment = server_environment(self._site, self.request)
        self._site.give(*make_folders(environment))
        connection = new_connection(kernel_address(self._site), KERNEL_PORTS)
        kernel = self._kernels.fork(self._first_plan(connection, environment))
        self._server = self._fork_server(kernel, connection)
        self._when_server_is_ready = lambda: self._settle_if_ready(kernel, connection)
        kernel.when_settled = lambda: self._note_kernel(kernel, connection)
        self._spans.add("agent.fork", self._started)
        self._reactor.call_later(self.request.timeout_s, self._expire)

    def _first_plan(self, connection: dict[str, Any], environment: dict[str, str]) -> KernelPlan:
        path = self._site.runtime / f"kernel-{uuid.uuid4()}.json"
        write_connection_file(path, connection)
        self._site.give(path)
        return KernelPlan(path, environment["HOME"], environment, self._site.directory)

    def _fork_server(self, kernel: KernelChild, connection: dict[str, Any]) -> Forked:
        warm = {"pid": kernel.pid, "connection": connection}
        server = fork_with_line(
            self._reactor,
            self._site,
            lambda line: run_server(self._site, self.request, line, warm),
            self._obey_server,
            SERVER_MEMORY_POINTS,
        )
        self._reactor.on_exit(server.pid, self._note_server_exit)
        return server

    def _obey_server(self, message: Message) -> None:
        match message.get("event"):
            case "serving":
                self._serves = True
                self._spans.add("agent.server-listening", self._started)
            case "ready":
                self._ready = message
                self._when_server_is_ready()
            case _:
                self._kernels.obey(message)

    def _tell_server(self, message: Message) -> None:
        if self._server is not None:
            self._server.tell(message)

    def _note_kernel(self, kernel: KernelChild, connection: dict[str, Any]) -> None:
        if kernel.is_up:
            self._spans.add("agent.kernel-warm", self._started)
        self._settle_if_ready(kernel, connection)

    def _settle_if_ready(self, kernel: KernelChild, connection: dict[str, Any]) -> None:
        if kernel.end is not None and not kernel.is_up:
            self._fail_with_end("the first kernel", kernel.end, kernel.ran_out_of_memory)
        if self._ready is None or self._server is None or not kernel.is_up:
            return
        self._spans.add("agent.activate", self._started)
        reply = {
            "version": 1,
            "guest_version": __version__,
            "server": {"port": SERVER_PORT, "pid": self._server.pid},
            "kernel": {"connection": connection, "pid": kernel.pid},
            "hostname": self._hostname,
            "spans": [*self._spans.as_json(), *self._ready["spans"]],
        }
        self._settle(success(repr(JsonValue(reply))))

    def _note_server_exit(self, child: ChildExit) -> None:
        self.server_exit = child
        self.server_ran_out_of_memory = self._memory_kills.took(child)
        self._fail_with_end("the server", child, self.server_ran_out_of_memory)

    def _fail_with_end(self, which: str, child: ChildExit, ran_out_of_memory: bool) -> None:  # noqa: FBT001
        when = f"after {SpanLog.now() - self._started:.1f} s, while it started"
        if ran_out_of_memory:
            limit = self.request.environment.get("MEM_LIMIT")
            of = f" of {int(limit) / 2**20:g} MiB" if limit and limit.isdecimal() else ""
            self._fail(f"{which} was ended by the memory limit{of} {when}", OutOfMemoryError)
        else:
            self._fail(f"{which} ended with {child} {when}")

    def _expire(self) -> None:
        within = f"within {self.request.timeout_s:g} s"
        if self._ready is not None:
            self._fail(f"the first kernel was not ready {within}", ActivationTimeoutError)
        elif self._serves:
            hub = self.request.environment.get("JUPYTERHUB_API_URL", "(no JUPYTERHUB_API_URL)")
            sentence = f"the hub's API at {hub} could not be reached from the sandbox {within}"
            self._fail(sentence, HubOutOfReachError)
        else:
            self._fail(f"the server was not ready {within}", ActivationTimeoutError)

    def _fail(self, sentence: str, kind: type[ActivationError] = ActivationError) -> None:
        if self._settled is not None:
            return
        lines = self._site.last_log_lines(LOG_TAIL_LINES)
        text = "\n".join([sentence, "--- last lines of the server's log ---", *lines])
        self._settle(failure(kind(self.request.redact(text))))

    def _settle(self, reply: Reply) -> None:
        if self._settled is not None:
            return
        self._settled = reply
        if self._reply is not None:
            self._reply(reply)


def _nothing() -> None:
    """Not started yet."""
