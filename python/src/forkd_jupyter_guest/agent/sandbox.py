"""A clone's life: warm, then one user's.

Runs in the agent (in a microVM: PID 1). The names that it offers are what a
spawner's `eval` can use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..server.activation_request import (
    NONCE_VARIABLE,
    ActivationRequest,
    AlreadyActivatedError,
    JsonValue,
)
from .activation import Activation

if TYPE_CHECKING:
    from ..machine.reactor import Reactor
    from ..machine.site import SandboxSite


class Sandbox:
    """What the agent keeps of its sandbox."""

    def __init__(self, site: SandboxSite, reactor: Reactor) -> None:
        self._site = site
        self._reactor = reactor
        self._activation: Activation | None = None
        self._claim: str | None = None

    def names(self) -> dict[str, Any]:
        """The names that `eval` offers to the spawner."""
        return {
            "activate": self.activate,
            "activated": self.activated,
            "claim": self.claim,
            "server_exit": self.server_exit,
            "server_log": self.server_log,
        }

    def activate(self, text: str) -> Activation:
        """Become one user's sandbox; the reply comes when the server is ready."""
        if self._activation is not None:
            message = f"this sandbox is {self._activation.request.username!r}'s already"
            raise AlreadyActivatedError(message)
        request = ActivationRequest.parse(text)
        self._activation = Activation(self._site, self._reactor, request)
        self._activation.start()
        return self._activation

    def claim(self, nonce: str) -> JsonValue:
        """Say whose sandbox this is going to be: its spawner has something to do first."""
        if self._claim is None:
            self._claim = nonce
        return self.activated()

    def activated(self) -> JsonValue:
        """Whose sandbox this is, or null."""
        if self._activation is None:
            claimed = {"username": "", "server_name": "", "nonce": self._claim}
            return JsonValue(None if self._claim is None else claimed)
        environment = self._activation.request.environment
        return JsonValue(
            {
                "username": self._activation.request.username,
                "server_name": environment.get("JUPYTERHUB_SERVER_NAME", ""),
                "nonce": environment.get(NONCE_VARIABLE, ""),
            }
        )

    def server_exit(self) -> JsonValue:
        """How the server ended, or null while it runs or was never started."""
        activation = self._activation
        if activation is None or activation.server_exit is None:
            return JsonValue(None)
        ended = activation.server_exit
        return JsonValue(
            {
                "exit_code": ended.exit_code,
                "signal": ended.signal,
                "out_of_memory": activation.server_ran_out_of_memory,
            }
        )

    def server_log(self, count: int = 50) -> JsonValue:
        """The end of the server's log, without the user's secrets."""
        text = "\n".join(self._site.last_log_lines(count))
        return JsonValue(self._activation.request.redact(text) if self._activation else text)
