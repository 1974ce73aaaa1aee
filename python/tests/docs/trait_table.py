"""The table of all options in docs/operating.md, made from the code.

`python tests/docs/trait_table.py` (in the folder python) writes it into the page; a test
fails while the page is behind the code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path
from typing import Any

from jupyterhub.traitlets import ByteSpecification, Callable, Command
from traitlets import Bool, Dict, Enum, Float, Integer, List, TraitType, Unicode, Union

from forkd_jupyter_spawner import ForkdSpawner

PAGE = Path(__file__).parents[3] / "docs" / "operating.md"
BEGIN, END = "<!-- options: made by python/tests/docs/trait_table.py -->\n", "\n<!-- /options -->"

_DEFAULT = re.compile(r"\s*\bDefault: (?P<default>.*)\Z", re.DOTALL)


def table() -> str:
    """Markdown: one row for each option that is ours, or ours to change, by its name."""
    rows = ["| option | type, unit | default | effect |", "|---|---|---|---|"]
    return "\n".join([*rows, *(_row(name, trait) for name, trait in own_traits())])


def own_traits() -> Iterator[tuple[str, TraitType[Any, Any]]]:
    """The options that this package defines, or gives a meaning of its own."""
    package = ForkdSpawner.__module__.partition(".")[0]
    for name, trait in sorted(ForkdSpawner.class_traits(config=True).items()):
        defined_in = trait.this_class
        if defined_in is not None and defined_in.__module__.partition(".")[0] == package:
            yield name, trait


def _row(name: str, trait: TraitType[Any, Any]) -> str:
    text = cleandoc(trait.help or "").replace("|", "\\|")
    found = _DEFAULT.search(text)
    default = " ".join(found["default"].split()).rstrip(".") if found else "?"
    effect = _one_line(text[: found.start()] if found else text)
    return f"| `{name}` | {_kind(trait, effect)} | {default} | {effect} |"


def _one_line(text: str) -> str:
    """Paragraphs in one cell; a list's entries keep their lines."""
    paragraphs = re.sub(r"\n(\s*)- ", lambda found: f"<br>{'&ensp;' * len(found[1])}• ", text)
    return " ".join(paragraphs.split())


def kinds(trait: TraitType[Any, Any]) -> list[str]:
    """The kinds of values that an option takes, in the words of the table."""
    match trait:
        case Union():
            found = [kind for each in trait.trait_types for kind in kinds(each)]
        case Command():
            found = ["list", "text"]
        case Enum():
            found = [f"'{value}'" for value in trait.values or ()]
        case _:
            found = [next(word for kind, word in _WORDS if isinstance(trait, kind))]
    return list(dict.fromkeys([*found, "None"] if trait.allow_none else found))


_WORDS: tuple[tuple[type[TraitType[Any, Any]], str], ...] = (
    (ByteSpecification, "bytes, '2G'"),
    (Bool, "true/false"),
    (Float, "number"),
    (Integer, "number"),
    (Callable, "callable"),
    (List, "list"),
    (Dict, "dictionary"),
    (Unicode, "text"),
)
"""The first that a trait is an instance of; another has no word yet, which is an error."""


def _kind(trait: TraitType[Any, Any], effect: str) -> str:
    in_seconds = effect.startswith("Seconds")
    return " or ".join("seconds" if in_seconds and k == "number" else k for k in kinds(trait))


def page_with_table(text: str) -> str:
    """The page, its table made anew."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    assert begin, f"no line {BEGIN!r}"
    assert end, f"no line {END!r}"
    return f"{before}{begin}{table()}{end}{after}"


if __name__ == "__main__":
    PAGE.write_text(page_with_table(PAGE.read_text()))
