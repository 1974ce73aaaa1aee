"""A forked kernel ends as one that was started: by itself, and in the interpreter's own order."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from harness import Sandbox, StubHub

KERNELS = 24
"""One of four was killed, when kernels didn't end in order."""
AT_ONCE = 4

PATIENCE_S = 40
"""jupyter_client sends SIGTERM after half of it: so late that a busy machine is no reason."""

NOTE_A_SIGNAL = """
import os, pathlib, signal, sys
def _note(*_):
    pathlib.Path({note!r}).touch()
    os._exit(1)
signal.signal(signal.SIGTERM, _note)
# A kernel that only goes on after this is not one that ends by itself.
sys.stdout.flush_timeout = sys.stderr.flush_timeout = 600
"""

NOTE_THE_ORDER = """
import atexit, pathlib, threading
def _note(what):
    with open({note!r}, "a") as file:
        print(what, file=file)
def _work():
    threading.main_thread().join()
    _note("thread")
class Last:
    def __del__(self, note=_note, publisher=get_ipython().kernel.iopub_thread.thread):
        note("value, while output is " + ("published" if publisher.is_alive() else "lost"))
last = Last()
threading.Thread(target=_work).start()
atexit.register(_note, "handler")
"""

NOTE_WHO_IS_FIRST = """
import pathlib, threading, time
from ipykernel.iostream import OutStream
note = pathlib.Path({note!r})
# At the end the names of this cell are gone.
def _patient(self, flush=OutStream.flush, thread=threading.current_thread, time=time, note=note):
    if thread().name == "Control":
        # Time for whoever doesn't wait for this thread; nobody is to.
        for _ in range(50):
            time.sleep(0.01)
            if self.pub_thread._stopped:
                note.touch()
    flush(self)
OutStream.flush = _patient
"""


def add_ordinary_kernel(home: Path) -> str:
    """A kernel that no fork stands for, of the same interpreter; its name."""
    folder = home / ".local/share/jupyter/kernels/ordinary"
    folder.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": "ordinary", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec))
    return folder.name


@pytest.mark.parametrize("way", ["stopped", "restarted"])
async def test_no_kernel_needs_a_signal_to_end(sandbox: Sandbox, hub: StubHub, way: str) -> None:
    reply = await sandbox.activate(hub, args=[f"--KernelManager.shutdown_wait_time={PATIENCE_S}"])
    assert reply["error"] is None, reply["error"]
    places = asyncio.Semaphore(AT_ONCE)
    home = sandbox.directory / "home"

    async def try_one(number: int) -> None:
        async with places:
            kernel_id = await sandbox.start_kernel()
            note = str(home / f"signal-{number}")
            await sandbox.run(NOTE_A_SIGNAL.format(note=note), kernel_id)
            if way == "restarted":
                await sandbox.fetch("POST", f"api/kernels/{kernel_id}/restart", {})
                assert await sandbox.run_after_restart("2 + 2", kernel_id) == "4"
            await sandbox.fetch("DELETE", f"api/kernels/{kernel_id}")

    await asyncio.gather(*(try_one(number) for number in range(KERNELS)))
    assert list(home.glob("signal-*")) == []


@pytest.mark.parametrize("way", ["stopped", "restarted"])
async def test_output_is_sent_until_the_shutdown_was_answered(active: Sandbox, way: str) -> None:
    note = active.directory / "home" / "output-ended-first"
    kernel_id = await active.start_kernel()
    await active.run(NOTE_WHO_IS_FIRST.format(note=str(note)), kernel_id)
    if way == "restarted":
        await active.fetch("POST", f"api/kernels/{kernel_id}/restart", {})
    await active.fetch("DELETE", f"api/kernels/{kernel_id}")
    assert not note.exists()


async def test_threads_handlers_and_values_end_in_the_order_of_an_ordinary_kernel(
    active: Sandbox,
) -> None:
    home = active.directory / "home"
    ends: dict[str, list[str]] = {}
    for name in ("python3", add_ordinary_kernel(home)):
        note = home / f"order-of-{name}"
        kernel_id = await active.start_kernel(name)
        await active.run(NOTE_THE_ORDER.format(note=str(note)), kernel_id)
        await active.fetch("DELETE", f"api/kernels/{kernel_id}")
        ends[name] = note.read_text().splitlines()
    assert ends["ordinary"] == ["thread", "handler", "value, while output is published"]
    assert ends["python3"] == ends["ordinary"]


async def test_what_a_handler_prints_at_the_end_is_shown(active: Sandbox) -> None:
    kernel_id = await active.start_kernel()
    async with active.kernel(kernel_id) as session:
        await session.run("import atexit; atexit.register(print, 'the last words');")
        await active.fetch("POST", f"api/kernels/{kernel_id}/restart", {})
        while (message := await session.read())["msg_type"] != "stream":
            pass
        assert message["content"]["text"].startswith("the last words")


async def test_the_history_of_a_stopped_kernel_is_kept(active: Sandbox) -> None:
    kernel_id = await active.start_kernel()
    await active.run("'to be remembered'", kernel_id)
    await active.fetch("DELETE", f"api/kernels/{kernel_id}")
    assert "to be remembered" in await active.run("%history -g to be")


async def test_a_restart_keeps_the_ports_and_the_identity(active: Sandbox) -> None:
    code = "from ipykernel.kernelapp import IPKernelApp; IPKernelApp.instance().ports"
    kernel_id = await active.start_kernel()
    before = await active.run(code, kernel_id)
    model = await active.fetch("POST", f"api/kernels/{kernel_id}/restart", {})
    assert model["id"] == kernel_id
    assert await active.run_after_restart(code, kernel_id) == before
