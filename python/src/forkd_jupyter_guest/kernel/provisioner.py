"""Kernels for jupyter_server that are forked by the sandbox's agent.

Chosen through `KernelProvisionerFactory.default_provisioner_name`, this serves
every kernel spec: those that run ipykernel in this very interpreter are forked
(or adopt the kernel that was forked ahead of time); any other is started as
jupyter_client's own LocalProvisioner does.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jupyter_client.connect import KernelConnectionInfo
    from jupyter_client.manager import KernelManager

    from ..machine.link import AgentLink, Message

NAME = "forkd-provisioner"


class KernelHost:
    """What a server knows of its agent: the link, and the first kernel while nobody has it."""

    def __init__(self, link: AgentLink, warm_kernel: Message | None) -> None:
        """`warm_kernel`: `{"pid": …, "connection": {…}}`, or None."""
        self.link = link
        self._warm_kernel = warm_kernel
        self._processes: dict[int, ForkedProcess] = {}
        self._ended: dict[int, int] = {}
        link.listen(self._note)

    def take_warm_kernel(self) -> Message | None:
        """The first kernel, once."""
        kernel, self._warm_kernel = self._warm_kernel, None
        return kernel

    def follow(self, pid: int) -> ForkedProcess:
        """A handle that learns of the process's end from the agent."""
        process = ForkedProcess(pid)
        # A kernel that dies at once is reported in the same read as its fork.
        process.returncode = self._ended.pop(pid, None)
        if process.returncode is None:
            self._processes[pid] = process
        return process

    def _note(self, message: Message) -> None:
        if message.get("event") != "kernel-exited":
            return
        warm = self._warm_kernel
        if warm is not None and warm["pid"] == message["pid"]:
            self._warm_kernel = None
        process = self._processes.pop(message["pid"], None)
        if process is None:
            self._ended[message["pid"]] = message["returncode"]
        else:
            process.returncode = message["returncode"]


class ForkedProcess:
    """The part of `subprocess.Popen` that LocalProvisioner uses, for a process of the agent's."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """None while it runs, else its exit code (negative: a signal), as Popen gives it."""
        return self.returncode

    def wait(self) -> int | None:
        """Called by LocalProvisioner after `poll` has seen the end: nothing is left to reap."""
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal; none to a process that has ended, whose pid may be another's by now."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)


_host: KernelHost | None = None


def install_host(host: KernelHost | None) -> None:
    """Called by the server, once, before it serves."""
    global _host  # noqa: PLW0603 (jupyter_client makes provisioners from an entry point: no other way in)
    _host = host


class ForkProvisioner(LocalProvisioner):
    """Forks kernels instead of starting them, where that gives the same kernel."""

    is_forked = False
    """Whether the kernel that runs now was forked; it was up when its start returned."""

    _adopted: Message | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Called before each launch: the first kernel's ports and key replace random ones."""
        manager = self.parent
        if _host is not None and manager is not None and not self.ports_cached:
            cmd = manager.format_kernel_cmd(kwargs.get("extra_arguments"))
            if self._forkable(cmd) is not None:
                _check_folder(kwargs.get("cwd"))
                self._adopt_warm_kernel(_host, manager)
        return await super().pre_launch(**kwargs)

    def _adopt_warm_kernel(self, host: KernelHost, manager: KernelManager) -> None:
        self._adopted = host.take_warm_kernel()
        if self._adopted is not None:
            manager.load_connection_info(self._adopted["connection"])
            # These ports are fixed: they must be neither drawn nor given back.
            self.ports_cached = True

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork (or adopt) a kernel; any command that is not ipykernel in this Python is started."""
        connection_file = self._forkable(cmd)
        self.is_forked = _host is not None and connection_file is not None
        if _host is None or connection_file is None:
            return await super().launch_kernel(cmd, **kwargs)
        environment = dict(kwargs.get("env") or os.environ)
        cwd = str(kwargs.get("cwd") or Path.cwd())
        place = {"cwd": cwd, "environment": environment}
        pid = await self._adopt(_host, place)
        if pid is None:
            fork = {"op": "fork-kernel", "connection_file": connection_file, **place}
            pid = (await _host.link.request(fork))["pid"]
        self.process = _host.follow(pid)
        self.pid = self.pgid = pid
        self.cwd = cwd
        return self.connection_info

    async def _adopt(self, host: KernelHost, place: Message) -> int | None:
        """Take the first kernel over; None where there is none, or it has ended by now.

        Then another one can be forked in its place: its ports are free again. They are not while
        it may live, so that whatever else goes wrong is this start's failure.
        """
        adopted, self._adopted = self._adopted, None
        if adopted is None:
            return None
        pid: int = adopted["pid"]
        try:
            reply = await host.link.request({"op": "adopt-kernel", "pid": pid, **place})
        except BaseException:
            # Nobody else would have it.
            host.follow(pid).kill()
            raise
        return None if reply.get("ended") else pid

    def _forkable(self, cmd: list[str]) -> str | None:
        """The connection file, where a fork is the kernel that this spec's command would start."""
        if _changes_environment(self.kernel_spec.env):
            return None
        return forkable_connection_file(cmd)


def forkable_connection_file(cmd: list[str]) -> str | None:
    """The connection file of a command that a fork can stand for; None for any other.

    `cmd` is what would be run, with jupyter_client's replacements: this interpreter,
    `-m ipykernel_launcher`, `-f FILE`, and nothing else that would configure the kernel.
    """
    match cmd:
        case [python, "-m", "ipykernel_launcher", "-f", file]:
            pass
        case [python, "-Xfrozen_modules=off", "-m", "ipykernel_launcher", "-f", file]:
            pass
        case _:
            return None
    return file if is_this_python(python) else None


def is_this_python(python: str) -> bool:
    """Whether a path runs this interpreter in this environment.

    One folder can hold several interpreters (python3.11 beside python3.12), and one interpreter
    serves several environments, whose `bin/python` all link to it: folder and file must be ours.
    A name is looked up in PATH, and a relative path in the kernel's folder: that is somewhere else.
    """
    own, other = Path(sys.executable), Path(python)
    return (
        other.is_absolute()
        and other.parent.resolve() == own.parent.resolve()
        and other.resolve() == own.resolve()
    )


def _check_folder(cwd: str | None) -> None:
    """Raise what starting a process there would raise, before the first kernel is asked to."""
    if cwd is not None:
        os.close(os.open(cwd, os.O_PATH | os.O_DIRECTORY))


def _changes_environment(env: Mapping[str, str]) -> bool:
    """Interpreter and libraries have read their variables (PYTHONPATH, say) long before a fork."""
    return any(os.environ.get(name) != value for name, value in env.items())
