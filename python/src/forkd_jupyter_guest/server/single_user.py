"""JupyterHub's own single-user server, with what is different in a sandbox.

It is JupyterHub's extension on jupyter_server, with its own command line and
environment: what is special is only where its kernels come from, that its start
waits for nobody, and that it knows what its classes were told too early.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_client import localinterfaces
from jupyterhub.singleuser.extension import JupyterHubSingleUser
from traitlets.config.loader import Config, DeferredConfigString

from ..kernel import provisioner
from ..machine.site import SERVER_PORT
from .activation_request import CERTIFICATE_FILES, NONCE_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence

    from ..machine.site import SandboxSite
    from .activation_request import ActivationRequest

FIRST_ACTIVITY_REPORT_S = 60.0

INTERNAL = "FORKD_"
"""Variables of ours have such names, and are no user's business."""

OF_SANDBOX = ("HOME", "TMPDIR", "JUPYTER_RUNTIME_DIR")
"""Variables that lead into a sandbox's own folder, unless an activation replaces them. A controller
finds by them what descends from a sandbox (docs/protocols.md §3)."""

LAST_RESORT = "FORKD_SANDBOX_DIR"
"""The same, where all of those are replaced."""

READ_AT_IMPORT = {
    "base_url": "JUPYTERHUB_SERVICE_PREFIX",
    "keyfile": "JUPYTERHUB_SSL_KEYFILE",
    "certfile": "JUPYTERHUB_SSL_CERTFILE",
    "client_ca": "JUPYTERHUB_SSL_CLIENT_CA",
    "allow_token_in_url": "JUPYTERHUB_ALLOW_TOKEN_IN_URL",
    "allow_websocket_cookie_auth": "JUPYTERHUB_ALLOW_WEBSOCKET_COOKIE_AUTH",
}
"""Traits of HubAuth whose defaults are the environment's when the class is imported: here, the
parent's, who has none. (Without the first, a cookie would be sent to all servers of the host.)"""


class ForkedSingleUser(JupyterHubSingleUser):
    """JupyterHub's single-user server whose start doesn't wait for two calls to the hub."""

    talks_to_hub = True
    """False while a server is initialised that is nobody's: see `out_of_hubs_reach`."""

    hub_version_checked: asyncio.Task[None] | None = None

    async def check_hub_version(self) -> None:
        """Called (and waited for) while the server initialises: check in the background instead.

        The server is reported as ready only once the hub was reached, see `until_hub_was_reached`.
        """
        if self.talks_to_hub:
            self.hub_version_checked = asyncio.ensure_future(super().check_hub_version())

    async def keep_activity_updated(self) -> None:
        """Called at start: the hub knows by itself that a server just started, so report later."""
        if self.talks_to_hub:
            await asyncio.sleep(min(FIRST_ACTIVITY_REPORT_S, self.hub_activity_interval))
            await super().keep_activity_updated()

    async def talk_to_hub(self) -> None:
        """Begin what `initialize` begins, for a server that was initialised as nobody's."""
        await self.check_hub_version()
        self._activity_task = asyncio.ensure_future(self.keep_activity_updated())


@contextlib.contextmanager
def out_of_hubs_reach() -> Generator[None, None, None]:
    """A server that is initialised meanwhile calls no hub until `talk_to_hub`."""
    ForkedSingleUser.talks_to_hub = False
    try:
        yield
    finally:
        ForkedSingleUser.talks_to_hub = True


def initialize(argv: Sequence[str], *, with_http_server: bool = True) -> Any:
    """Make and initialise the server app of this process, as `jupyterhub-singleuser` does."""
    package = ForkedSingleUser.get_extension_package()
    app: Any = ForkedSingleUser.make_serverapp(jpserver_extensions={package: True})
    app.aliases.update(ForkedSingleUser.aliases)
    # Like a class's own defaults, these give way to everything else.
    app.update_config(Config(HubAuth=_defaults_read_at_import()))
    # For a browser on the server's own machine: two templates to compile and to fill.
    app.no_browser_open_file = True
    app.initialize(
        argv=list(argv),
        starter_extension=ForkedSingleUser.name,
        new_httpserver=with_http_server,
    )
    return app


