"""Have the parent's objects counted no more, so that looking at one doesn't copy its memory page.

Python counts the references to each object in the object itself: a clone that merely
looks at what it shares with its parent writes to it, and gets a page of its own for
that. From Python 3.12 on an object may be immortal (PEP 683): its count has a value
that means 'not counted', and is neither changed nor heeded. Python uses it for what it
never frees, as `None`; here it is given to all that lives when the parent is warm, none
of which a clone would ever free either: it is the parent's memory.

ref: Include/refcount.h of CPython; there is no public function for it.
"""

from __future__ import annotations

import ctypes
import gc
import sys
import sysconfig
import types
from typing import Any

_COUNT_BITS = ctypes.c_uint32
"""The half of the count that tells an immortal object, the first four bytes of each."""

_PROBE_REFERENCES = 1000


def make_all_immortal() -> int:
    """Call it before `gc.freeze`, which hides objects; returns how many now are immortal.

    0 where this Python can't have it.
    """
    if not _is_possible():
        return 0
    objects = _all_objects()
    for address in objects:
        _COUNT_BITS.from_address(address).value = _uncounted()
    return len(objects)


def _uncounted() -> int:
    # 3.12 and 3.13 add with saturation, so only the highest value stays as it is. From 3.14 on all
    # above a limit do, and the middle leaves room for old extensions, which go on counting.
    return 0xFFFF_FFFF if sys.version_info < (3, 14) else 0xE000_0000


def _is_possible() -> bool:
    """Only where an object begins with its count, in the order of bytes that we know."""
    return (
        sys.version_info >= (3, 12)
        and sys.implementation.name == "cpython"
        and sys.byteorder == "little"
        and sys.maxsize > 1 << 32
        and not sysconfig.get_config_var("Py_GIL_DISABLED")
        and not hasattr(sys, "getobjects")
        and _stays_uncounted()
    )


def _stays_uncounted() -> bool:
    """Try it with one object, which is lost for it."""
    probe = object()
    bits = _COUNT_BITS.from_address(id(probe))
    bits.value = _uncounted()
    held = [probe] * _PROBE_REFERENCES
    is_uncounted = bits.value == _uncounted()
    held.clear()
    return is_uncounted and bits.value == _uncounted()


def _all_objects() -> dict[int, Any]:
    """All objects that can be reached from those that the collector knows, by address.

    They are held until their counts are written: what was freed meanwhile may be another's memory.
    """
    waiting = gc.get_objects()
    objects: dict[int, Any] = {}
    # These two belong to this very search, which is over before anything is forked.
    passing = {id(waiting), id(objects)}
    while waiting:
        one = waiting.pop()
        if id(one) in objects or id(one) in passing or isinstance(one, types.FrameType):
            continue
        objects[id(one)] = one
        waiting += _parts_of(one)
    return objects


def _parts_of(one: Any) -> list[Any]:
    if isinstance(one, types.CodeType):
        return _parts_of_code(one)
    if isinstance(one, types.ModuleType):
        # Its names are a dictionary of their own. What else it says it holds may be no object:
        # _asyncio of Python 3.12 names those that are freed, and asking revives them.
        return []
    return gc.get_referents(one)


def _parts_of_code(code: Any) -> list[Any]:
    """A function's code holds the most, and tells the collector nothing."""
    texts = [code.co_filename, code.co_name, code.co_qualname]
    return [code.co_consts, code.co_names, *texts, code.co_linetable, code.co_exceptiontable]
