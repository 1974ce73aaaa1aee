"""Act out one user's start before the snapshot, and import what it needed.

Much of Jupyter is imported lazily: by the first request, the first kernel, the
first cell. Instead of a list of such modules, which would be stale with the
next release, a clone is activated for a user that doesn't exist, against a hub
that knows only him; the modules that it ends up with are imported by the
parent. It is also the proof that this parent can be activated at all.

Everything runs in forked children: the parent itself stays without threads,
loops and sockets.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from ..agent.listeners import listen
from ..agent.serving import serve
from ..machine.fork import fork_child, redirect_output
from ..machine.site import AGENT_PORT, SandboxSite
from ..server.activation_request import ActivationRequest
from . import rehearsed_server
from .rehearsed_user import (
    HUB_PORT,
    NAME,
    TIMEOUT_S,
    Browser,
    RehearsalError,
    environment,
    open_hub,
)

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable

# The cell that most users run first, in effect: a library, a value, a display.
CELL = (
    "import sys, json, pathlib, numpy\n"
    "pathlib.Path({report!r}).write_text(json.dumps(list(sys.modules)))\n"
    "numpy.arange(3).sum()"
)


def rehearse() -> None:
    """Run a whole start in clones; import here what it imported. Raises RehearsalError."""
    directory = Path(tempfile.mkdtemp(prefix="forkd-rehearsal-"))
    try:
        for modules in _act(directory / "clone"):
            import_all(modules)
        address = _free_address()
        request = ActivationRequest(NAME, environment(f"http://{address}:{HUB_PORT}"))
        site = SandboxSite("rehearsal", address, directory / "parent")
        rehearsed_server.rehearse(site, request)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def import_all(modules: Iterable[str]) -> None:
    """Import modules by name; those that only exist as a side effect of others are passed over."""
    for name in modules:
        if name in sys.modules or name.startswith("__"):
            continue
        try:
            importlib.import_module(name)
        except Exception:  # noqa: BLE001, S112 (pieces of debuggers and compilers raise all sorts)
            continue


def _act(directory: Path) -> list[list[str]]:
    directory.mkdir()
    address = _free_address()
    site = SandboxSite("rehearsal", address, directory)
    listener = listen(address)
    stage = fork_child(lambda: _sandbox(site, listener))
    listener.close()
    conductor = fork_child(lambda: _conduct(site))
    try:
        status = _wait(conductor)
    finally:
        os.kill(stage, signal.SIGKILL)
        os.waitpid(stage, 0)
    reports = [site.directory / name for name in ("server-modules.json", "kernel-modules.json")]
    if status != 0 or not all(report.exists() for report in reports):
        notes = _read(directory / "conductor.log") + "\n".join(site.last_log_lines(30))
        message = f"a rehearsal of a user's start failed:\n{notes}"
        raise RehearsalError(message)
    return [json.loads(report.read_text()) for report in reports]


def _free_address() -> str:
    """An address of 127.0.0.0/8 that no other parent of this host rehearses on."""
    pid = os.getpid()
    return f"127.{10 + pid % 5}.{pid // 256 % 256}.{1 + pid % 254}"


def _wait(pid: int) -> int:
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return -signal.SIGKILL


def _read(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""


def _sandbox(site: SandboxSite, listener: socket.socket) -> NoReturn:
    redirect_output(str(site.server_log))
    serve(site, listener)


def _conduct(site: SandboxSite) -> int:
    redirect_output(str(site.directory / "conductor.log"))
    try:
        asyncio.run(_play(site))
    except Exception:  # noqa: BLE001 (whatever it is, the log is what tells of it)
        traceback.print_exc()
        return 1
    return 0


async def _play(site: SandboxSite) -> None:
    hub = open_hub(site.address)
    reply = await _activate(site)
    report = site.directory / "server-modules.json"
    browser = Browser(site.address)
    await browser.look_around()
    kernel_id = await browser.start_kernel()
    code = CELL.format(report=str(site.directory / "kernel-modules.json"))
    await browser.run_cell(kernel_id, code)
    await browser.fetch("DELETE", f"api/kernels/{kernel_id}")
    os.kill(reply["server"]["pid"], signal.SIGUSR2)
    while not report.exists():  # noqa: ASYNC110 (another process writes it)
        await asyncio.sleep(0.01)
    hub.stop()


async def _activate(site: SandboxSite) -> dict[str, Any]:
    given = environment(f"http://{site.address}:{HUB_PORT}")
    given["FORKD_REHEARSAL_REPORT"] = str(site.directory / "server-modules.json")
    request = {
        "version": 1,
        "username": NAME,
        "environment": given,
        "timeout_s": TIMEOUT_S,
    }
    reader, writer = await asyncio.open_connection(site.address, AGENT_PORT)
    code = f"activate({json.dumps(json.dumps(request))})"
    writer.write(json.dumps({"action": "eval", "code": code}).encode() + b"\n")
    answer = json.loads(await reader.readline())
    writer.close()
    if answer["error"]:
        raise RehearsalError(answer["error"])
    return json.loads(answer["result"])