def _defaults_read_at_import() -> dict[str, Any]:
    found = {trait: os.environ.get(name) for trait, name in READ_AT_IMPORT.items()}
    return {trait: DeferredConfigString(text) for trait, text in found.items() if text}


def extensions_of(app: Any) -> Iterator[ForkedSingleUser]:
    """Our own extension in a server app."""
    for extensions in app.extension_manager.extension_apps.values():
        yield from (one for one in extensions if isinstance(one, ForkedSingleUser))


async def until_hub_was_reached(app: Any) -> None:
    """Wait for the version check that was begun while initialising."""
    for extension in extensions_of(app):
        if extension.hub_version_checked is not None:
            await extension.hub_version_checked


def server_environment(site: SandboxSite, request: ActivationRequest) -> dict[str, str]:
    """The user's environment, on top of what the sandbox itself needs."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(INTERNAL)
    }
    if site.account is not None:
        environment |= site.account.environment
    environment |= {
        "HOME": str(site.home),
        "TMPDIR": str(site.temporary),
        "JUPYTER_RUNTIME_DIR": str(site.runtime),
    }
    environment |= request.environment
    # For the agent alone, which keeps the request.
    environment.pop(NONCE_VARIABLE, None)
    if request.certificates is not None:
        environment |= {
            variable: str(site.certificate(name)) for name, variable in CERTIFICATE_FILES.items()
        }
    if not _leads_to_sandbox(site, environment):
        environment[LAST_RESORT] = str(site.directory)
    scheme = "http" if request.certificates is None else "https"
    environment["JUPYTERHUB_SERVICE_URL"] = f"{scheme}://{site.address}:{SERVER_PORT}/"
    return environment


def _leads_to_sandbox(site: SandboxSite, environment: Mapping[str, str]) -> bool:
    """Whether what its user starts, and detaches from all of ours, can be found by its variables.

    With its microVM everything ends.
    """
    own = (environment.get(name, "") for name in OF_SANDBOX)
    return site.is_vm or any(Path(folder).is_relative_to(site.directory) for folder in own)


def make_folders(environment: Mapping[str, str]) -> list[Path]:
    """A new sandbox's home is empty: a `notebook_dir` in it has to be made, or another home.

    A `notebook_dir` elsewhere is to be there already, as Jupyter expects of any. Returns what was
    made.
    """
    home, root = Path(environment["HOME"]), environment.get("JUPYTERHUB_ROOT_DIR", "")
    folder = home / root.removeprefix("~/") if root.startswith("~/") else Path(root)
    made: list[Path] = []
    for needed in (home, folder):
        if needed.is_relative_to(home):
            made += [one for one in (*needed.parents[::-1], needed) if not one.exists()]
            needed.mkdir(parents=True, exist_ok=True)
    return made


def command_line(site: SandboxSite, args: Sequence[str]) -> list[str]:
    """The arguments of the single-user server: ours first, so that the operator's win."""
    ours = [
        f"--KernelProvisionerFactory.default_provisioner_name={provisioner.NAME}",
        f"--KernelManager.ip={kernel_address(site)}",
        "--ServerApp.kernel_manager_class=forkd_jupyter_guest.kernel.manager.ForkedKernelManager",
        (
            "--ServerApp.kernel_websocket_connection_class="
            "forkd_jupyter_guest.kernel.websocket.PromptWebsocketConnection"
        ),
    ]
    if os.geteuid() == 0:
        # The sandbox decides who its user is; jupyter_server's own warning stays for other set-ups.
        ours.append("--allow-root")
    return [*ours, *args]


def kernel_address(site: SandboxSite) -> str:
    """Where kernels listen: the sandbox's own address (in a microVM: all of them)."""
    return site.address


def reach_own_address(site: SandboxSite) -> None:
    """jupyter_client starts kernels on local addresses only, and doesn't know of 127.0.0.0/8."""
    localinterfaces.is_local_ip(site.address)
    if site.address not in localinterfaces.LOCAL_IPS:
        localinterfaces.LOCAL_IPS.append(site.address)
