"""Turns a failure into what the hub shows to the user and writes into its log.

JupyterHub 6 has SpawnException for this, JupyterHub 5 has not; both show the
attributes `jupyterhub_message` and `jupyterhub_html_message` of any exception: the
first to programs, on the progress stream and in the API's answers, the second,
unescaped, on the pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from jupyterhub import spawner as hub_spawner
from tornado import web

from forkd_jupyter_common.redaction import redact

from ..controller.shortages import shortage_in
from ..errors import ActivationError, ChoiceError, ForkdError
from .redaction import presentable
from .told import Told

HEADING = "Your server did not start"
"""In place of an HTTP status."""

OPTIONS = "ForkdSpawner."
"""A sentence that names an option speaks to the operator."""


def spawn_failure(
    error: ForkdError, secrets: Iterable[str] = (), log_lines: Sequence[str] = ()
) -> web.HTTPError:
    """Return the exception that start() raises for `error`, without any of the secrets.

    `log_lines` are the last ones of the sandbox's log, for an error that carries none.
    """
    secrets = list(secrets)
    sentence = redact(f"The server could not be started: {error}", secrets)
    own_lines = error.log_lines if isinstance(error, ActivationError) else ()
    lines = presentable(own_lines or log_lines, secrets)
    happened = redact(_in_plain_words(error), secrets)
    shown, hint = lines, error.hint
    if shortage := shortage_in(lines[-1:]):
        # The traceback that ends with it is the same for each server; the log has it all the same.
        sentence, happened = f"{sentence}: {shortage.sentence}", f"{happened} {shortage.for_users}"
        shown, hint = [], shortage.remedy
    told = Told(happened, error.advice, shown, error.reason)
    return _exception(
        f"{_for_programs(sentence, told)}{as_paragraph(shown)}",
        message_html=told.as_html(),
        log_message=f"{sentence}{as_paragraph(lines)}{_for_the_admin(error, hint)}",
        reason=error.reason,
        status_code=error.status_code,
    )


def _in_plain_words(error: ForkdError) -> str:
    """A choice is the user's own: only its sentence says what was wrong with it."""
    return (
        f"What you have chosen can't be had: {error}."
        if isinstance(error, ChoiceError)
        else error.happened
    )


def _for_programs(sentence: str, told: Told) -> str:
    if OPTIONS in sentence:
        return f"The server could not be started ({told.reference}): {told.happened} {told.advice}"
    return sentence


def as_paragraph(log_lines: Sequence[str]) -> str:
    """What follows a sentence in a log: nothing, or the lines under a heading."""
    return "\n".join(["", "Last lines of the server's log:", *log_lines]) if log_lines else ""


def _for_the_admin(error: ForkdError, hint: str) -> str:
    return f"\nHint ({error.reason}): {hint}" if hint else ""


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
    error.forkd_heading = HEADING  # type: ignore[attr-defined]
    return error


def _plain_exception(status_code: int, log_message: str, reason: str) -> web.HTTPError:
    # tornado formats the message with its arguments: a % of the user's must not count.
    return web.HTTPError(status_code, "%s", log_message, reason=reason)
