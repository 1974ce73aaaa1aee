"""A kernel that is forked from the warm parent instead of being started."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipykernel.kernelapp import IPKernelApp
from tornado.ioloop import IOLoop

from ..kernel import template
from ..kernel.template import ForkedKernelApp
from ..machine.link import AgentLink, Message
from ..machine.place import set_since, take_place
from . import nobody, renewal

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping


@dataclass(frozen=True)
class KernelPlan:
    """What a kernel needs to start: ipykernel's connection file, a folder, an environment."""

    connection_file: Path
    cwd: str
    environment: dict[str, str]
    sandbox: Path
    """The folder of its sandbox, and gone with it."""

    @classmethod
    def from_message(cls, message: Message, sandbox: Path) -> KernelPlan:
        """As the provisioner sends it."""
        file = Path(message["connection_file"])
        return cls(file, message["cwd"], message["environment"], sandbox)


def new_connection(address: str, ports: Mapping[str, int]) -> dict[str, Any]:
    """Connection information with a key that no clone has seen; `ports` by ipykernel's names."""
    return {
        "transport": "tcp",
        "ip": address,
        **ports,
        "key": renewal.new_key(),
        "signature_scheme": "hmac-sha256",
        "kernel_name": "python3",
    }


def write_connection_file(path: Path, connection: dict[str, Any]) -> None:
    """Write a connection file that only this user can read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(connection, file)


def run_kernel(plan: KernelPlan, connection: socket.socket) -> int:
    """Be a kernel until it is shut down; says `{"event": "up"}` when it can be talked to."""
    renewal.renew_random_state()
    take_place(plan.cwd, plan.environment)
    nobody.give_way()
    app = _application(plan.sandbox)
    if isinstance(app, ForkedKernelApp):
        os.environ.update(app.own_variables)
    app.initialize(["-f", str(plan.connection_file)])
    link = AgentLink(connection)
    link.listen(lambda message: _obey(app, link, message, plan.environment))

    def up() -> None:
        link.attach(asyncio.get_running_loop())
        link.send({"event": "up"})

    # The loop that `app.start` runs: ipykernel takes the current one too.
    IOLoop.current().add_callback(up)
    app.start()
    _let_control_finish(app)
    return 0


def _let_control_finish(app: IPKernelApp) -> None:
    """Have the thread that was told to shut down the kernel come to its end.

    It stops the main loop, and flushes output only then. An exit handler of ipykernel's ends the
    thread that sends output; a flush that has begun by then waits 10 s for it, and the server's
    SIGTERM comes first. A started kernel has more to do in between, and so is seldom hit.
    """
    control: Any = app.control_thread
    if control is not None and control.is_alive():
        control.stop()
        control.join()


def _application(sandbox: Path) -> IPKernelApp:
    warm = template.of_this_parent()
    if warm is None or template.has_own_configuration():
        template.discard()
        return IPKernelApp.instance()
    warm.sandbox = sandbox
    warm.adopt_singletons()
    return warm


def _obey(
    app: IPKernelApp, link: AgentLink, message: Message, environment: Mapping[str, str]
) -> None:
    """The first kernel runs before it is known for which notebook: `adopt` tells.

    `environment`: what it was started with.
    """
    if message.get("op") != "adopt":
        return
    try:
        _move(app, message, environment)
    except Exception:
        # The sandbox's log says it. Whose line is closed is ended, and another one is forked.
        app.log.exception("this kernel cannot become the notebook's")
        link.close()
    else:
        link.send({"event": "adopted"})


def _move(app: IPKernelApp, message: Message, environment: Mapping[str, str]) -> None:
    given: dict[str, str] = message["environment"]
    # What it has set by itself stays, unless this notebook's kernel is to have it otherwise.
    own = {
        name: value
        for name, value in set_since(environment).items()
        if given.get(name) == environment.get(name)
    }
    take_place(message["cwd"], given | own)
    session_name = message["environment"].get("JPY_SESSION_NAME")
    if app.shell is not None:
        app.shell.user_ns["_dh"][:] = [message["cwd"]]
        if session_name:
            app.shell.user_ns["__session__"] = session_name
