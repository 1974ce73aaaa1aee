"""forkd's REST API v1: the one module that knows its paths and field names.

The contract is recorded in fixtures/forkd/transcripts.json. Every method raises a
ControllerError that says which remedy applies, and none blocks the hub's loop.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp

from ..errors import (
    ControllerError,
    ControllerTimeoutError,
    ControllerUnreachableError,
    ProtocolError,
    RequestRefusedError,
    SandboxNotFoundError,
    SnapshotNotBootableError,
    UnknownSnapshotError,
)
from ..facts import Activation, GuestStatus, Identity, Sandbox, SandboxSpec, Snapshot
from ..spans import Span, SpanLog, controller_spans
from . import guest_expressions as guest
from . import wire
from .create_request import body_of
from .responses import Response, failure_of, read_at_most
from .shortages import shortage_of

QUICK_TIMEOUT_S = 10.0
"""Bounds what forkd answers in milliseconds; its slowest, a ping of a dead VM, takes 3 s."""

LOG_TIMEOUT_S = 2.0
"""Asked for when a start has failed already: the user waits for the error."""

ACTIVATION_MARGIN_S = 4.0
"""Lets the guest, which knows the cause, report its own time-out before ours."""

MOST_OF_A_GUEST = 1024 * 1024
"""Bytes that an answer may have in which a guest has a say: an activation's has some 5 KiB."""
MOST_OF_ROWS = 32 * 1024 * 1024
"""Bytes that a list may have: a row has some 300, and no host has 100 000 of them."""
_OF_ROWS = frozenset({"/v1/sandboxes", "/v1/snapshots"})

_NOT_FOUND: Mapping[int, type[ControllerError]] = {404: SandboxNotFoundError}
_CREATE: Mapping[int, type[ControllerError]] = {
    404: UnknownSnapshotError,
    409: SnapshotNotBootableError,
}


@dataclass(frozen=True)
class ControllerClient:
    """One controller, as one spawner is configured to see it."""

    url: str
    session: aiohttp.ClientSession
    request_timeout_s: float = 30.0
    token: str = field(default="", repr=False)

    async def create(self, spec: SandboxSpec, count: int) -> Sequence[Sandbox]:
        """Fork `count` sandboxes. Creates of one controller must never overlap: see CreateQueue."""
        body = {**body_of(spec), "n": count}
        spans = SpanLog()
        with spans.timed("request.create"):
            response = await self._call("POST", "/v1/sandboxes", body, errors=_CREATE)
        spans.add(controller_spans(response.server_timing))
        rows = wire.as_list(response.json, "the list of new sandboxes")
        return [_sandbox(row, tuple(spans.published())) for row in rows]

    async def list(self) -> Sequence[Sandbox]:
        """All sandboxes that the controller knows, dead ones included."""
        response = await self._call("GET", "/v1/sandboxes", timeout_s=self._quick_s)
        return [_sandbox(row) for row in wire.as_list(response.json, "the list of sandboxes")]

    async def version(self) -> str:
        """The controller's own."""
        response = await self._call("GET", "/version", timeout_s=self._quick_s)
        return wire.text(wire.as_object(response.json, "the version"), "version")

    async def snapshots(self) -> Sequence[Snapshot]:
        """All snapshots that the controller knows."""
        response = await self._call("GET", "/v1/snapshots", timeout_s=self._quick_s)
        return [_snapshot(row) for row in wire.as_list(response.json, "the list of snapshots")]

    async def get(self, sandbox_id: str) -> Sandbox:
        """One row; that it exists does not mean that its sandbox lives."""
        response = await self._call("GET", _path(sandbox_id), timeout_s=self._quick_s)
        return _sandbox(response.json)

    async def delete(self, sandbox_id: str) -> bool:
        """Delete a sandbox; False when it was gone already, which is as good."""
        try:
            await self._call("DELETE", _path(sandbox_id))
        except SandboxNotFoundError:
            return False
        return True

    async def ping(self, sandbox_id: str) -> None:
        """Ask the guest's agent for a sign of life; raises when there is none."""
        await self._call("POST", _path(sandbox_id, "ping"), timeout_s=self._quick_s)

    async def activate(self, sandbox_id: str, identity: Identity, timeout_s: float) -> Activation:
        """Make a warm sandbox the user's; returns when server and kernel are ready."""
        expression = guest.activation_expression(identity, timeout_s)
        result, spans = await self._eval(sandbox_id, expression, timeout_s + ACTIVATION_MARGIN_S)
        activation = guest.parse_activation(result)
        return replace(activation, spans=(*spans, *activation.spans))

    async def claim(self, sandbox_id: str, nonce: str) -> None:
        """Have a warm sandbox say that it is going to be somebody's, whoever asks."""
        await self._eval(sandbox_id, guest.claim_expression(nonce), self.request_timeout_s)

    async def status(self, sandbox_id: str) -> GuestStatus:
        """Ask the guest, in one evaluation, whose it is and whether its server runs."""
        result, _ = await self._eval(sandbox_id, guest.STATUS_EXPRESSION, self._quick_s)
        return guest.parse_status(result)

    async def server_log(self, sandbox_id: str, count: int) -> Sequence[str]:
        """The last lines of the server's log; whoever wants them is in a hurry."""
        result, _ = await self._eval(sandbox_id, guest.log_expression(count), LOG_TIMEOUT_S)
        return guest.parse_log(result)

    async def _eval(
        self, sandbox_id: str, expression: str, timeout_s: float
    ) -> tuple[str, tuple[Span, ...]]:
        path = _path(sandbox_id, "eval")
        response = await self._call("POST", path, {"code": expression}, timeout_s=timeout_s)
        reply = wire.as_object(response.json, "the reply")
        error = wire.optional_text(reply, "error")
        if error is not None or wire.integer(reply, "exit_code") != 0:
            raise guest.guest_error(error or "the guest gave no reason")
        return wire.text(reply, "result"), controller_spans(response.server_timing)

    @property
    def _quick_s(self) -> float:
        return min(self.request_timeout_s, QUICK_TIMEOUT_S)

    async def _call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        errors: Mapping[int, type[ControllerError]] = _NOT_FOUND,
        timeout_s: float | None = None,
    ) -> Response:
        response = await self._send(method, path, body, timeout_s or self.request_timeout_s)
        if not response.ok:
            raise failure_of(response, f"{method} {self.url}{path}", errors, secret=self.token)
        if response.status != 204 and not response.is_json:  # noqa: PLR2004 (No Content)
            raise ProtocolError(
                f"{self.url} is no forkd controller: {method} {path} gave {response.content_type}"
            )
        return response

    async def _send(
        self, method: str, path: str, body: Mapping[str, Any] | None, timeout_s: float
    ) -> Response:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            async with self.session.request(
                method,
                f"{self.url}{path}",
                # A stream, since aiohttp sends large bytes in one piece that holds up the loop.
                data=None if body is None else BytesIO(json.dumps(body).encode()),
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=timeout_s),
                # A forkd controller never redirects; following would hand the token on.
                allow_redirects=False,
            ) as response:
                return Response(
                    response.status,
                    response.content_type,
                    await read_at_most(_most_bytes(path), response, f"{method} {self.url}{path}"),
                    ", ".join(response.headers.getall("Server-Timing", ())),
                )
        except asyncio.TimeoutError as error:
            raise ControllerTimeoutError(
                f"the forkd controller at {self.url} did not answer {method} {path} "
                f"within {timeout_s:g} s"
            ) from error
        except aiohttp.InvalidURL as error:
            raise RequestRefusedError(f"{self.url!r} is not a URL") from error
        except RuntimeError as error:
            if not self.session.closed:
                raise
            # The hub ends, and with it the session (see connections.py): the journal knows more.
            raise ControllerUnreachableError(
                f"the forkd controller at {self.url} is not asked any more: the hub is ending"
            ) from error
        except (aiohttp.ClientError, OSError) as error:
            raise _unreachable(self.url, error) from error


