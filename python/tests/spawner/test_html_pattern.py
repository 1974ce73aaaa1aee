"""A typed value is checked by a browser as the hub will check it."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import unicodedata
from pathlib import Path

import pytest

from forkd_jupyter_spawner.choices.form import render
from forkd_jupyter_spawner.choices.html_pattern import html_pattern
from forkd_jupyter_spawner.choices.menu import Menu
from forkd_jupyter_spawner.choices.profiles import read_profiles
from spawner.page_form import PageForm


def _words(text: str) -> list[str]:
    return text.split()


VALUES = [
    *_words(r"a A b z9 a-b a.b a&&b i:t ghcr.io/a/b:1.0 x_y _ 12 123 ٣ ² é 日本 / \ ( {} a|b"),
    *("", "a b", "^$", "\u00a0", "\ufeff", "\U00010400"),
]

REGEXES = [
    *_words(
        r"[a-z0-9.-]+ [\w.-]+(/[\w.-]+)*:[\w.-]+ \d+ \D \s \S+ \W [^\W] [^\d\s]* [\s\w]+ a|b a-b"
    ),
    *_words(r"(?:a|b){1,2} ^a.b$ \Aa\Z .* [&&a-z]* a&&b [^a] [a/|\\(){}] (?!a)\w (?<!a)b .+?"),
    *_words(r"\d{1,3} \d{2,} é|日本 (?P<name>a) \^\$"),
    *("", "\U00010400", "(?x) a  -  b # spread out"),
]

NO_PATTERN = _words(r"(?i)abc (a|b)\1 \bfoo\b (?a)\w+ (?i:a)b (?m)^a$ [\W\d] (a)?(?(1)b|c)")

TRIED_BY_NODE = """
const { regexes, values } = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const tried = ['u', 'v'].map((flag) => regexes.map((one) => {
  const regex = new RegExp('^(?:' + one + ')$', flag);
  return values.map((value) => regex.test(value));
}));
console.log(JSON.stringify(tried));
"""


def test_a_pattern_accepts_what_python_accepts_and_nothing_else() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node")
    patterns = [html_pattern(re.compile(regex)) for regex in REGEXES]
    assert None not in patterns
    given = json.dumps({"regexes": patterns, "values": VALUES})
    output = subprocess.run(  # noqa: S603 (our own words)
        [node, "-e", TRIED_BY_NODE], input=given, capture_output=True, text=True, check=True
    ).stdout

    expected = [[re.fullmatch(regex, value) is not None for value in VALUES] for regex in REGEXES]
    # With 'v' today, with 'u' in browsers of before 2023.
    for tried in json.loads(output):
        assert dict(zip(REGEXES, tried, strict=True)) == dict(zip(REGEXES, expected, strict=True))


@pytest.mark.parametrize("regex", NO_PATTERN)
def test_what_javascript_cannot_say_makes_no_pattern(regex: str) -> None:
    assert html_pattern(re.compile(regex)) is None


def test_a_word_is_made_of_what_python_counts_as_letters_and_numbers() -> None:
    differing = [
        chr(code)
        for code in range(0x110000)
        if (unicodedata.category(chr(code))[0] in "LN") != chr(code).isalnum()
    ]
    assert differing == []


def _form(*, with_choices: bool) -> str:
    option = {
        "display_name": "Image",
        "unlisted_choice": {
            "enabled": True,
            "validation_regex": r"[\w.-]+:[\w.-]+",
            "validation_message": "NAME:TAG",
            "forkd_override": {"snapshot_tag": "{value}"},
        },
        **({"choices": {"base": {"display_name": "Base"}}} if with_choices else {}),
    }
    profiles = [
        {"display_name": "Plain"},
        {"display_name": "Own", "profile_options": {"image": option}},
    ]
    return render(Menu(tuple(read_profiles(profiles, {"snapshot_tag"}))), {})


def test_the_form_names_its_rule_and_is_no_second_title() -> None:
    form = PageForm(_form(with_choices=True))
    assert not [text for text in form.text if text.lower() == "server options"]
    assert 'title="NAME:TAG"' in form.page
    assert re.search(r' pattern="\S+"', form.page)


TRIED_BY_BROWSER = """
<form>%s</form><pre id="seen"></pre><script>
const input = document.querySelector('[pattern]');
const is_shown = () => input.getClientRects().length > 0;
const seen = {};
for (const value of ['', 'base:1', 'é.x:1', 'no tag']) {
  input.value = value;
  seen[value] = [document.querySelector('form').checkValidity(), is_shown()];
}
document.querySelector('#seen').textContent = JSON.stringify(seen);
</script>
"""


@pytest.mark.parametrize("with_choices", [True, False])
def test_a_browser_refuses_a_wrong_value_and_never_hides_it(
    with_choices: bool,  # noqa: FBT001 (a parameter of the test)
    tmp_path: Path,
) -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("there is no chromium")
    page = tmp_path / "form.html"
    page.write_text(
        f"<!doctype html><meta charset=utf-8>{TRIED_BY_BROWSER % _form(with_choices=with_choices)}"
    )
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    shown = subprocess.run(  # noqa: S603 (the system's own)
        [*command, profile, page.as_uri()], capture_output=True, text=True, check=True
    ).stdout
    found = re.search(r'<pre id="seen">(.*?)</pre>', shown)
    assert found is not None, shown
    # Its profile is not chosen: there is nothing to see as long as nothing is wrong.
    assert json.loads(html.unescape(found[1])) == {
        "": [True, False],
        "base:1": [True, False],
        "é.x:1": [True, False],
        "no tag": [False, True],
    }
