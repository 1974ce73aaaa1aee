"""A forked process runs the exit handlers of one that was started, and nobody else's."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from harness import Parent, Sandbox, StubHub, is_running, until
from test_kernel_ends import add_ordinary_kernel
from tornado.httpclient import HTTPError
from user_server import ServerAt

from spawner.hub import free_ports

if TYPE_CHECKING:
    from user_server import Server

PROBE = Path(__file__).with_name("exit_notes")
"""What notes the handlers, and an extension that registers some."""

STARTUP_FILE = """
import atexit

def end_of_startup_file():
    pass

atexit.register(end_of_startup_file)
"""


@dataclass
class Notes:
    """What processes have run at their ends."""

    folder: Path

    def of(self, pid: int, origin: str) -> list[str]:
        """The names of one process's handlers, in the order in which they were run."""
        lines = [line.split() for line in (self.folder / str(pid)).read_text().splitlines()]
        own = "forkd_jupyter_guest."
        return [name for found, name in lines if found == origin and not name.startswith(own)]


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Notes:
    return Notes(tmp_path_factory.mktemp("notes"))


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, notes: Notes) -> dict[str, str]:
    """The environment of a host where the extension is enabled for servers."""
    enabled = tmp_path_factory.mktemp("config") / "jupyter_server_config.d"
    enabled.mkdir()
    extensions = {"ServerApp": {"jpserver_extensions": {"leaves_handlers": True}}}
    (enabled / "leaves_handlers.json").write_text(json.dumps(extensions))
    return {
        "EXIT_NOTES": str(notes.folder),
        "PYTHONPATH": str(PROBE),
        "JUPYTER_CONFIG_PATH": str(enabled.parent),
        # A parent ends without its finalizers.
        "TMPDIR": str(tmp_path_factory.mktemp("temporary")),
    }


@pytest.fixture(scope="module")
def ipython_configuration() -> Iterator[None]:
    """The extension is loaded into all kernels of this environment, which run a file, too."""
    folder = Path(sys.prefix, "etc/ipython")
    config, startup = folder / "ipython_config.py", folder / "startup" / "00-forkd-test.py"
    assert not config.exists()
    startup.parent.mkdir(parents=True, exist_ok=True)
    config.write_text("c.InteractiveShellApp.extensions = ['leaves_handlers']\n")
    startup.write_text(STARTUP_FILE)
    yield
    config.unlink()
    startup.unlink()


@pytest.fixture(scope="module")
async def parent(
    tmp_path_factory: pytest.TempPathFactory,
    environment: dict[str, str],
    ipython_configuration: None,  # noqa: ARG001
) -> AsyncIterator[Parent]:
    one = Parent(tmp_path_factory.mktemp("parent"), environment)
    ready = await one.open()
    assert ready["event"] == "ready", ready
    yield one
    await one.close()


@pytest.fixture(scope="module")
async def ordinary_server(
    environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> int:
    """The process ID of one that has ended."""
    hub = StubHub()
    hub.open()
    try:
        return await _end_of_ordinary_server(hub, environment, tmp_path_factory.mktemp("ordinary"))
    finally:
        await hub.close()


@pytest.mark.parametrize(
    ("args", "span"), [([], "server.bind"), (["--log-level=INFO"], "server.initialize")]
)
async def test_a_server_runs_the_handlers_of_an_ordinary_server(  # noqa: PLR0913, PLR0917
    sandbox: Sandbox,
    hub: StubHub,
    ordinary_server: int,
    notes: Notes,
    args: list[str],
    span: str,
) -> None:
    reply = await sandbox.activate(hub, args=args)
    assert span in reply["result"]
    assert await sandbox.run("1 + 1") == "2"
    forked = json.loads(reply["result"])["server"]["pid"]
    await sandbox.fetch("POST", "api/shutdown")
    await until(lambda: not is_running(forked), "the end of the forked server")
    _compare(notes, forked, ordinary_server)
    assert len(notes.of(forked, "object")) == 1


async def test_a_kernel_runs_the_handlers_of_an_ordinary_kernel(
    active: Sandbox, notes: Notes
) -> None:
    pids = {
        name: await _end_of_kernel(active, name)
        for name in ("python3", "python3", add_ordinary_kernel(active.directory / "home"))
    }
    _compare(notes, pids["python3"], pids["ordinary"])
    names = [name.rpartition(".")[2] for name in notes.of(pids["python3"], "object")]
    assert {"end_of_kernel", "end_of_startup_file", "atexit_operations"} <= set(names)


async def test_what_a_module_of_the_parent_has_made_outlives_a_server_and_a_kernel(
    parent: Parent, hub: StubHub
) -> None:
    pair = await parent.fork(2)
    for sandbox, user in zip(pair, ("alice", "bob"), strict=True):
        assert (await sandbox.activate(hub, user))["error"] is None
    first, second = pair
    await _end_of_kernel(first, "python3")
    await first.fetch("POST", "api/shutdown")
    code = "import leaves_handlers, pathlib; pathlib.Path(leaves_handlers.FOLDER.name).exists()"
    assert await second.run(code) == "True"
    for sandbox in pair:
        await parent.kill(sandbox)


def _compare(notes: Notes, forked: int, ordinary: int) -> None:
    assert notes.of(forked, "object") == notes.of(ordinary, "object")
    imported = notes.of(forked, "import")
    # A forked process has loaded what servers and kernels import, and so has their handlers.
    assert set(notes.of(ordinary, "import")) <= set(imported)
    assert len(set(imported)) == len(imported)


async def _end_of_kernel(server: Server, name: str) -> int:
    kernel_id = await server.start_kernel(name)
    pid = int(await server.run("import os; os.getpid()", kernel_id))
    await server.fetch("DELETE", f"api/kernels/{kernel_id}")
    await until(lambda: not is_running(pid), "the end of the kernel")
    return pid


async def _end_of_ordinary_server(hub: StubHub, environment: dict[str, str], folder: Path) -> int:
    (port,) = free_ports(1)
    token = "token-of-an-ordinary-server"
    hub.users[token] = "alice"
    with tempfile.TemporaryFile() as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "jupyterhub.singleuser", "--allow-root"),
            cwd=folder,
            env={
                **os.environ,
                **environment,
                **hub.environment("alice", token),
                "HOME": str(folder),
                "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:{port}/",
            },
            stdout=log,
            stderr=log,
        )
    server = ServerAt(f"127.0.0.1:{port}", "/user/alice/", token)
    try:
        await _until_served(server, process)
        assert await server.run("1 + 1") == "2"
        await server.fetch("POST", "api/shutdown")
        await asyncio.wait_for(process.wait(), 60)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.pid


async def _until_served(server: Server, process: Any) -> None:
    async with asyncio.timeout(60):
        while process.returncode is None:
            try:
                await server.fetch("GET", "api/status")
            except (OSError, HTTPError):
                await asyncio.sleep(0.05)
            else:
                return
    message = f"the ordinary server ended with {process.returncode}"
    raise AssertionError(message)
