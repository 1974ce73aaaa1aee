"""A kernel that is complete but for its connections, made once and forked for every user.

Half of what an ipykernel's start costs is making the shell and the kernel
object, and the memory pages that this touches in every clone. Here both are
made before the snapshot; ipykernel's own start, run in the clone, finds them
there (its classes are singletons) and gives them what a fork cannot carry:
session, sockets, threads, history.

What a user's own IPython configuration says is read at the kernel's creation,
so a user who has one gets a kernel made from nothing.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import uuid
from pathlib import Path
from typing import Any

import zmq
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.application import ENV_CONFIG_DIRS, SYSTEM_CONFIG_DIRS
from IPython.paths import get_ipython_dir
from jupyter_client.session import Session

from ..machine import place
from ..machine.exit_handlers import ExitHandlers, kept_apart
from .history import connection_options

# The first of each kind is slow: a cell, a number, an array. Silent: nothing of it is kept.
WARMING_CELL = "(lambda: __import__('numpy').arange(3).sum())(); 1 + 1"

USER_CONFIG = ("ipython_config", "ipython_kernel_config")


SET_AT_IMPORT = ("PYDEVD_USE_FRAME_EVAL",)
"""Variables that ipykernel's imports leave to what a kernel starts: debugpy's."""


class ForkedKernel(IPythonKernel):
    """ipykernel's kernel, made in the parent, connected in the clone."""

    template: ForkedKernel | None = None

    @classmethod
    def instance(cls, *args: Any, **kwargs: Any) -> Any:
        """Called by ipykernel's `init_kernel` in the clone, with all that a fork cannot carry."""
        if cls.template is None:
            return super().instance(*args, **kwargs)
        cls.template.connect(**kwargs)
        return cls.template

    def connect(self, **parts: Any) -> None:
        """Take the connections, and hand them on as `IPythonKernel.__init__` does."""
        for name, part in parts.items():
            if name not in {"parent", "user_ns"}:
                setattr(self, name, part)
        self.ident = str(uuid.uuid4())
        self._stdout, self._stderr = sys.stdout, sys.stderr
        debugger = getattr(self, "debugger", None)
        if debugger is not None:
            self.debugger = type(debugger)(
                self.log,
                self.debugpy_stream,
                self._publish_debug_event,
                self.debug_shell_socket,
                self.session,
                debugger.kernel_modules,
                self.debug_just_my_code,
                self.filter_internal_frames,
            )
        self._connect_shell()

    def _connect_shell(self) -> None:
        shell: Any = self.shell
        shell.displayhook.session = shell.display_pub.session = self.session
        shell.displayhook.pub_socket = shell.display_pub.pub_socket = self.iopub_socket
        shell.displayhook.topic = self._topic("execute_result")
        shell.profile_dir = self.profile_dir
        with contextlib.suppress(ValueError):
            shell.configurables.remove(shell.history_manager)
        del shell.config.HistoryManager
        app: Any = self.parent
        profile = Path(app.profile_dir.location)
        shell.config.HistoryManager.connection_options = connection_options(profile, app.sandbox)
        shell.init_history()
        # In and Out belong to the history; the folder that `%dhist` starts with is this one.
        shell.init_user_ns()
        session_name = os.environ.get("JPY_SESSION_NAME")
        if session_name:
            shell.user_ns["__session__"] = session_name
        # The last to be registered is the first to run: values of the user's end, their history is
        # closed, and what was said meanwhile is sent, before the connections are closed.
        atexit.register(_send_output)
        app.exit_handlers.register()


