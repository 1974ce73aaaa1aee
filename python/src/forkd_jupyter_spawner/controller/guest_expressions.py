"""The expressions that the guest evaluates, and what their results mean (docs/protocols.md §2).

The controller hands an expression to the guest's interpreter, so what a user can
influence must stay data: it travels as JSON inside one string literal. An
ASCII-only JSON encoder writes literals that Python reads in the same way.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from ..errors import (
    ActivationError,
    ActivationTimeoutError,
    GuestError,
    HubOutOfReachError,
    OutOfMemoryError,
    ProtocolError,
    UnusableValueError,
)
from ..facts import Activation, GuestStatus, Identity, ServerExit
from ..spans import guest_spans
from . import wire

PROTOCOL_VERSION = 1

LOG_MARK = "--- last lines of the server's log ---"

STATUS_EXPRESSION = "[activated(), server_exit()]"
"""Both questions in one round trip; a list of values whose `repr` is JSON is JSON."""


def activation_expression(identity: Identity, timeout_s: float) -> str:
    """`activate("…")`: gives a warm sandbox its identity; answered when the server is ready."""
    check_identity(identity)
    request = {
        "version": PROTOCOL_VERSION,
        "username": identity.username,
        "environment": dict(identity.environment),
        "args": list(identity.args),
        "certificates": None if identity.certificates is None else vars(identity.certificates),
        "clock_unix_s": time.time(),
        "timeout_s": timeout_s,
    }
    return f"activate({json.dumps(json.dumps(request))})"


def claim_expression(nonce: str) -> str:
    """`claim("…")`: says that a warm sandbox is going to be somebody's."""
    return f"claim({json.dumps(nonce)})"


def check_identity(identity: Identity) -> None:
    """Refuse, by name and never by value, what no process's environment can hold."""
    _check_text("the user name", identity.username)
    for argument in identity.args:
        _check_text("an entry of args", argument)
    for name, value in identity.environment.items():
        _check_text("the name of an environment variable", name)
        if not name or "=" in name:
            raise UnusableValueError(f"{name!r} cannot be the name of an environment variable")
        _check_text(f"the environment variable {name}", value)


def _check_text(what: str, value: Any) -> None:
    if not isinstance(value, str):
        raise UnusableValueError(f"{what} must be text, not {type(value).__name__}")
    if "\0" in value:
        raise UnusableValueError(f"{what} holds a NUL character")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise UnusableValueError(f"{what} holds half a surrogate pair, which is no text") from None


def parse_activation(result: str) -> Activation:
    """Read the result of `activate(…)`."""
    reply = wire.as_object(parse_result(result), "the activation's reply")
    if reply.get("version") != PROTOCOL_VERSION:
        raise ActivationError(
            f"the guest speaks activation version {reply.get('version')}, this spawner version "
            f"{PROTOCOL_VERSION}: install the same release on both sides"
        )
    kernel = reply.get("kernel")
    return Activation(
        guest_version=wire.text(reply, "guest_version"),
        server_port=wire.integer(wire.as_object(reply.get("server"), "server"), "port"),
        hostname=wire.optional_text(reply, "hostname") or "",
        kernel_connection=None if kernel is None else _connection(kernel),
        spans=guest_spans(
            wire.as_object(span, "a span")
            for span in wire.as_list(reply.get("spans") or [], "spans")
        ),
    )


def _connection(kernel: Any) -> dict[str, Any]:
    return dict(wire.as_object(wire.as_object(kernel, "kernel").get("connection"), "connection"))


def parse_status(result: str) -> GuestStatus:
    """Read the result of `STATUS_EXPRESSION`."""
    pair = wire.as_list(parse_result(result), "the guest's status")
    if len(pair) != 2:  # noqa: PLR2004 (as many as the expression has)
        raise ProtocolError("the guest's status is not a pair")
    activated, ended = pair
    return GuestStatus(
        nonce=None if activated is None else wire.text(wire.as_object(activated, "it"), "nonce"),
        server_exit=None if ended is None else _server_exit(wire.as_object(ended, "server_exit")),
    )


def log_expression(count: int) -> str:
    """`server_log(20)`: the last lines of the server's log, without the user's secrets."""
    return f"server_log({count})"


def parse_log(result: str) -> list[str]:
    """Read the result of `server_log(…)`."""
    text = parse_result(result)
    if not isinstance(text, str):
        raise ProtocolError("the guest's log is no text")
    return text.splitlines()


def _server_exit(ended: Any) -> ServerExit:
    return ServerExit(
        wire.optional_integer(ended, "exit_code"),
        wire.optional_integer(ended, "signal"),
        out_of_memory=ended.get("out_of_memory") is True,
    )


def parse_result(result: str) -> Any:
    """Decode a result whose `repr` is its JSON."""
    try:
        return wire.decode_json(result)
    except ValueError as error:
        raise ProtocolError(f"the guest's result is not JSON: {error}") from None


def guest_error(message: str) -> GuestError:
    """The error that an expression raised inside the guest."""
    kind, _, rest = message.partition(": ")
    if kind in _ACTIVATION_ERRORS:
        sentence, _, log = rest.partition(LOG_MARK)
        return _ACTIVATION_ERRORS[kind](sentence.strip(), tuple(log.strip().splitlines()))
    if kind == "NameError":
        return GuestError(f"the snapshot holds no forkd_jupyter_guest ({message})")
    return GuestError(message)


_ACTIVATION_ERRORS: Mapping[str, type[ActivationError]] = {
    "ActivationError": ActivationError,
    "AlreadyActivatedError": ActivationError,
    "ActivationTimeoutError": ActivationTimeoutError,
    "HubOutOfReachError": HubOutOfReachError,
    "OutOfMemoryError": OutOfMemoryError,
}
