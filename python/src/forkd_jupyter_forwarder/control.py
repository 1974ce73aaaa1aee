"""The Unix socket at which a hub says what to open (docs/protocols.md §5)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import __version__
from .errors import BadRequestError, ForwarderError
from .forwards import MAX_PORT, Forwards, Target

log = logging.getLogger(__name__)

MAX_REQUEST_BYTES = 64 * 1024


class Control:
    """Answers one JSON object a line, as many as come on a connection."""

    def __init__(self, forwards: Forwards, changed: Callable[[], None]) -> None:
        """`changed` is called when other things are open than before."""
        self._forwards = forwards
        self._changed = changed

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        with contextlib.suppress(ConnectionError, ValueError):  # ValueError: a line without end
            while line := await reader.readline():
                writer.write(json.dumps(await self._answer(line)).encode() + b"\n")
                await writer.drain()
        writer.close()

    async def _answer(self, line: bytes) -> Mapping[str, Any]:
        try:
            return await self._do(_request(line))
        except (ForwarderError, OSError, ValueError) as error:
            return {"error": str(error)}
        except Exception as error:
            log.exception("a request could not be answered")
            return {"error": f"{type(error).__name__}: {error}"}

    async def _do(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        match request.get("op"):
            case "open":
                forward = await self._forwards.open(
                    _text(request, "sandbox"), _text(request, "netns"), _target(request)
                )
                self._changed()
                return forward.as_json()
            case "expose":
                forward = await self._forwards.expose(_text(request, "sandbox"), _ports(request))
                self._changed()
                return forward.as_json()
            case "close":
                self._forwards.close(_text(request, "sandbox"))
                self._changed()
                return {}
            case "status":
                forwards = [forward.as_json() for forward in self._forwards.all]
                return {"version": __version__, "forwards": forwards}
            case other:
                raise BadRequestError(f"unknown op: {other!r}")


def _request(line: bytes) -> Mapping[str, Any]:
    request = json.loads(line)
    if not isinstance(request, dict):
        raise BadRequestError("a request is a JSON object")
    return request


def _text(request: Mapping[str, Any], name: str) -> str:
    value = request.get(name)
    if not isinstance(value, str) or not value:
        raise BadRequestError(f"{name} must be a text that is not empty, not {value!r}")
    return value


def _ports(request: Mapping[str, Any]) -> Sequence[int]:
    value = request.get("ports")
    if not isinstance(value, list):
        raise BadRequestError(f"ports must be a list, not {value!r}")
    return [_port(one) for one in value]  # pyright: ignore[reportUnknownVariableType]


def _target(request: Mapping[str, Any]) -> Target:
    match request.get("hub"):
        case [str(host), port]:
            return Target(host, _port(port))
        case other:
            raise BadRequestError(f"hub must be [host, port], not {other!r}")


def _port(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_PORT:
        return value
    raise BadRequestError(f"a port must be a whole number from 1 to {MAX_PORT}, not {value!r}")
