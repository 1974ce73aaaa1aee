"""The kernels of one sandbox, as the agent sees them: forked, adopted, ended."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..bind.user_kernel import KernelPlan, run_kernel
from ..machine.saying import say
from .child import KERNEL_MEMORY_POINTS, Forked, fork_with_line

if TYPE_CHECKING:
    from ..machine.link import Message
    from ..machine.memory_kills import MemoryKills
    from ..machine.reactor import ChildExit, Reactor
    from ..machine.site import SandboxSite

Callback = Callable[[], None]


class KernelChild:
    """One kernel. `when_settled` is called once: it is up, or it has ended before it was."""

    def __init__(self) -> None:
        self.pid = 0
        self.is_up = False
        self.end: ChildExit | None = None
        self.ran_out_of_memory = False
        self.when_settled: Callback = _nothing
        self.when_adopted: Callback = _nothing


class KernelChildren:
    """Forks kernels for the sandbox's server, and tells it how they end."""

    def __init__(
        self,
        reactor: Reactor,
        site: SandboxSite,
        tell_server: Callable[[Message], None],
        memory_kills: MemoryKills,
    ) -> None:
        self._reactor = reactor
        self._site = site
        self._tell_server = tell_server
        self._memory_kills = memory_kills
        self._kernels: dict[int, tuple[KernelChild, Forked]] = {}

    def fork(self, plan: KernelPlan) -> KernelChild:
        """Fork a kernel; returns before it is up."""
        kernel = KernelChild()
        forked = fork_with_line(
            self._reactor,
            self._site,
            lambda line: run_kernel(plan, line),
            lambda message: _note(kernel, message),
            KERNEL_MEMORY_POINTS,
        )
        kernel.pid = forked.pid
        forked.when_hung_up = lambda: _end_if_unheard(kernel)
        self._kernels[forked.pid] = (kernel, forked)
        self._reactor.on_exit(forked.pid, self._note_exit)
        return kernel

    def obey(self, message: Message) -> None:
        """A request of the server's, answered when the kernel is up or has taken its place."""
        number: Any = message.get("request")
        try:
            match message.get("op"):
                case "fork-kernel":
                    self._fork_for_server(
                        number, KernelPlan.from_message(message, self._site.directory)
                    )
                case "adopt-kernel":
                    self._adopt(number, message)
                case other:
                    self._tell_server({"request": number, "error": f"unknown request: {other}"})
        except (OSError, KeyError, TypeError) as error:
            # A fork that failed; or a request without what it needs, from whoever has the line.
            reason = f"{type(error).__name__}: {error}"
            self._tell_server({"request": number, "error": reason})

    def _fork_for_server(self, number: int, plan: KernelPlan) -> None:
        kernel = self.fork(plan)
        # Also for one that ended: the server learns of that by the notice of its end.
        kernel.when_settled = lambda: self._tell_server({"request": number, "pid": kernel.pid})

    def _adopt(self, number: int, message: Message) -> None:
        kernel, forked = self._kernels.get(message["pid"], (None, None))
        if kernel is None or forked is None:
            self._tell_server({"request": number, "ended": True})
            return
        place = {"cwd": message["cwd"], "environment": message["environment"]}
        kernel.when_adopted = lambda: self._answer_adoption(number, kernel)
        if not forked.tell({"op": "adopt", **place}):
            _end_if_unheard(kernel)

    def _answer_adoption(self, number: int, kernel: KernelChild) -> None:
        kernel.when_adopted = _nothing
        self._tell_server({"request": number, "ended": kernel.end is not None})

    def _note_exit(self, child: ChildExit) -> None:
        kernel, _ = self._kernels.pop(child.pid)
        kernel.end = child
        kernel.ran_out_of_memory = self._memory_kills.took(child)
        if kernel.ran_out_of_memory:
            # The agent's output is the sandbox's log: the user sees no more than a kernel restart.
            say(f"kernel {child.pid} was ended by the memory limit")
        self._tell_server(
            {"event": "kernel-exited", "pid": child.pid, "returncode": child.returncode}
        )
        if not kernel.is_up:
            kernel.when_settled()
        kernel.when_adopted()


def _note(kernel: KernelChild, message: Message) -> None:
    match message.get("event"):
        case "up":
            kernel.is_up = True
            kernel.when_settled()
        case "adopted":
            kernel.when_adopted()
        case _:
            pass


def _end_if_unheard(kernel: KernelChild) -> None:
    """End one that has hung up while it was to take its place: its end is the answer.

    One that is a notebook's already needs no line, and may have closed it.
    """
    if kernel.when_adopted is not _nothing and kernel.end is None:
        os.kill(kernel.pid, signal.SIGKILL)


def _nothing() -> None:
    """Nobody waits."""
