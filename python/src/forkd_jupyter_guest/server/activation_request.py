"""The request that gives a warm sandbox its identity, and the reply (docs/protocols.md §2)."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from forkd_jupyter_common.redaction import redact, secrets_in

from ..machine.seconds import checked_seconds

PROTOCOL_VERSION = 1

NONCE_VARIABLE = "FORKD_ACTIVATION_NONCE"
"""A spawner recognises its own sandbox by it; no user's process has it."""

CERTIFICATE_FILES = {
    "key": "JUPYTERHUB_SSL_KEYFILE",
    "certificate": "JUPYTERHUB_SSL_CERTFILE",
    "authorities": "JUPYTERHUB_SSL_CLIENT_CA",
}
"""What a request with certificates holds, and the variable that tells a server where it is."""


class ActivationError(Exception):
    """The server could not be started; the text is meant for the user."""


class ActivationTimeoutError(ActivationError):
    """The server, or its first kernel, took too long."""


class HubOutOfReachError(ActivationError):
    """The server is up and gets no answer from the hub."""


class OutOfMemoryError(ActivationError):
    """The server, or its first kernel, was ended for want of memory."""


class AlreadyActivatedError(Exception):
    """This sandbox is somebody's already."""


@dataclass(frozen=True)
class ActivationRequest:
    """What the spawner hands over."""

    username: str
    environment: dict[str, str]
    args: tuple[str, ...] = ()
    clock_unix_s: float | None = None
    timeout_s: float = 25.0
    certificates: dict[str, str] | None = None
    """PEM texts by the names in CERTIFICATE_FILES; None: connections are plain."""

    @classmethod
    def parse(cls, text: str) -> ActivationRequest:
        """Read the JSON request; raises ActivationError that names what is wrong."""
        try:
            fields = json.loads(text)
            if fields["version"] != PROTOCOL_VERSION:
                message = (
                    f"the spawner speaks activation version {fields['version']}, this guest "
                    f"version {PROTOCOL_VERSION}: install the same release on both sides"
                )
                raise ActivationError(message)
            environment = fields["environment"]
            _check_environment(environment)
            return cls(
                username=str(fields["username"]),
                environment=environment,
                args=tuple(str(word) for word in fields.get("args", ())),
                clock_unix_s=_checked_clock(fields.get("clock_unix_s")),
                timeout_s=checked_seconds("timeout_s", fields.get("timeout_s", cls.timeout_s)),
                certificates=_checked_certificates(fields.get("certificates")),
            )
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            message = f"malformed activation request: {type(error).__name__}: {error}"
            raise ActivationError(message) from error

    def redact(self, text: str) -> str:
        """Take the secrets out of a text."""
        return redact(text, secrets_in(self.environment.items()))


def _check_environment(environment: dict[str, Any]) -> None:
    for name, value in environment.items():
        if not isinstance(value, str):
            message = f"environment {name!r} must be text, not {type(value).__name__}"
            raise ActivationError(message)
        if not name or "=" in name or "\0" in name or "\0" in value:
            message = f"environment {name!r} cannot be set: NUL, or '=' in a name"
            raise ActivationError(message)


def _checked_clock(unix_s: Any) -> float | None:
    return None if unix_s is None else checked_seconds("clock_unix_s", unix_s)


def _checked_certificates(certificates: dict[str, Any] | None) -> dict[str, str] | None:
    if certificates is None:
        return None
    return {name: str(certificates[name]) for name in CERTIFICATE_FILES}


class JsonValue:
    """A value whose `repr` is its JSON: what `eval` sends back is then JSON itself."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __repr__(self) -> str:
        return json.dumps(self._value)


class SpanLog:
    """What one process measures, by the monotonic clock that all processes of a machine share.

    The system's clock is no measure: in a restored microVM it shows the snapshot's time until the
    activation sets it, in the middle of the first span.
    """

    def __init__(self) -> None:
        self._spans: list[tuple[str, float, float]] = []

    @staticmethod
    def now() -> float:
        """In seconds, from whenever: what spans begin with."""
        return time.monotonic()

    def add(self, name: str, started_s: float) -> None:
        """Record a span that ends now."""
        self._spans.append((name, started_s, self.now()))

    def as_json(self) -> list[dict[str, Any]]:
        """As the reply carries them: placed on the system's clock as it is now, once it is set."""
        unix_s_at_zero = time.time() - self.now()
        return [
            {
                "name": name,
                "start_unix_s": unix_s_at_zero + started_s,
                "duration_ms": round((ended_s - started_s) * 1000, 3),
            }
            for name, started_s, ended_s in self._spans
        ]
