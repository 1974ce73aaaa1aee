"""Fork a child that does one thing and never returns into its parent's code."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys
import threading
import traceback
from typing import TYPE_CHECKING

from . import exit_handlers, posix

if TYPE_CHECKING:
    from collections.abc import Callable


def fork_child(run: Callable[[], int | None], *, memory_points: int = 0) -> int:
    """Fork; the child runs `run` in a session of its own and exits with its result (None: 0).

    It ends as an interpreter does: its threads end first, then its exit handlers run. The child
    gets SIGKILL when this process ends, and is ended by so many `memory_points` (of 1000) before
    it when their memory is used up. Returns the child's pid.

    Must be called from a process without threads and without a running event
    loop (docs/architecture.md, 'One path').
    """
    parent_pid = os.getpid()
    sys.stdout.flush()
    sys.stderr.flush()
    with posix.children_offered_to_memory_killer(memory_points):
        pid = os.fork()
    if pid:
        return pid
    code = 1
    # A kernel points descriptor 2 at its client: what ends it belongs in the log.
    log = os.dup(2)
    try:
        posix.die_with_parent(parent_pid)
        exit_handlers.leave_finalizers()
        os.setsid()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        code = run() or 0
    except SystemExit as error:
        code = _exit_code(error)
    except BaseException:  # noqa: BLE001 (a child must never continue as its parent)
        os.write(log, traceback.format_exc().encode())
    finally:
        _end_as_interpreter(log)
        os._exit(code)


def _exit_code(error: SystemExit) -> int:
    if error.code is None:
        return 0
    if isinstance(error.code, int):
        return error.code
    sys.stderr.write(f"{error.code}\n")
    return 1


def _end_as_interpreter(log: int) -> None:
    """Do what `os._exit` leaves out, in Python's own order."""
    for step in (
        threading._shutdown,  # type: ignore[attr-defined]  # noqa: SLF001
        atexit._run_exitfuncs,  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        _flush,
    ):
        try:
            step()
        except BaseException:  # noqa: BLE001 (an interrupt, say: the next step is due all the same)
            os.write(log, traceback.format_exc().encode())


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()


def redirect_output(path: str) -> None:
    """Send this process's stdout and stderr, also those of its children, to the end of a file."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
