"""Takes what must not be shown out of texts that are: secrets, and what a terminal obeys."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from forkd_jupyter_common.redaction import redact

MOST_LINES = 20
LONGEST_LINE = 400

WITHHELD = (
    "The hub was restarted since this server's start.",
    "It no longer knows which secrets the server's last lines may hold, so they are not shown.",
)
"""What is shown in place of lines that can't be redacted: the hub keeps no secrets on its disk."""

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Colours and cursor movements, and single control characters but tab and newline."""


def presentable(lines: Sequence[str], secrets: Iterable[str]) -> list[str]:
    """The end of a log, as it may be shown: without secrets, colours and endless lines."""
    text = redact("\n".join(lines), secrets)
    return [_CONTROL.sub("", line)[:LONGEST_LINE] for line in text.splitlines()][-MOST_LINES:]
