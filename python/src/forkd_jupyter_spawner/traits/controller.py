"""Which controller, how the hub authenticates there, and how patient it is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from jupyterhub.traitlets import Callable
from traitlets import Float, TraitError, Unicode, Union, default, validate
from traitlets.config import LoggingConfigurable

from ..controller.client import usable_url
from ..errors import UnusableValueError

LONGEST_ACTIVATION_S = 29.0
"""forkd gives up reading a guest's answer after 30 s."""


class ControllerTraits(LoggingConfigurable):
    """The options that say how the hub talks to its controller."""

    controller_url = Union(
        [Unicode(), Callable()],
        help="""
        The forkd controller's URL, http or https, with an optional path prefix.

        Or a callable, sync or async, that is called with the spawner at each start and returns
        the URL: so that users are spread over several hosts. A server that runs already is looked
        for at the controller that started it, whatever is configured since.

        Default: the environment variable FORKD_URL, else http://127.0.0.1:8889.
        """,
    ).tag(config=True)

    token = Unicode(
        help="""
        The controller's bearer token. `token_file` is the better choice: it stays out of the
        configuration.

        Default: the environment variable FORKD_TOKEN, else none.
        """
    ).tag(config=True)

    token_file = Unicode(
        help="""
        A file that holds the controller's bearer token; it wins over `token`. It is read at each
        start, stop and poll, so a new token needs no restart of the hub.

        Default: the environment variable FORKD_TOKEN_FILE, else none.
        """
    ).tag(config=True)

    ca_file = Unicode(
        help="""
        A PEM file with the certificate authorities to trust for an https `controller_url`, in
        place of the system's.

        Default: empty, the system's.
        """
    ).tag(config=True)

    request_timeout = Float(
        30.0,
        min=0.001,
        help="""
        Seconds that one request to the controller may take; look-ups and pings take 10 s at most.
        The activation has `activation_timeout`.

        Default: 30.
        """,
    ).tag(config=True)

    activation_timeout = Float(
        25.0,
        min=0.001,
        max=LONGEST_ACTIVATION_S,
        help="""
        Seconds that a sandbox may take to become the user's server, from identity to listening
        with a warm kernel; then the start fails with the server's last log lines. A forkd
        controller gives up after 30 s, so 29 is the most.

        Default: 25.
        """,
    ).tag(config=True)

    unknown_grace_s = Float(
        300.0,
        min=0,
        allow_none=True,
        help="""
        Seconds for which a server counts as running while its controller is down, slow or failing
        and the server's own port doesn't answer either. After that it counts as stopped. None:
        for ever.

        Default: 300.
        """,
    ).tag(config=True)

    @default("controller_url")
    def _controller_url_default(self) -> str:
        return os.environ.get("FORKD_URL") or "http://127.0.0.1:8889"

    @default("token")
    def _token_default(self) -> str:
        return os.environ.get("FORKD_TOKEN", "")

    @default("token_file")
    def _token_file_default(self) -> str:
        return os.environ.get("FORKD_TOKEN_FILE", "")

    @validate("controller_url")
    def _check_controller_url(self, proposal: Any) -> Any:
        value = proposal["value"]
        try:
            return value if callable(value) else usable_url(value)
        except ValueError as error:
            raise TraitError(f"ForkdSpawner.controller_url: {error}") from None

    def bearer_token(self) -> str:
        """Return the token to use now. The file is small and local: reading it does not block."""
        if not self.token_file:
            return self.token
        try:
            return Path(self.token_file).read_text().strip()
        except OSError as error:
            raise UnusableValueError(
                f"ForkdSpawner.token_file cannot be read: {error.strerror}: {self.token_file}"
            ) from error
