"""What a log may show: no secret in any of its usual forms, and nothing a terminal obeys."""

from __future__ import annotations

import pytest

from forkd_jupyter_common.redaction import redact, secrets_in
from forkd_jupyter_spawner.telling.redaction import presentable

SECRET = 'pa"ss/wörd\n'


@pytest.mark.parametrize(
    "shown", ['pa"ss/wörd', "pa%22ss%2Fw%C3%B6rd", 'pa\\"ss/w\\u00f6rd', "pa\"ss/wörd\\n'"]
)
def test_a_secret_is_found_as_it_is_in_a_url_and_in_a_literal(shown: str) -> None:
    text = redact(f"using {shown}!", secrets_in([("DB_PASSWORD", SECRET)]))
    assert text.startswith("using [secret]")


def test_each_line_of_a_secret_is_one_since_a_log_may_be_cut_anywhere() -> None:
    secrets = secrets_in([("SSH_KEY", "-----BEGIN-----\nAAAAB3NzaC1yc2E\n-----END-----")])
    assert redact("| AAAAB3NzaC1yc2E", secrets) == "| [secret]"


def test_a_secret_that_begins_like_another_leaves_nothing_of_it() -> None:
    secrets = secrets_in([("A_TOKEN", "abcdefgh"), ("B_TOKEN", "abcdefgh-and-more")])
    assert redact("abcdefgh-and-more", secrets) == "[secret]"


def test_words_and_values_that_are_no_secrets_by_name_stay() -> None:
    assert secrets_in([("API_TOKEN", "short"), ("COURSE", "introduction-to-data")]) == []


def test_colours_control_characters_and_endless_lines_are_cut() -> None:
    lines = ["\x1b[31mred\x1b[0m\x07", "tab\tstays", "x" * 1000, *map(str, range(30))]
    shown = presentable(lines[:3], [])
    assert shown[:2] == ["red", "tab\tstays"]
    assert len(shown[2]) == 400
    assert presentable(lines, []) == [str(number) for number in range(10, 30)]
