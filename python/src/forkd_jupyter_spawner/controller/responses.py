"""A controller's answers, and which failure each stands for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import aiohttp

from ..errors import (
    AnswerTooLongError,
    CapacityError,
    ControllerError,
    ControllerFailedError,
    GuestSilentError,
    NamespaceTakenError,
    ProtocolError,
    RequestRefusedError,
    UnauthorizedError,
)
from .wire import decode_json

LONGEST_REASON = 500

NO_PLACE_LEFT = re.compile(
    r"netns pool exhausted|socket \S+ never appeared|addresses of \S+ are taken"
    r"|Cannot allocate memory|No space left on device|Resource temporarily unavailable"
    r"|Too many open files|\b(ENOMEM|ENOSPC|EAGAIN|EMFILE|ENFILE)\b",
    re.IGNORECASE,
)
"""What forkd, or the system below it, says when its host is full. A socket that never appears:
the network namespace that the microVM was to run in doesn't exist (fixtures/forkd)."""

GUEST_IS_SILENT = re.compile(r"^(ping|eval|exec): ")
"""forkd's reason where it has not got an answer out of a guest. What follows is the system's word
for a time-out, 'Resource temporarily unavailable', which elsewhere means that there is no place."""

NAMESPACE_IS_TAKEN = re.compile(r"Open tap device failed|Device or resource busy", re.IGNORECASE)
"""Firecracker's reason when another microVM has the tap of the namespace."""


@dataclass(frozen=True)
class Response:
    """Status, type and body of an answer."""

    status: int
    content_type: str
    body: bytes
    server_timing: str = ""
    """Where the controller's time went, if it says so."""

    @property
    def ok(self) -> bool:
        """Whether the request succeeded."""
        return 200 <= self.status < 300  # noqa: PLR2004

    @cached_property
    def _decoded(self) -> tuple[bool, Any]:
        if self.content_type != "application/json":
            return False, None
        try:
            return True, decode_json(self.body)
        except ValueError:
            return False, None

    @property
    def is_json(self) -> bool:
        """Whether the body is JSON and says so."""
        return self._decoded[0]

    @property
    def json(self) -> Any:
        """The decoded body; None where it is no JSON."""
        return self._decoded[1]

    @property
    def reason(self) -> str | None:
        """forkd's own reason: `{"error"}` of its API, plain text of its request parser."""
        if isinstance(self.json, dict):
            error = cast("dict[str, Any]", self.json).get("error")
            return error if isinstance(error, str) else None
        if self.content_type == "text/plain" and self.body:
            return self.body.decode(errors="replace")
        return None


async def read_at_most(count: int, response: aiohttp.ClientResponse, what: str) -> bytes:
    """Read a whole body; one that is longer ends the connection. `what` was asked for."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > count:
            response.close()
            raise AnswerTooLongError(f"{what} gave an answer of more than {count / 2**20:g} MiB")
    return bytes(body)


def failure_of(
    response: Response, what: str, known: Mapping[int, type[ControllerError]], *, secret: str
) -> ControllerError:
    """The failure that an answer other than 2xx stands for; `known` are the route's own."""
    reason = (response.reason or "")[:LONGEST_REASON]
    if secret:
        reason = reason.replace(secret, "[token]")
    kind = _kind_of(response, known)
    if kind is ProtocolError:
        return kind(f"not an answer of forkd's: {what} gave {response.status}")
    said = f": {reason}" if reason else f" ({response.status}, without a reason)"
    return kind(f"{_SENTENCES.get(kind, 'the forkd controller refused')}{said}")


def _kind_of(
    response: Response, known: Mapping[int, type[ControllerError]]
) -> type[ControllerError]:
    status = response.status
    if status in {401, 403}:
        return UnauthorizedError
    if status in known and response.is_json and response.reason:
        return known[status]
    # forkd's unknown routes have empty bodies, and a proxy's pages are HTML: a 404
    # without forkd's reason must not be taken for "this sandbox is gone".
    if status < 400 or status in {404, 405}:  # noqa: PLR2004
        return ProtocolError
    if status < 500:  # noqa: PLR2004
        return RequestRefusedError
    return _kind_of_failure(status, response.reason or "")


def _kind_of_failure(status: int, reason: str) -> type[ControllerFailedError]:
    if GUEST_IS_SILENT.search(reason):
        return GuestSilentError
    if NAMESPACE_IS_TAKEN.search(reason):
        return NamespaceTakenError
    full = status == 503 or NO_PLACE_LEFT.search(reason)  # noqa: PLR2004
    return CapacityError if full else ControllerFailedError


_SENTENCES: Mapping[type[ControllerError], str] = {
    UnauthorizedError: "the forkd controller does not accept the spawner's token",
    CapacityError: "the forkd controller has no place left for another server",
    ControllerFailedError: "the forkd controller failed",
    GuestSilentError: "the guest did not answer the forkd controller",
    NamespaceTakenError: "the forkd controller failed: another microVM holds the network namespace",
}
