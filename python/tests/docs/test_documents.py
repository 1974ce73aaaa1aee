"""What the documents say of the code is so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from traitlets import TraitError, TraitType

from docs import trait_table
from forkd_jupyter_spawner import ForkdSpawner
from forkd_jupyter_spawner.start.outcome import failure_reasons

ROOT = Path(__file__).parents[3]
COMPARISON = ROOT / "docs" / "spawner-comparison.md"
TEST_LINK = re.compile(r"\[`(?P<test>test_\w+)`\]\(\.\./(?P<path>[\w./-]+)\)")


def test_the_table_of_options_is_what_the_code_says() -> None:
    page = trait_table.PAGE.read_text()
    assert trait_table.page_with_table(page) == page, "run python tests/docs/trait_table.py"


def test_every_option_says_what_its_default_is() -> None:
    assert "| ? |" not in trait_table.table()


def test_every_reason_of_a_failed_start_is_explained() -> None:
    page = trait_table.PAGE.read_text()
    assert [reason for reason in failure_reasons() if f"`{reason}`" not in page] == []


SPECIMENS: dict[str, Any] = {
    "text": "some text",
    "number": 1.5,
    "true/false": True,
    "list": [],
    "dictionary": {},
    "callable": lambda _: None,
    "None": None,
}

TAKEN_FOR_ANOTHER = {
    ("true/false", "number"),
    *((kind, "bytes, '2G'") for kind in ("true/false", "number", "text")),
}
"""What Python, or the option itself, takes for a value of another kind."""


@pytest.mark.parametrize("kind", SPECIMENS)
def test_the_table_says_of_each_option_what_traitlets_accepts(kind: str) -> None:
    owner = ForkdSpawner(is_trial=True)
    told: dict[str, bool] = {}
    accepted: dict[str, bool] = {}
    for name, trait in trait_table.own_traits():
        kinds = trait_table.kinds(trait)
        if not any((kind, other) in TAKEN_FOR_ANOTHER for other in kinds):
            told[name] = kind in kinds
            accepted[name] = _accepts(owner, trait, SPECIMENS[kind])
    assert accepted == told


def _accepts(owner: ForkdSpawner, trait: TraitType[Any, Any], value: Any) -> bool:
    """Whether it is of the right type; what an option checks beyond that is not asked."""
    if value is None:
        return trait.allow_none
    try:
        trait.validate(owner, value)
    except (TraitError, TypeError):  # JupyterHub's ByteSpecification raises the other one
        return False
    return True


LINKS = [(found["test"], found["path"]) for found in TEST_LINK.finditer(COMPARISON.read_text())]


def test_there_are_links_to_check() -> None:
    assert len(LINKS) > 30


@pytest.mark.parametrize(("test", "path"), sorted(set(LINKS)))
def test_each_test_that_the_comparison_links_to_exists(test: str, path: str) -> None:
    assert re.search(rf"^(async )?def {test}\(", (ROOT / path).read_text(), re.MULTILINE)


def test_each_yes_of_ours_in_the_comparison_has_a_test() -> None:
    rows = [line.split(" | ") for line in COMPARISON.read_text().splitlines() if " | yes" in line]
    ours = [(row[0], row[1]) for row in rows if row[1].startswith("yes")]
    assert ours
    assert [feature for feature, cell in ours if not TEST_LINK.search(cell)] == []
