"""Reads values of known types out of decoded JSON, or says which field is wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from ..errors import ProtocolError


def decode_json(text: str | bytes) -> Any:
    """Decode JSON; raises ValueError, also for what is nested too deeply to be read."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def as_object(value: Any, what: str) -> Mapping[str, Any]:
    """`value` as a JSON object."""
    if not isinstance(value, dict):
        raise ProtocolError(f"{what} is not a JSON object but {type(value).__name__}")
    return cast("dict[str, Any]", value)


def as_list(value: Any, what: str) -> list[Any]:
    """`value` as a JSON array."""
    if not isinstance(value, list):
        raise ProtocolError(f"{what} is not a JSON array but {type(value).__name__}")
    return cast("list[Any]", value)


def text(row: Mapping[str, Any], name: str) -> str:
    """The field `name` as text."""
    value = row.get(name)
    if not isinstance(value, str):
        raise ProtocolError(f"field {name!r} is missing or no text")
    return value


def optional_text(row: Mapping[str, Any], name: str) -> str | None:
    """The field `name` as text, or None where it is null or missing."""
    return None if row.get(name) is None else text(row, name)


def integer(row: Mapping[str, Any], name: str) -> int:
    """The field `name` as a whole number."""
    value = row.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ProtocolError(f"field {name!r} is missing or no whole number")
    return value


def optional_integer(row: Mapping[str, Any], name: str) -> int | None:
    """The field `name` as a whole number, or None where it is null or missing."""
    return None if row.get(name) is None else integer(row, name)


def host_and_port(row: Mapping[str, Any], name: str) -> tuple[str, int]:
    """The field `name` as `host:port`; an IPv6 host loses its brackets."""
    host, _, port = text(row, name).rpartition(":")
    if not host or not port.isdecimal():
        raise ProtocolError(f"field {name!r} is not 'host:port'")
    return host.strip("[]"), int(port)
