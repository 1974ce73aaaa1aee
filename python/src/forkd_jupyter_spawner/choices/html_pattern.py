r"""A regular expression of Python's as the `pattern` of an HTML input.

A browser reads it as JavaScript does, with the flag `v`: other characters need a backslash and
other ones have a meaning, and `\d` is ASCII only. So the expression is not copied but written
anew from what Python has read. It never refuses what the hub accepts: where that can't be
said in JavaScript, there is no pattern, and the hub alone decides.

ref: https://html.spec.whatwg.org/multipage/input.html#the-pattern-attribute
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

# The module has no public name. What it gives that isn't known here makes no pattern.
_parser: Any = importlib.import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")

NOT_IN_HTML = re.ASCII | re.IGNORECASE | re.LOCALE | re.MULTILINE
"""Flags that a pattern can't have, or that would change what classes mean."""

CLASSES = {
    "CATEGORY_DIGIT": r"\p{Nd}",
    "CATEGORY_NOT_DIGIT": r"\P{Nd}",
    "CATEGORY_SPACE": r"\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000",
    "CATEGORY_WORD": r"\p{L}\p{N}\x5f",
}
"""What Python's classes stand for, to be written between brackets."""

COMPLEMENTS = {
    "CATEGORY_NOT_SPACE": CLASSES["CATEGORY_SPACE"],
    "CATEGORY_NOT_WORD": CLASSES["CATEGORY_WORD"],
}
"""What can be written as the complement of a class, where nothing else is in the brackets."""

PLACES = {
    "AT_BEGINNING": "^",
    "AT_BEGINNING_STRING": "^",
    "AT_END": "$",
    "AT_END_STRING": "$",
}

Node = tuple[Any, Any]


class _NotInHtmlError(Exception):
    """JavaScript has no such thing, or another one of the same look."""


def html_pattern(regex: re.Pattern[str]) -> str | None:
    """Return the `pattern` that accepts what `fullmatch` does; None: there is none."""
    if regex.flags & NOT_IN_HTML:
        return None
    try:
        return _sequence(_parser.parse(regex.pattern))
    except (_NotInHtmlError, RecursionError):
        return None


def _sequence(nodes: Iterable[Node]) -> str:
    return "".join(map(_node, nodes))


def _node(node: Node) -> str:
    kind, value = node
    write = WRITERS.get(str(kind), _give_up)
    return write(value)


def _place(place: Any) -> str:
    return PLACES.get(str(place)) or _give_up(place)


def _branch(value: tuple[None, Sequence[Iterable[Node]]]) -> str:
    return f"(?:{'|'.join(map(_sequence, value[1]))})"


def _group(value: tuple[int | None, int, int, Iterable[Node]]) -> str:
    _, added_flags, removed_flags, nodes = value
    return _give_up(value) if added_flags | removed_flags else f"(?:{_sequence(nodes)})"


def _look(sign: str, value: tuple[int, Iterable[Node]]) -> str:
    direction, nodes = value
    return f"(?{'<' if direction < 0 else ''}{sign}{_sequence(nodes)})"


def _repeat(value: tuple[int, Any, Iterable[Node]]) -> str:
    least, most, nodes = value
    # What stands for 'without end' is a number of its own.
    upper = "" if str(most) == "MAXREPEAT" else str(most)
    return f"(?:{_sequence(nodes)}){{{least},{upper}}}"


def _set(members: Sequence[Node]) -> str:
    negated = str(members[0][0]) == "NEGATE"
    rest = members[1:] if negated else members
    names = [str(value) for kind, value in rest if str(kind) == "CATEGORY"]
    if len(rest) == 1 and names and names[0] in COMPLEMENTS:
        return f"[{'' if negated else '^'}{COMPLEMENTS[names[0]]}]"
    return f"[{'^' if negated else ''}{''.join(map(_member, rest))}]"


def _member(member: Node) -> str:
    kind, value = member
    match str(kind):
        case "LITERAL":
            return _character(value)
        case "RANGE":
            first, last = value
            return f"{_character(first)}-{_character(last)}"
        case "CATEGORY" if str(value) in CLASSES:
            return CLASSES[str(value)]
        case _:
            return _give_up(value)


def _character(code: int) -> str:
    """A letter or a digit as it is; whatever else may have a meaning, by its number."""
    character = chr(code)
    if character.isascii() and character.isalnum():
        return character
    return f"\\u{{{code:x}}}"


def _give_up(value: object) -> str:
    raise _NotInHtmlError(str(value))


WRITERS: dict[str, Callable[[Any], str]] = {
    "ANY": lambda _: r"[^\n]",
    "ASSERT": partial(_look, "="),
    "ASSERT_NOT": partial(_look, "!"),
    "AT": _place,
    "BRANCH": _branch,
    "IN": _set,
    "LITERAL": _character,
    "MAX_REPEAT": _repeat,
    "MIN_REPEAT": lambda value: f"{_repeat(value)}?",
    "NOT_LITERAL": lambda code: f"[^{_character(code)}]",
    "SUBPATTERN": _group,
}
