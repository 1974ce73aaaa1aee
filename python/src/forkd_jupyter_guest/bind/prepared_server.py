"""The user's server, initialised in the parent for nobody and bound to its user in the clone.

Initialising a Jupyter server - finding, configuring and loading its extensions,
compiling routes - takes ten times as long as everything that is different for
each user. So it is done once, for a user whose name, prefix, folders and token
are placeholders (`placeholders.py`), and the clone puts the user's in their
places. Loops, sockets and tasks are made after that, by the server's own start.

Only the ordinary start is prepared. Whoever has something that initialisation
would read - a configuration file, arguments, a variable - gets a server that is
initialised in the clone, as ever.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_core.utils import ensure_dir_exists
from tornado.ioloop import IOLoop

from ..machine.exit_handlers import ExitHandlers, kept_apart
from ..server import single_user
from ..server.activation_request import ActivationRequest
from ..server.routes import Prefix, follow_prefix
from ..server.stage import set_singletons, singletons, stage
from ..warm.server_rehearsal import until_extensions_are_quiet
from .nobody import BOUND, IDENTITY, PREFIX, USER, Nobody, Place, write
from .placeholders import MARK, Replacements, Slot, find_slots, forget_paths

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..machine.site import SandboxSite

ASKED_LATER = {
    "JPY_API_TOKEN",
    "JUPYTERHUB_ADMIN_ACCESS",
    "JUPYTERHUB_COOKIE_HOST_PREFIX_ENABLED",
    "JUPYTERHUB_COOKIE_OPTIONS",
    "JUPYTERHUB_GROUP",
    "JUPYTERHUB_OAUTH_CLIENT_ALLOWED_SCOPES",
    "JUPYTERHUB_PUBLIC_HUB_URL",
    "JUPYTERHUB_PUBLIC_URL",
    "JUPYTERHUB_SERVICE_URL",
    "JUPYTER_RUNTIME_DIR",
}
"""Variables that are read when a request or the start of the server asks for them."""

CONFIGURING = ("JUPYTER", "JPY_", "XDG_")
"""Variables with such names may change how a server is initialised."""

HARMLESS_IN_CONFIG_DIR = {"lab", "migrated", "custom", "nbconfig"}
"""What JupyterLab itself keeps there, and asks for when it is needed."""

MADE_AT_START = ("info_file", "browser_open_file", "browser_open_file_to_run", "cookie_secret")
"""Traits with the parent's process ID, or a secret, in them: the clone finds its own."""


class NotPreparableError(Exception):
    """Something in this environment's server cannot be carried into a clone; the text says what."""


class PreparedServer:
    """An initialised server with nobody's identity."""

    def __init__(
        self, initialised: _Initialised, prefix: Prefix, slots: list[Slot], nobody: Nobody
    ) -> None:
        """`nobody`: whose it is so far."""
        self._app = initialised.app
        self._singletons = initialised.singletons
        self._variables = initialised.variables
        self._exit_handlers = initialised.exit_handlers
        self._prefix = prefix
        self._slots = slots
        self._nobody = nobody
        self._secret: bytes = initialised.app.cookie_secret

    def suits(self, request: ActivationRequest, environment: Mapping[str, str]) -> bool:
        """Whether this user's server would have been initialised in the same way."""
        home = Path(environment["HOME"])
        return (
            not request.args
            and _configuring(environment) == self._variables
            and environment.keys() >= BOUND
            and home.is_dir()
            # Anything else is written in another way in a URL.
            and home.as_uri() == f"file://{home}"
            and not _has_configuration(home)
        )

    def bind(self, site: SandboxSite, environment: Mapping[str, str]) -> Any:
        """Make it the user's, in the clone, whose place and environment were taken already."""
        app = self._app
        set_singletons(self._singletons)
        self._exit_handlers.register()
        asyncio.set_event_loop(asyncio.new_event_loop())
        app.io_loop = IOLoop.current()
        texts = self._nobody.texts(Place.of_this_process(site), environment)
        write(self._slots, Replacements(texts, (self._secret, self._secret)))
        for name in MADE_AT_START:
            app._trait_values.pop(name, None)  # noqa: SLF001
        write(self._slots, Replacements({}, (self._secret, app.cookie_secret)))
        # Initialisation made nobody's; the secret that notebooks are signed with is kept there.
        ensure_dir_exists(app.data_dir, mode=0o700)
        self._prefix.requested = environment["JUPYTERHUB_SERVICE_PREFIX"]
        now = dt.datetime.now(dt.timezone.utc)
        app.web_app.settings["started"] = app.kernel_manager.last_kernel_activity = now
        app.init_signal()
        for extension in single_user.extensions_of(app):
            app.io_loop.run_sync(extension.talk_to_hub)
        app.init_httpserver()
        return app


