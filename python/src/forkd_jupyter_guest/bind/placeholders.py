"""Find what stands for a user in objects that were made before there was a user.

A server that is initialised in the parent gets values that nobody has. Whatever
it made of them - settings, paths, addresses - still contains them as text. All
places that hold such a text are looked for once, in the whole heap, and written
anew in the clone. That the search is complete is its point: a text in a place
that cannot be written is an error in the parent, not a stranger's name in a
user's server.
"""

from __future__ import annotations

import functools
import gc
import importlib.machinery
import re
import sys
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

MARK = "forkdplaceholder"
"""Part of every value that stands for a user's. Letters only: nothing ever has to quote it."""

_MARK_BYTES = MARK.encode()
_CACHES_BY_INPUT = (type(functools.lru_cache(repr)), importlib.machinery.FileFinder)
"""They would be asked again only with the same placeholder."""


@dataclass(frozen=True)
class Slot:
    """One place that holds a text (or something made of it), and how to write there."""

    value: Any
    write: Callable[[Any], None]


class Replacements:
    """Texts for texts, in strings and in what is made of strings."""

    def __init__(self, texts: Mapping[str, str], secret: tuple[bytes, bytes] = (b"", b"")) -> None:
        """`secret`: a value without a mark, and the one to use instead."""
        # The longest first: one may begin with another.
        self._texts = sorted(texts.items(), key=lambda pair: -len(pair[0]))
        self._secret = secret

    def __call__(self, value: Any) -> Any:
        """Return the value with all placeholders replaced."""
        if isinstance(value, str):
            text = str(value)
            for old, new in self._texts:
                text = text.replace(old, new)
            return text if type(value) is str else type(value)(text)
        if isinstance(value, bytes):
            return self._secret[1] if value == self._secret[0] else self._in_bytes(value)
        if isinstance(value, PurePath):
            return type(value)(self(str(value)))
        if isinstance(value, tuple):
            parts = [self(part) for part in value]
            return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
        if isinstance(value, frozenset):
            return frozenset(self(part) for part in value)
        return value

    def _in_bytes(self, value: bytes) -> bytes:
        for old, new in self._texts:
            value = value.replace(old.encode(), new.encode())
        return value


def find_slots(secret: bytes, stay: Sequence[Any]) -> tuple[list[Slot], list[str]]:
    """All places with a placeholder or the secret in them, in this whole process.

    `stay`: objects with placeholders that are to keep them, compiled routes for instance.
    Returns also sentences about places that cannot be written.
    """
    gc.collect()
    slots: list[Slot] = []
    unreachable: list[str] = []
    for found in _Search(secret, stay).run():
        new = list(_slots_of(found.holder, found.value))
        slots += new
        if not new:
            kind = type(found.holder)
            unreachable.append(f"{found.value!r} in a {kind.__module__}.{kind.__qualname__}")
    return slots, unreachable


class _Found:
    """A value and what holds it; no tuple, which would look like a holder itself."""

    __slots__ = ("holder", "value")

    def __init__(self, holder: Any, value: Any) -> None:
        self.holder = holder
        self.value = value


