"""The first kernel becomes a notebook's, or it ends and another one is forked in its place."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from harness import is_running, until
from tornado.httpclient import HTTPClientError
from user_server import DEADLINE_S

from forkd_jupyter_guest.kernel import provisioner

if TYPE_CHECKING:
    from harness import Sandbox, StubHub

HANG_UP = """
import os, pathlib, socket, threading
def _hang_up(go=pathlib.Path.home() / "go", done=pathlib.Path.home() / "done"):
    while not go.exists():
        done.parent.stat()
    for name in os.listdir("/proc/self/fd"):
        try:
            line = socket.socket(fileno=int(name))
            if line.family == socket.AF_UNIX and line.getsockname() == line.getpeername() == "":
                line.shutdown(socket.SHUT_RDWR)
            line.detach()
        except OSError:
            pass
    done.touch()
if not (pathlib.Path.home() / "done").exists():
    threading.Thread(target=_hang_up, daemon=True).start()
"""

REFUSE = """
import os
def _refuse(path):
    raise PermissionError(13, "refused by a startup file", path)
os.chdir = _refuse
"""


def _add_startup_file(sandbox: Sandbox, code: str) -> Path:
    home = sandbox.directory / "home"
    startup = home / ".ipython/profile_default/startup"
    startup.mkdir(parents=True)
    (startup / "00-own.py").write_text(code)
    return home


async def _activate(sandbox: Sandbox, hub: StubHub, **changes: Any) -> int:
    """The pid of its first kernel."""
    reply = await sandbox.activate(hub, **changes)
    assert reply["error"] is None, reply["error"]
    return json.loads(reply["result"])["kernel"]["pid"]


async def _works_in_place_of(sandbox: Sandbox, first: int) -> None:
    kernel_id = await asyncio.wait_for(sandbox.start_kernel(), DEADLINE_S)
    pid = int(await sandbox.run("import os; os.getpid()", kernel_id))
    assert pid != first
    assert not is_running(first)


async def test_a_kernel_that_hears_nothing_any_more_is_replaced(
    sandbox: Sandbox, hub: StubHub
) -> None:
    home = _add_startup_file(sandbox, HANG_UP)
    first = await _activate(sandbox, hub)
    (home / "go").touch()
    await until((home / "done").exists, "the kernel has hung up")
    await _works_in_place_of(sandbox, first)


async def test_a_kernel_that_cannot_take_its_place_is_replaced(
    sandbox: Sandbox, hub: StubHub
) -> None:
    _add_startup_file(sandbox, REFUSE)
    await _works_in_place_of(sandbox, await _activate(sandbox, hub))
    assert "refused by a startup file" in (sandbox.directory / "server.log").read_text()


async def test_a_folder_that_is_gone_is_named_and_costs_no_kernel(
    sandbox: Sandbox, hub: StubHub
) -> None:
    folder = sandbox.directory / "home" / "notebooks"
    first = await _activate(sandbox, hub, environment={"JUPYTERHUB_ROOT_DIR": str(folder)})
    shutil.rmtree(folder)
    # As from an ordinary server: 500, and its log has the reason.
    with pytest.raises(HTTPClientError, match="500"):
        await sandbox.fetch("POST", "api/kernels", {"name": "python3", "path": ""})
    log = (sandbox.directory / "server.log").read_text()
    assert f"No such file or directory: '{folder}'" in log
    folder.mkdir()
    assert await sandbox.run("import os; os.getpid()") == str(first)


class _RefusingLink:
    """An agent that hasn't understood, of a kernel that lives."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def listen(self, callback: Any) -> None:
        """It has nothing to tell."""

    async def request(self, message: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(message["op"])
        raise RuntimeError("not understood")


async def test_no_second_kernel_is_forked_while_the_first_may_live(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kernel = await asyncio.create_subprocess_exec("sleep", "infinity")
    link = _RefusingLink()
    host = provisioner.KernelHost(link, {"pid": kernel.pid, "connection": {}})  # pyright: ignore[reportArgumentType]
    monkeypatch.setattr(provisioner, "_host", host)
    one = provisioner.ForkProvisioner()
    monkeypatch.setattr(one, "_forkable", lambda _: "/kernel.json")
    one._adopted = host.take_warm_kernel()
    try:
        with pytest.raises(RuntimeError, match="not understood"):
            await one.launch_kernel([], cwd="/", env={})
        assert link.asked == ["adopt-kernel"]
        # Nobody else would have it.
        assert await asyncio.wait_for(kernel.wait(), DEADLINE_S) == -9
    finally:
        if kernel.returncode is None:
            kernel.kill()
            await kernel.wait()
