"""One user's single-user server, in a process forked from the warm parent."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..kernel import provisioner
from ..machine.link import AgentLink, Message
from ..machine.place import take_place
from ..server import resolver, single_user
from ..server.activation_request import ActivationRequest, SpanLog
from ..server.single_user import command_line, server_environment
from . import bound_server, nobody, renewal

if TYPE_CHECKING:
    import socket

    from ..machine.site import SandboxSite


def run_server(
    site: SandboxSite,
    request: ActivationRequest,
    connection: socket.socket,
    warm_kernel: Message | None,
) -> int:
    """Be the user's server; sends `{"event": "ready", "spans": […]}` when it serves."""
    started = SpanLog.now()
    renewal.renew_random_state()
    spans = SpanLog()
    environment = server_environment(site, request)
    take_place(environment["HOME"], environment)
    single_user.reach_own_address(site)
    resolver.use_threads()
    link = AgentLink(connection)
    provisioner.install_host(provisioner.KernelHost(link, warm_kernel))
    spans.add("server.renew", started)
    app = _server_app(site, request, environment, spans)
    _report_modules_on_request(app, environment)

    async def announce() -> None:
        link.attach(asyncio.get_running_loop())
        link.send({"event": "serving"})
        waiting = SpanLog.now()
        await single_user.until_hub_was_reached(app)
        spans.add("server.hub-check", waiting)
        link.send({"event": "ready", "port": app.port, "spans": spans.as_json()})

    app.io_loop.add_callback(announce)
    app.start()
    return 0


def _server_app(
    site: SandboxSite, request: ActivationRequest, environment: dict[str, str], spans: SpanLog
) -> Any:
    started = SpanLog.now()
    prepared = bound_server.of_this_parent()
    if prepared is not None and prepared.suits(request, environment):
        app = prepared.bind(site, environment)
        spans.add("server.bind", started)
    else:
        nobody.give_way()
        app = single_user.initialize(command_line(site, request.args))
        spans.add("server.initialize", started)
    return app


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
