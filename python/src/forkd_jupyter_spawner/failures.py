"""Turns a failure into what the hub shows to the user and writes into its log.

JupyterHub 6 has SpawnException for this, JupyterHub 5 has not; both show the
attributes `jupyterhub_message` and `jupyterhub_html_message` of any exception, the
first on the progress stream and the second, unescaped, on the page.
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import Any, cast

from jupyterhub import spawner as hub_spawner
from tornado import web

from .errors import ActivationError, ForkdError

SHORTEST_SECRET = 8
"""Shorter values are no secrets but words, and taking them out would garble the text."""

SECRET_WORDS = ("TOKEN", "SECRET", "PASSWORD", "KEY")


def spawn_failure(error: ForkdError, secrets: Iterable[str] = ()) -> web.HTTPError:
    """Return the exception that start() raises for `error`, without any of the secrets."""
    secrets = list(secrets)
    sentence = redact(f"The server could not be started: {error}", secrets)
    lines = error.log_lines if isinstance(error, ActivationError) else ()
    log = redact("\n".join(lines), secrets)
    detail = f"{sentence}\nLast lines of the server's log:\n{log}" if log else sentence
    hint = f"\nHint: {error.hint}" if error.hint else ""
    return _exception(
        detail,
        message_html=_as_html(sentence, log),
        log_message=detail + hint,
        reason=error.reason,
        status_code=error.status_code,
    )


def _as_html(sentence: str, log: str) -> str:
    tail = f"<pre>{html.escape(log)}</pre>" if log else ""
    return f"{html.escape(sentence)}{tail}"


def _exception(
    message: str, *, message_html: str, log_message: str, reason: str, status_code: int
) -> web.HTTPError:
    kind: Any = getattr(hub_spawner, "SpawnException", None)
    error = (
        _plain_exception(status_code, log_message, reason)
        if kind is None
        else cast(
            "web.HTTPError",
            kind(
                message,
                reason=reason,
                log_message=log_message,
                message_html=message_html,
                status_code=status_code,
            ),
        )
    )
    error.jupyterhub_message = message  # type: ignore[attr-defined]
    error.jupyterhub_html_message = message_html  # type: ignore[attr-defined]
    return error


def _plain_exception(status_code: int, log_message: str, reason: str) -> web.HTTPError:
    # tornado formats the message with its arguments: a % of the user's must not count.
    return web.HTTPError(status_code, "%s", log_message, reason=reason)


def secrets_in(environment: Iterable[tuple[str, Any]]) -> list[str]:
    """Return the values that must not appear in any message, judged by their names."""
    return [
        value
        for name, value in environment
        if isinstance(value, str)
        and len(value) >= SHORTEST_SECRET
        and any(word in name.upper() for word in SECRET_WORDS)
    ]


def redact(text: str, secrets: Iterable[str]) -> str:
    """Take the secrets out of a text."""
    for secret in secrets:
        text = text.replace(secret, "[secret]")
    return text
