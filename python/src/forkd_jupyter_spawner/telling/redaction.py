"""Takes what must not be shown out of texts that are: secrets, and what a terminal obeys."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

SHORTEST_SECRET = 8
"""Shorter values are no secrets but words, and taking them out would garble the text."""

SECRET_WORDS = ("TOKEN", "SECRET", "PASSWORD", "KEY")

MOST_LINES = 20
LONGEST_LINE = 400

WITHHELD = (
    "The hub was restarted since this server's start.",
    "It no longer knows which secrets the server's last lines may hold, so they are not shown.",
)
"""What is shown in place of lines that can't be redacted: the hub keeps no secrets on its disk."""

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Colours and cursor movements, and single control characters but tab and newline."""


def secrets_in(environment: Iterable[tuple[str, Any]]) -> list[str]:
    """Return the values that must not appear in any message, judged by their names.

    Longest first: one that begins like another must not leave the other's end standing.
    """
    found = {
        form
        for name, value in environment
        if isinstance(value, str) and any(word in name.upper() for word in SECRET_WORDS)
        for line in value.splitlines()
        for form in _forms(line.strip())
        if len(form) >= SHORTEST_SECRET
    }
    return sorted(found, key=len, reverse=True)


def _forms(secret: str) -> tuple[str, ...]:
    """As it is, in a URL, and inside a JSON or Python string."""
    return (secret, quote(secret, safe=""), json.dumps(secret)[1:-1], repr(secret)[1:-1])


def redact(text: str, secrets: Iterable[str]) -> str:
    """Take the secrets out of a text."""
    for secret in secrets:
        text = text.replace(secret, "[secret]")
    return text


def presentable(lines: Sequence[str], secrets: Iterable[str]) -> list[str]:
    """The end of a log, as it may be shown: without secrets, colours and endless lines."""
    text = redact("\n".join(lines), secrets)
    return [_CONTROL.sub("", line)[:LONGEST_LINE] for line in text.splitlines()][-MOST_LINES:]
