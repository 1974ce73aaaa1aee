"""One user's single-user server, in a process forked from the warm parent.

It is JupyterHub's own single-user extension on jupyter_server, with its own
command line and environment: what is special here is only that everything was
imported before, where its kernels come from, and that it says when it serves.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_client import localinterfaces
from jupyterhub.singleuser.extension import JupyterHubSingleUser

from . import provisioner, renewal
from .activation import ActivationRequest, SpanLog
from .kernel import take_place
from .link import AgentLink, Message
from .site import SERVER_PORT, SandboxSite

if TYPE_CHECKING:
    import socket

FIRST_ACTIVITY_REPORT_S = 60.0


class ForkedSingleUser(JupyterHubSingleUser):
    """JupyterHub's single-user server whose start doesn't wait for two calls to the hub."""

    talks_to_hub = True
    hub_version_checked: asyncio.Task[None] | None = None

    async def check_hub_version(self) -> None:
        """Called (and waited for) while the server initialises: check in the background instead.

        The server is reported as ready only once the hub was reached, see `until_ready`.
        """
        if self.talks_to_hub:
            self.hub_version_checked = asyncio.ensure_future(super().check_hub_version())

    async def keep_activity_updated(self) -> None:
        """Called at start: the hub knows by itself that a server just started, so report later."""
        await asyncio.sleep(FIRST_ACTIVITY_REPORT_S)
        await super().keep_activity_updated()


def run_server(
    site: SandboxSite,
    request: ActivationRequest,
    connection: socket.socket,
    warm_kernel: Message | None,
) -> int:
    """Be the user's server; sends `{"event": "ready", "spans": […]}` when it serves."""
    started = time.time()
    renewal.renew_random_state()
    spans = SpanLog()
    environment = server_environment(site, request)
    take_place(str(site.home), environment)
    _reach_own_address(site)
    link = AgentLink(connection)
    provisioner.install_host(provisioner.KernelHost(link, warm_kernel))
    app = ForkedSingleUser.initialize_server(argv=command_line(site, request))
    spans.add("server.initialize", started, time.time())

    _report_modules_on_request(app, environment)

    async def announce() -> None:
        link.attach(asyncio.get_running_loop())
        link.send({"event": "serving"})
        waiting = time.time()
        await until_hub_was_reached(app)
        spans.add("server.hub-check", waiting, time.time())
        link.send({"event": "ready", "port": app.port, "spans": spans.as_json()})

    app.io_loop.add_callback(announce)
    app.start()
    return 0


async def until_hub_was_reached(app: Any) -> None:
    """Wait for the version check that was begun while initialising."""
    for extensions in app.extension_manager.extension_apps.values():
        for one in extensions:
            if isinstance(one, ForkedSingleUser) and one.hub_version_checked is not None:
                await one.hub_version_checked


def server_environment(site: SandboxSite, request: ActivationRequest) -> dict[str, str]:
    """The user's environment, on top of what the sandbox itself needs."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("FORKD_SPAWNER_")
    }
    environment |= {
        "HOME": str(site.home),
        "TMPDIR": str(site.temporary),
        "JUPYTER_RUNTIME_DIR": str(site.runtime),
    }
    environment |= request.environment
    environment["JUPYTERHUB_SERVICE_URL"] = f"http://{site.address}:{SERVER_PORT}/"
    return environment


def command_line(site: SandboxSite, request: ActivationRequest) -> list[str]:
    """The arguments of the single-user server: ours first, so that the operator's win."""
    args = [
        f"--KernelProvisionerFactory.default_provisioner_name={provisioner.NAME}",
        f"--KernelManager.ip={kernel_address(site)}",
        f"--ServerApp.kernel_manager_class={__package__}.kernel_manager.ForkedKernelManager",
        (
            "--ServerApp.kernel_websocket_connection_class="
            f"{__package__}.kernel_websocket.PromptWebsocketConnection"
        ),
    ]
    if os.geteuid() == 0:
        # The sandbox decides who its user is; jupyter_server's own warning stays for other set-ups.
        args.append("--allow-root")
    return [*args, *request.args]


def kernel_address(site: SandboxSite) -> str:
    """Where kernels listen: the sandbox's own address (in a microVM: all of them)."""
    return site.address


def _reach_own_address(site: SandboxSite) -> None:
    """jupyter_client starts kernels on local addresses only, and doesn't know of 127.0.0.0/8."""
    localinterfaces.is_local_ip(site.address)
    if site.address not in localinterfaces.LOCAL_IPS:
        localinterfaces.LOCAL_IPS.append(site.address)


def _report_modules_on_request(app: Any, environment: dict[str, str]) -> None:
    """For the rehearsal: SIGUSR2 writes the names of the modules that are loaded by then."""
    report = environment.get("FORKD_REHEARSAL_REPORT")
    if report is None:
        return

    def write() -> None:
        partial = Path(f"{report}.partial")
        partial.write_text(json.dumps(list(sys.modules)), encoding="utf-8")
        partial.rename(report)

    app.io_loop.asyncio_loop.add_signal_handler(signal.SIGUSR2, write)
