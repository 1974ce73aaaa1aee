"""Run a server in the parent for a moment, and throw it away.

What stays is what no clone's server need do again: compiled patterns and
templates, traitlets' and metadata's caches, code that Python has specialised by
running it, what classes know of themselves. All of that would otherwise be done
by each clone, in memory pages that it has to copy for it. The loop that a server
needs is closed afterwards; a thread that it left would make every fork a
hazard, and fails the warm-up.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import signal
import socket
import threading
from typing import TYPE_CHECKING, Any, cast

import jupyterhub
import prometheus_client

from ..bind.user_kernel import KernelPlan, new_connection, run_kernel, write_connection_file
from ..kernel import provisioner
from ..machine.fork import fork_child
from ..machine.site import KERNEL_PORTS
from ..server import single_user
from ..server.stage import stage
from .rehearsed_user import TIMEOUT_S, Browser, open_hub

if TYPE_CHECKING:
    from ..machine.link import AgentLink, Message
    from ..machine.site import SandboxSite
    from ..server.activation_request import ActivationRequest

VISITS = int(os.environ.get("FORKD_REHEARSAL_VISITS", "10"))
"""Python specialises code that it has run eight times."""

CELL = "1 + 1"

PORTS_APART = 10
"""Between two kernels that are up together."""


class LeftThreadsError(Exception):
    """An extension started threads that did not end: nothing can be forked any more."""


def rehearse(site: SandboxSite, request: ActivationRequest) -> None:
    """Serve a user that doesn't exist; leaves no loop, thread, kernel or identity."""
    site.make_folders()
    environment = single_user.server_environment(site, request)
    kernels = [_fork_kernel(site, environment, number) for number in range(VISITS)]
    try:
        with stage(str(site.home), environment):
            single_user.reach_own_address(site)
            provisioner.install_host(_Host(kernels))
            with single_user.out_of_hubs_reach():
                app = single_user.initialize(single_user.command_line(site, request.args))
            _serve(app, site)
    finally:
        for kernel in kernels:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(kernel["pid"], signal.SIGKILL)
                os.waitpid(kernel["pid"], 0)
    _forget_metrics()
    threads = [one.name for one in threading.enumerate() if one is not threading.main_thread()]
    if threads:
        message = f"the server left threads: {', '.join(threads)}"
        raise LeftThreadsError(message)


def _serve(app: Any, site: SandboxSite) -> None:
    failures: list[BaseException] = []

    async def visit() -> None:
        hub = open_hub(site.address)
        try:
            await asyncio.wait_for(_visit(app, site), TIMEOUT_S)
        except Exception as error:  # noqa: BLE001 (raised below, outside the loop)
            failures.append(error)
        finally:
            await _close_hub_client()
            hub.stop()
            app.stop()

    app.io_loop.add_callback(visit)
    app.start()
    app.kernel_manager.context.destroy(linger=0)
    if failures:
        raise failures[0]


async def _close_hub_client() -> None:
    """JupyterHub 6 keeps a session for each loop; 5 has tornado's, which needs no end."""
    if jupyterhub.version_info >= (6,):
        client = importlib.import_module("jupyterhub.httpclient").JupyterHubHTTPClient
        await client.loop_instance().close()


async def _visit(app: Any, site: SandboxSite) -> None:
    for extension in single_user.extensions_of(app):
        await extension.talk_to_hub()
    await single_user.until_hub_was_reached(app)
    browser = Browser(site.address)
    for _ in range(VISITS):
        await browser.look_around()
        await browser.run_cell(await browser.start_kernel(), CELL)
    await until_extensions_are_quiet(app)


async def until_extensions_are_quiet(app: Any) -> None:
    """jupyter_lsp looks for language servers in a thread; let it end by itself."""
    manager = getattr(app, "language_server_manager", None)
    if manager is not None:
        await asyncio.wait_for(manager.ready(), timeout=TIMEOUT_S)
    await asyncio.get_running_loop().shutdown_default_executor()


def _fork_kernel(site: SandboxSite, environment: dict[str, str], number: int) -> Message:
    """Before there is a loop, which no fork survives."""
    ours, theirs = socket.socketpair()
    ports = {name: port + PORTS_APART * (number + 1) for name, port in KERNEL_PORTS.items()}
    connection = new_connection(site.address, ports)
    file = site.runtime / f"rehearsed-{number}.json"
    write_connection_file(file, connection)
    plan = KernelPlan(file, str(site.home), environment, site.directory)
    pid = fork_child(lambda: run_kernel(plan, theirs))
    theirs.close()
    ours.settimeout(TIMEOUT_S)
    # It says that it is up; its end of the line may go then.
    ours.recv(1)
    ours.close()
    return {"pid": pid, "connection": connection}


class _Host(provisioner.KernelHost):
    """Kernels that run already, one for each time that a server asks."""

    def __init__(self, kernels: list[Message]) -> None:
        super().__init__(cast("AgentLink", _Line()), None)
        self._kernels = list(kernels)

    def take_warm_kernel(self) -> Message | None:
        """The next one."""
        return self._kernels.pop(0)

    def follow(self, pid: int) -> provisioner.ForkedProcess:
        """A child of our own."""
        return _Child(pid)


class _Child(provisioner.ForkedProcess):
    def poll(self) -> int | None:
        """Reap it, since no agent does."""
        with contextlib.suppress(ChildProcessError):
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            if ended:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


class _Line:
    """An agent that says yes."""

    def listen(self, callback: Any) -> None:
        """It has nothing to tell."""

    async def request(self, message: Message) -> Message:
        """The kernel keeps the folder that it has."""
        return message


def _forget_metrics() -> None:
    """No user's server has answered these requests."""
    registry: Any = prometheus_client.REGISTRY
    for collector in {*registry._collector_to_names}:  # noqa: SLF001
        if getattr(collector, "_labelnames", ()):
            collector.clear()