class ForkedKernelApp(IPKernelApp):
    """ipykernel's application, in two steps: `prepare` in the parent, `initialize` in the clone."""

    _is_prepared = False
    sandbox = Path("/")
    """The folder that goes with its sandbox; the clone says which."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.own_variables: dict[str, str] = {}
        """What a kernel sets of its environment, so that programs show colours and don't page."""
        self.exit_handlers = ExitHandlers()
        """The shell's, and those of IPython extensions that are loaded before the fork."""

    def prepare(self, ipython_dir: Path) -> None:
        """Make kernel and shell, and run a first cell, without sockets, threads or loops."""
        before = {name: value for name, value in os.environ.items() if name not in SET_AT_IMPORT}
        with kept_apart() as self.exit_handlers:
            self._make_kernel(ipython_dir)
        _settle_socket_classes()
        ForkedKernel.template = self.kernel
        self.own_variables = place.set_since(before)
        self._is_prepared = True

    def _make_kernel(self, ipython_dir: Path) -> None:
        self.ipython_dir = str(ipython_dir)
        self.kernel_class = ForkedKernel
        super().parse_command_line([])
        super().init_profile_dir()
        super().init_config_files()
        super().load_config_file()
        # A history keeps a thread and a database open.
        self.config.HistoryManager.enabled = False
        self.kernel = ForkedKernel.instance(
            parent=self,
            session=Session(parent=self),
            log=self.log,
            profile_dir=self.profile_dir,
            user_ns=self.user_ns,
        )
        self.shell = self.kernel.shell
        super().init_extensions()
        if not self._has_code_to_run():
            super().init_code()
        self.shell.run_cell(WARMING_CELL, silent=True)
        self.shell.display_formatter.format(1)

    def adopt_singletons(self) -> None:
        """In the clone: be the application of this process.

        Not before, because a server that is forked from the same parent is an Application, too.
        """
        for parent in type(self)._walk_mro():  # noqa: SLF001
            setattr(parent, "_instance", self)  # noqa: B010 (typed as None in traitlets)

    def parse_command_line(self, argv: Any = None) -> None:
        """`-f FILE` is all that a forked kernel is started with."""
        if not self._is_prepared:
            super().parse_command_line(argv)
            return
        _, self.connection_file = argv

    def init_profile_dir(self) -> None:
        """The user's own folders: history and startup files are there."""
        if self._is_prepared:
            self.ipython_dir = get_ipython_dir()
            self.profile_dir = None
        super().init_profile_dir()

    def init_config_files(self) -> None:
        """Done in the parent; the user has none (`has_own_configuration`)."""

    def load_config_file(self, *args: Any, **kwargs: Any) -> None:
        """As `init_config_files`."""

    def init_code(self) -> None:
        """Run the user's startup files. Without any, what else this does was done in the parent.

        It notes the names of all modules, which touches a thousand pages of the clone's memory.
        """
        if not self._is_prepared or self._has_code_to_run():
            super().init_code()
        else:
            self.shell.user_ns_hidden.update(self.shell.user_ns)

    def _has_code_to_run(self) -> bool:
        profile: Any = self.profile_dir
        folders = [Path(profile.startup_dir)]
        folders += [Path(one, "startup") for one in (*ENV_CONFIG_DIRS, *SYSTEM_CONFIG_DIRS)]
        return bool(
            self.exec_lines
            or self.exec_files
            or self.code_to_run
            or self.file_to_run
            or self.module_to_run
            or os.environ.get("PYTHONSTARTUP")
            or any(file.suffix in {".py", ".ipy"} for one in folders for file in _files_of(one))
        )


def _send_output() -> None:
    """Have what is printed at the end sent; it waits for 0.2 s otherwise, and the end doesn't."""
    sys.stdout.flush()
    sys.stderr.flush()


def _files_of(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _settle_socket_classes() -> None:
    """Have pyzmq's socket classes changed now, as the first option of a socket changes them.

    It looks for annotations in each base class; where there are none, Python adds an empty
    dictionary, and for a base as general as `typing.Generic` that makes it forget what it knows
    of the methods of hundreds of classes, each with a page of memory that a clone would copy.
    """
    context = zmq.Context()
    socket = context.socket(zmq.ROUTER)
    socket.linger = 0
    socket.close()
    # Ends its threads, too: none may be left in the parent.
    context.term()


def has_own_configuration() -> bool:
    """Whether this process's user configures IPython."""
    profile = Path(get_ipython_dir()) / "profile_default"
    return any(
        (profile / f"{name}.{kind}").exists() for name in USER_CONFIG for kind in ("py", "json")
    )


def discard() -> None:
    """Forget the template: the next kernel of this process is made from nothing."""
    ForkedKernel.template = None
    for singleton in (ForkedKernel, ZMQInteractiveShell):
        singleton.clear_instance()


_template: ForkedKernelApp | None = None


def keep(app: ForkedKernelApp) -> None:
    """Called in the parent: all kernels here are forked from it from now on."""
    global _template  # noqa: PLW0603 (it is what the fork carries)
    _template = app


def of_this_parent() -> ForkedKernelApp | None:
    """The kernel that others are forked from, where there is one."""
    return _template
