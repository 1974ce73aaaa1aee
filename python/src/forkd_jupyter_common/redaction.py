"""Takes secrets out of texts that are shown."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

SHORTEST_SECRET = 8
"""Shorter values are no secrets but words, and taking them out would garble the text."""

SECRET_WORDS = ("TOKEN", "SECRET", "PASSWORD", "KEY")


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
