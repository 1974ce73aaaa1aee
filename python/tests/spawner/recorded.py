"""forkd's answers as recorded from a genuine controller (fixtures/forkd/transcripts.json)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aiohttp import web

TRANSCRIPTS = Path(__file__).parents[3] / "fixtures" / "forkd" / "transcripts.json"

REPLACED = {'"<unix seconds>"': "1790000000", '"<pid>"': "4711"}
"""Numbers that the recording holds as what they stand for."""


def _text() -> str:
    text = TRANSCRIPTS.read_text()
    for placeholder, number in REPLACED.items():
        text = text.replace(placeholder, number)
    return text


_RECORDED = json.loads(_text())["cases"]

CASES: dict[str, dict[str, Any]] = {
    case["case"]: case["response"] for case in _RECORDED if "response" in case
}

FAILED_CREATES: list[str] = [
    json.loads(response["body"])["error"]
    for case in _RECORDED
    for response in case.get("responses", ())
    if response["status"] == 500
]
"""forkd's reasons when creates overlapped: the first found no network namespace."""


def recorded(case: str) -> web.Response:
    """Return the answer to the case of this title."""
    answer = CASES[case]
    if "json" in answer:
        return web.json_response(answer["json"], status=answer["status"])
    kind = answer["contentType"]
    return web.Response(
        status=answer["status"],
        body=answer["text"].encode(),
        headers={"Content-Type": kind} if kind else {},
    )