class _Search:
    """From the texts up to whatever holds them and can be written."""

    def __init__(self, secret: bytes, stay: Sequence[Any]) -> None:
        self._secret = secret
        self._stay = {id(one) for one in (*stay, self.__dict__)}
        self._stay |= {id(vars(re).get(name)) for name in ("_cache", "_cache2")}
        self._own: list[Any] = []
        """What the search itself made, kept: an identity that is free again may be another's."""

    def run(self) -> list[_Found]:
        """Every value with a placeholder that is in a writable holder."""
        found = self._with_paths(list(self._texts()))
        writable: list[_Found] = []
        while found:
            inside = {id(one.holder): one.holder for one in found if _is_a_value(one.holder)}
            writable += [one for one in found if id(one.holder) not in inside]
            found = list(self._holders_of(inside))
        return [one for one in writable if not self._can_stay(one.holder)]

    def _texts(self) -> Iterator[_Found]:
        for container in _all_containers():
            for value in gc.get_referents(container):
                if isinstance(value, (str, bytes)) and self._is_wanted(value):
                    yield _Found(container, value)

    def _is_wanted(self, value: str | bytes) -> bool:
        if isinstance(value, str):
            return MARK in value and value != MARK
        if self._secret and value == self._secret:
            return True
        return _MARK_BYTES in value and value != _MARK_BYTES

    def _with_paths(self, found: list[_Found]) -> list[_Found]:
        """A path's text is replaced as a whole: put it in the place of the list of its parts."""
        lists = [one.holder for one in found if isinstance(one.holder, list)]
        owners = {
            id(parts): owner
            for owner in (gc.get_referrers(*lists) if lists else ())
            if isinstance(owner, PurePath)
            for parts in gc.get_referents(owner)
        }
        return [_Found(owners.get(id(one.holder), one.holder), one.value) for one in found]

    def _holders_of(self, inside: dict[int, Any]) -> Iterator[_Found]:
        values = tuple(inside.values())
        # The list of arguments holds them, too, and since Python 3.13 it would be found; and what
        # was looked into once is not looked into again.
        self._own += [inside, values]
        self._stay |= {id(inside), id(values), *inside}
        for holder in gc.get_referrers(*values) if values else ():
            if id(holder) in self._stay or isinstance(holder, (_Found, types.FrameType)):
                continue
            for value in gc.get_referents(holder):
                if id(value) in inside:
                    yield _Found(holder, value)

    def _can_stay(self, holder: Any) -> bool:
        return id(holder) in self._stay or isinstance(holder, (*_CACHES_BY_INPUT, types.CodeType))


def _is_a_value(holder: Any) -> bool:
    return isinstance(holder, (tuple, frozenset, PurePath))


def _all_containers() -> Iterator[Any]:
    """Every object that holds others, those that the collector doesn't track included."""
    tracked = gc.get_objects()
    seen = {id(tracked)}
    for top in tracked:
        # A module's names are a dictionary of their own. What else a module says it holds may be
        # no object: _asyncio of Python 3.12 names those that are freed, and asking revives them.
        if top is tracked or top is seen or isinstance(top, (types.FrameType, types.ModuleType)):
            continue
        waiting = [top]
        while waiting:
            container = waiting.pop()
            yield container
            for value in gc.get_referents(container):
                if (
                    isinstance(value, (dict, list, tuple, set, frozenset))
                    and not gc.is_tracked(value)
                    and id(value) not in seen
                ):
                    seen.add(id(value))
                    waiting.append(value)


def _slots_of(holder: Any, value: Any) -> Iterator[Slot]:
    if isinstance(holder, dict):
        for key in [key for key, one in holder.items() if one is value]:
            yield Slot(value, functools.partial(holder.__setitem__, key))
        if any(key is value for key in holder):
            yield Slot(value, functools.partial(_rename_key, holder, value))
    elif isinstance(holder, list):
        for index in [index for index, one in enumerate(holder) if one is value]:
            yield Slot(value, functools.partial(holder.__setitem__, index))
    elif isinstance(holder, set):
        yield Slot(value, functools.partial(_exchange, holder, value))
    elif isinstance(holder, types.CellType):
        yield Slot(value, functools.partial(setattr, holder, "cell_contents"))
    else:
        yield from _attribute_slots(holder, value)


def _attribute_slots(holder: Any, value: Any) -> Iterator[Slot]:
    names = [name for name, one in getattr(holder, "__dict__", {}).items() if one is value]
    names += [name for name in _slot_names(type(holder)) if getattr(holder, name, None) is value]
    for name in names:
        yield Slot(value, functools.partial(object.__setattr__, holder, name))


def _slot_names(kind: type) -> list[str]:
    return [
        name
        for parent in kind.__mro__
        for name, member in vars(parent).items()
        if isinstance(member, types.MemberDescriptorType)
    ]


def _rename_key(holder: dict[Any, Any], old: Any, new: Any) -> None:
    holder[new] = holder.pop(old)


def _exchange(holder: set[Any], old: Any, new: Any) -> None:
    holder.discard(old)
    holder.add(new)


def forget_paths() -> None:
    """Drop the import system's finders for folders of the user that doesn't exist."""
    for path in [path for path in sys.path_importer_cache if MARK in path]:
        del sys.path_importer_cache[path]
