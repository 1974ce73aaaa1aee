"""Forks sandboxes from the warm parent and ends them whole (docs/protocols.md §3)."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from forkd_jupyter_common.netns import enter_network_namespace

from ..machine import posix
from ..machine.fork import fork_child, redirect_output
from ..machine.link import LineBuffer, as_line
from ..machine.reactor import ChildExit, Reactor
from ..machine.site import SandboxSite
from . import guest_namespace
from .guest_namespace import GuestNamespace
from .serving import serve

if TYPE_CHECKING:
    import socket

END_TIMEOUT_S = 10.0


class Forker:
    """Forks sandboxes on request and sees to it that nothing of a dead one stays."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._buffer = LineBuffer()
        self._reactor = Reactor()
        self._pids: dict[str, int] = {}
        self._ended: dict[str, ChildExit] = {}
        self._kills_to_answer: set[str] = set()
        self._reactor.on_orphans_changed(self._sweep_orphans)

    def run(self) -> NoReturn:
        """Serve the control channel until its other end is closed."""
        self._reactor.watch(self._control, self._read)
        self._reactor.run()

    def send(self, event: dict[str, Any]) -> None:
        """Tell the controller."""
        self._control.sendall(as_line(event))

    def _read(self) -> None:
        try:
            chunk = self._control.recv(1 << 20)
        except ConnectionResetError:
            # The controller has ended without having read all.
            chunk = b""
        if not chunk:
            self._end()
            return
        for line in self._buffer.lines(chunk):
            self._reactor.guarded(partial(self._obey_line, line))

    def _obey_line(self, line: bytes | bytearray) -> None:
        self._obey(json.loads(line))

    def _obey(self, request: dict[str, Any]) -> None:
        match request["op"]:
            case "fork":
                rows = [self._fork(wanted) for wanted in request["sandboxes"]]
                self.send({"event": "forked", "request": request["request"], "sandboxes": rows})
            case "kill":
                self._kill(request["id"])
            case other:
                sys.stderr.write(f"forker: unknown request {other!r}\n")

    def _fork(self, wanted: dict[str, Any]) -> dict[str, Any]:
        sandbox_id: str = wanted["id"]
        namespace = GuestNamespace.parse(wanted["namespace"])
        try:
            # Bound before the fork: the controller may connect as soon as it reads the answer.
            listeners = guest_namespace.listen(wanted["address"], namespace)
        except OSError as error:
            name = errno.errorcode.get(error.errno or 0, str(error))
            return {"id": sandbox_id, "pid": None, "error": f"{name}: {wanted['address']}"}
        site = SandboxSite(sandbox_id, wanted["address"], Path(wanted["dir"]))
        try:
            pid = fork_child(
                lambda: self._become_sandbox(site, listeners, namespace, wanted["cgroup_procs"])
            )
        except OSError as error:
            return {"id": sandbox_id, "pid": None, "error": f"fork: {error}"}
        finally:
            for listener in listeners:
                listener.close()
        self._pids[sandbox_id] = pid
        self._reactor.on_exit(pid, lambda child: self._note_exit(sandbox_id, child))
        return {"id": sandbox_id, "pid": pid, "error": None}

    def _become_sandbox(
        self,
        site: SandboxSite,
        listeners: list[socket.socket],
        namespace: GuestNamespace | None,
        cgroup_files: list[str],
    ) -> NoReturn:
        for name in cgroup_files:
            Path(name).write_text(str(os.getpid()), encoding="ascii")
        if namespace is not None:
            enter_network_namespace(namespace.file)
        self._reactor.abandon()
        redirect_output(str(site.server_log))
        serve(site, *listeners)

    def _kill(self, sandbox_id: str) -> None:
        self._kills_to_answer.add(sandbox_id)
        pid = self._pids.get(sandbox_id)
        if pid is None:
            self._answer_kills()
            return
        # Its server and kernels are asked to die with it (PR_SET_PDEATHSIG);
        # whatever else it leaves becomes our child and is swept.
        os.kill(pid, signal.SIGKILL)

    def _note_exit(self, sandbox_id: str, child: ChildExit) -> None:
        del self._pids[sandbox_id]
        self._ended[sandbox_id] = child

    def _sweep_orphans(self) -> None:
        orphans = set(posix.children_of(os.getpid())) - self._reactor.watched_pids()
        for pid in orphans:
            # What changed its user ends by itself.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        # Reaping the last orphan calls this again: only then is a sandbox gone.
        if not orphans:
            self._report_ended()
            self._answer_kills()

    def _report_ended(self) -> None:
        for sandbox_id, child in self._ended.items():
            if sandbox_id not in self._kills_to_answer:
                self.send(
                    {
                        "event": "exited",
                        "id": sandbox_id,
                        "pid": child.pid,
                        "exit_code": child.exit_code,
                        "signal": child.signal,
                    }
                )
        self._ended.clear()

    def _answer_kills(self) -> None:
        for sandbox_id in [one for one in self._kills_to_answer if one not in self._pids]:
            self._kills_to_answer.discard(sandbox_id)
            self.send({"event": "killed", "id": sandbox_id})

    def _end(self) -> None:
        """The controller is gone: end every sandbox, then this process."""
        for pid in self._pids.values():
            os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + END_TIMEOUT_S
        while time.monotonic() < deadline:
            try:
                os.waitpid(-1, 0)
            except ChildProcessError:
                break
            for pid in posix.children_of(os.getpid()):
                os.kill(pid, signal.SIGKILL)
        os._exit(0)
