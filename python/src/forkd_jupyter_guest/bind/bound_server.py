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
import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_core.utils import ensure_dir_exists
from tornado.ioloop import IOLoop

from ..machine.exit_handlers import ExitHandlers
from ..server import single_user
from ..server.activation_request import ActivationRequest
from ..server.routes import Prefix
from ..server.stage import set_singletons
from .nobody import BOUND, Nobody, Place, write
from .placeholders import Replacements, Slot

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


@dataclass(frozen=True)
class InitialisedServer:
    """A server app, what it has made known in its process, and the variables that it heeded."""

    app: Any
    singletons: dict[type, Any]
    variables: dict[str, str]
    exit_handlers: ExitHandlers


class PreparedServer:
    """An initialised server with nobody's identity."""

    def __init__(
        self, initialised: InitialisedServer, prefix: Prefix, slots: list[Slot], nobody: Nobody
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
            and configuring(environment) == self._variables
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


def configuring(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that may change how a server is initialised, beside those that are bound."""
    return {
        name: value
        for name, value in environment.items()
        if name.startswith(CONFIGURING) and name not in ASKED_LATER | BOUND
    }


def _has_configuration(home: Path) -> bool:
    folders = (home / ".jupyter", home / ".local" / "etc" / "jupyter")
    found = {entry.name for one in folders if one.is_dir() for entry in one.iterdir()}
    return bool(found - HARMLESS_IN_CONFIG_DIR) or (home / "node_modules").exists()


_prepared: PreparedServer | None = None


def keep(prepared: PreparedServer) -> None:
    """Called in the parent: all clones have it from now on."""
    global _prepared  # noqa: PLW0603 (it is what the fork carries)
    _prepared = prepared


def of_this_parent() -> PreparedServer | None:
    """The prepared server, where there is one."""
    return _prepared