def _most_bytes(path: str) -> int:
    return MOST_OF_ROWS if path in _OF_ROWS else MOST_OF_A_GUEST


def _unreachable(url: str, error: BaseException) -> ControllerUnreachableError:
    shortage = shortage_of(error)
    reason = shortage.sentence if shortage else str(error) or type(error).__name__
    failure = ControllerUnreachableError(
        f"the forkd controller at {url} cannot be reached: {reason}"
    )
    if shortage:
        failure.hint = shortage.remedy
    return failure


def _path(sandbox_id: str, action: str = "") -> str:
    path = f"/v1/sandboxes/{quote(sandbox_id, safe='')}"
    return f"{path}/{action}" if action else path


def _snapshot(value: Any) -> Snapshot:
    row = wire.as_object(value, "a snapshot")
    return Snapshot(
        wire.text(row, "tag"),
        # forkd before 0.5.3 doesn't say.
        bootable=row.get("bootable") is not False,
        warning=wire.optional_text(row, "warning") or "",
    )


def _sandbox(value: Any, spans: tuple[Span, ...] = ()) -> Sandbox:
    row = wire.as_object(value, "a sandbox")
    host, agent_port = wire.host_and_port(row, "guest_addr")
    return Sandbox(
        id=wire.text(row, "id"),
        snapshot_tag=wire.text(row, "snapshot_tag"),
        host=host,
        agent_port=agent_port,
        netns=wire.optional_text(row, "netns"),
        memory_limit_mib=wire.optional_integer(row, "memory_limit_mib"),
        created_at_unix=wire.integer(row, "created_at_unix"),
        pid=wire.optional_integer(row, "pid"),
        spans=spans,
    )


def usable_url(url: Any) -> str:
    """Return a controller's URL without a slash at its end, or raise a ValueError that says why."""
    parts = urlsplit(url) if isinstance(url, str) else None
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"a URL begins with http:// or https:// and a host, not {url!r}")
    if parts.query or parts.fragment:
        raise ValueError(f"{url!r} has a query or a fragment, after which no path can follow")
    return str(url).rstrip("/")
