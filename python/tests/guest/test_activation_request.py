"""What a sandbox says of its user never holds the user's secrets."""

from __future__ import annotations

from urllib.parse import quote

from forkd_jupyter_guest.server.activation_request import ActivationRequest

SHORTER, LONGER = "abcdefgh", "abcdefgh/ij+kl"


def _redacted(text: str) -> str:
    environment = {"FIRST_TOKEN": SHORTER, "OTHER_TOKEN": LONGER, "COURSE": "a word of eight"}
    return ActivationRequest("alice", environment).redact(text)


def test_a_secret_that_begins_like_another_leaves_nothing_of_it() -> None:
    assert _redacted(f"{LONGER} {SHORTER}") == "[secret] [secret]"


def test_a_secret_in_a_url_is_taken_out() -> None:
    assert _redacted(f"/hub?token={quote(LONGER, safe='')}") == "/hub?token=[secret]"


def test_what_is_no_secret_stays() -> None:
    assert _redacted("a word of eight") == "a word of eight"