def _configuring(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environment.items()
        if name.startswith(CONFIGURING) and name not in ASKED_LATER | BOUND
    }


def _has_configuration(home: Path) -> bool:
    folders = (home / ".jupyter", home / ".local" / "etc" / "jupyter")
    found = {entry.name for one in folders if one.is_dir() for entry in one.iterdir()}
    return bool(found - HARMLESS_IN_CONFIG_DIR) or (home / "node_modules").exists()


# --- in the parent ---------------------------------------------------------------------


def prepare(nobody: Nobody) -> PreparedServer:
    """Initialise a server for nobody; raises NotPreparableError: what stands in the way."""
    descriptors = _open_descriptors()
    initialised = _initialize(nobody)
    left = _open_descriptors() - descriptors
    if left:
        message = f"an extension of the server keeps open: {', '.join(sorted(left))}"
        raise NotPreparableError(message)
    prefix = Prefix(PREFIX)
    routes = follow_prefix(initialised.app.web_app, prefix)
    forget_paths()
    ours = [prefix, vars(prefix), globals(), *nobody.own_objects(), *routes]
    secret = initialised.app.cookie_secret
    slots, unreachable = find_slots(secret, stay=ours)
    if unreachable:
        message = f"these parts of the server cannot be made a user's: {', '.join(unreachable)}"
        raise NotPreparableError(message)
    _check(slots, nobody, secret)
    return PreparedServer(initialised, prefix, slots, nobody)


@dataclass(frozen=True)
class _Initialised:
    """A server app, what it has made known in its process, and the variables that it heeded."""

    app: Any
    singletons: dict[type, Any]
    variables: dict[str, str]
    exit_handlers: ExitHandlers


def _initialize(nobody: Nobody) -> _Initialised:
    """In a frame of its own: what it knows of nobody is forgotten when places are looked for."""
    site, request = nobody.site, ActivationRequest(USER, dict(IDENTITY))
    environment = single_user.server_environment(site, request)
    with stage(str(nobody.cwd), environment) as loop, kept_apart() as exit_handlers:
        before = singletons()
        with single_user.out_of_hubs_reach():
            argv = single_user.command_line(site, ())
            app = single_user.initialize(argv, with_http_server=False)
            loop.run_until_complete(until_extensions_are_quiet(app))
            # Where kernels are looked for is asked with the first one; the answer is bound, too.
            _ = app.kernel_spec_manager.kernel_dirs
            _check_loop(loop)
        new = {kind: one for kind, one in singletons().items() if before.get(kind) is not one}
        return _Initialised(app, new, _configuring(environment), exit_handlers)


def _check_loop(loop: Any) -> None:
    """What an extension has begun or scheduled ends with the loop, and would not be done."""
    begun = [task.get_name() for task in asyncio.all_tasks(loop)]
    scheduled = [str(handle) for handle in loop._scheduled if not handle.cancelled()]  # noqa: SLF001
    if begun or scheduled:
        message = f"an extension of the server runs in the background: {[*begun, *scheduled]}"
        raise NotPreparableError(message)


def _open_descriptors() -> set[str]:
    found: set[str] = set()
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found.add(f"{entry.name} ({entry.readlink()})")
    return found


def _check(slots: list[Slot], nobody: Nobody, secret: bytes) -> None:
    """Every place must be free of placeholders once it is written."""
    somebody = Place("/cwd", "/home", "/runtime", "127.0.0.1")
    texts = nobody.texts(somebody, dict.fromkeys(BOUND, "/x/"))
    replacements = Replacements(texts, (secret, b""))
    for slot in slots:
        if MARK in repr(replacements(slot.value)):
            message = f"a part of the server cannot be made a user's: {slot.value!r}"
            raise NotPreparableError(message)


_prepared: PreparedServer | None = None


def keep(prepared: PreparedServer) -> None:
    """Called in the parent: all clones have it from now on."""
    global _prepared  # noqa: PLW0603 (it is what the fork carries)
    _prepared = prepared


def of_this_parent() -> PreparedServer | None:
    """The prepared server, where there is one."""
    return _prepared
