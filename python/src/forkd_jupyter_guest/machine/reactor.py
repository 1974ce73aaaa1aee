"""A single-threaded reactor: readable descriptors, timers, and the ends of child processes.

asyncio is not used here on purpose. Servers and kernels are *forked* from the
process that runs this loop, also long after it started; asyncio's loop, its
self-pipe and its epoll descriptor don't survive that, and a thread would not
either. This loop is a selector and a list of timers, and a child drops it with
one call (`abandon`).

What a callback raises is written to the log, and ends nothing: this process is
a user's whole sandbox, and in a microVM the machine.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import math
import os
import selectors
import signal
import socket
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from .saying import say

if TYPE_CHECKING:
    from types import FrameType

Callback = Callable[[], None]
ExitCallback = Callable[["ChildExit"], None]

LONGEST_WAIT_S = 3600.0
"""Far below what a selector takes; then it waits again."""


@dataclass(frozen=True)
class ChildExit:
    """How a child process ended: exactly one of the two is set."""

    pid: int
    exit_code: int | None
    signal: int | None

    @classmethod
    def from_status(cls, pid: int, status: int) -> ChildExit:
        """Read a status as `os.waitpid` gives it."""
        if os.WIFSIGNALED(status):
            return cls(pid, None, os.WTERMSIG(status))
        return cls(pid, os.waitstatus_to_exitcode(status), None)

    @property
    def returncode(self) -> int:
        """As `subprocess` has it: a signal is negative."""
        return self.exit_code if self.exit_code is not None else -(self.signal or 0)

    def __str__(self) -> str:
        """As part of a sentence: 'ended with …'."""
        if self.signal is not None:
            return f"signal {signal.Signals(self.signal).name}"
        return f"exit code {self.exit_code}"


@dataclass(order=True)
class Timer:
    """A call at a time of the monotonic clock (seconds)."""

    when: float
    order: int
    callback: Callback = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """Forget the call."""
        self.cancelled = True


class Reactor:
    """Call back when a descriptor is readable or writable, a time has come, or a child ended."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._timers: list[Timer] = []
        self._order = itertools.count()
        self._exit_watchers: dict[int, ExitCallback] = {}
        self._orphan_watcher: Callback | None = None
        self._held: set[socket.socket] = set()
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.setblocking(False)
        self._wake_writer.setblocking(False)
        self.watch(self._wake_reader, self._drain_wakeups)
        signal.set_wakeup_fd(self._wake_writer.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _ignore_in_handler)

    def watch(self, source: socket.socket | int, on_readable: Callback) -> None:
        """Call `on_readable` whenever the descriptor has data, a connection or an end."""
        self._selector.register(source, selectors.EVENT_READ, on_readable)

    def watch_writable(self, source: socket.socket | int, on_writable: Callback) -> None:
        """Wait for room to write instead of for data."""
        self._selector.modify(source, selectors.EVENT_WRITE, on_writable)

    def hold(self, source: socket.socket) -> None:
        """Know of a socket that is not always watched, so that `abandon` closes it too."""
        self._held.add(source)

    def close(self, source: socket.socket) -> None:
        """Forget a socket and close it."""
        self.unwatch(source)
        self._held.discard(source)
        source.close()

    def unwatch(self, source: socket.socket | int) -> None:
        """Forget a descriptor; one that is not watched is no error."""
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(source)

    def call_later(self, delay_s: float, callback: Callback) -> Timer:
        """Call once, `delay_s` from now; raises ValueError for what is no time."""
        if not math.isfinite(delay_s):
            message = f"{delay_s} is no number of seconds"
            raise ValueError(message)
        timer = Timer(time.monotonic() + delay_s, next(self._order), callback)
        heapq.heappush(self._timers, timer)
        return timer

    def on_exit(self, pid: int, callback: ExitCallback) -> None:
        """Call when the child has ended and was reaped."""
        self._exit_watchers[pid] = callback

    def on_orphans_changed(self, callback: Callback) -> None:
        """Call after any child was reaped: adopted grandchildren may have come or gone."""
        self._orphan_watcher = callback

    def watched_pids(self) -> frozenset[int]:
        """The children whose end somebody waits for; all others are adopted orphans."""
        return frozenset(self._exit_watchers)

    def run(self) -> NoReturn:
        """Serve for ever: a sandbox or a parent ends by being killed."""
        while True:
            for key, _ in self._selector.select(self._seconds_to_next_timer()):
                # A callback may have closed another descriptor of this batch.
                if key.fd in self._selector.get_map() and not self.guarded(key.data):
                    # It would be called again at once, and for ever.
                    self.unwatch(key.fd)
            self._run_due_timers()

    def guarded(self, callback: Callback) -> bool:
        """Call; whether it went well. Otherwise the log says what it raised."""
        try:
            callback()
        except Exception:  # noqa: BLE001 (the one guard around everything that is called from here)
            say(f"a fault in the agent, which goes on\n{traceback.format_exc()}")
            return False
        return True

    def abandon(self) -> None:
        """In a forked child: close every descriptor of this loop and forget the signals' pipe.

        A client's connection that a child kept open would never end for the client.
        """
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for key in list(self._selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                self._held.add(key.fileobj)
        for held in self._held:
            held.close()
        self._selector.close()
        self._wake_writer.close()

    def _seconds_to_next_timer(self) -> float | None:
        if not self._timers:
            return None
        return min(LONGEST_WAIT_S, max(0.0, self._timers[0].when - time.monotonic()))

    def _run_due_timers(self) -> None:
        while self._timers and self._timers[0].when <= time.monotonic():
            timer = heapq.heappop(self._timers)
            if not timer.cancelled:
                self.guarded(timer.callback)

    def _drain_wakeups(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._wake_reader.recv(4096):
                pass
        self.reap()

    def reap(self) -> None:
        """Collect every child that has ended and tell who waits for it."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            callback = self._exit_watchers.pop(pid, None)
            if callback is not None:
                self.guarded(partial(callback, ChildExit.from_status(pid, status)))
        if self._orphan_watcher is not None:
            self.guarded(self._orphan_watcher)


def _ignore_in_handler(_signal: int, _frame: FrameType | None) -> None:
    """Do nothing: the wake-up descriptor is what reports the signal (SIG_IGN would auto-reap)."""
