"""What lives when the parent is warm is counted no more: looking at it copies no memory."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

needs_immortality = pytest.mark.skipif(
    sys.version_info < (3, 12), reason="Python counts every object's references before 3.12"
)

PROGRAM = """
import gc, json, sys
from forkd_jupyter_guest.warm import immortal

class Kept:
    pass

kept = Kept()
kept.text = "".join(["not", "interned"])
kept.parts = (kept.text, ["inner"])
code = compile("lambda: 'a text of' + 'the code itself'", "file", "eval")
assert sys.getrefcount(kept) < 10
count = immortal.make_all_immortal()
kept_ones = (kept, kept.text, kept.parts, kept.parts[1], code)
print(json.dumps({
    "count": count,
    "references": [sys.getrefcount(one) for one in kept_ones],
    "of a code's names": sys.getrefcount(code.co_filename),
    "of what is new": sys.getrefcount(Kept()),
}))
made = [Kept() for _ in range(1000)]
del made, kept.text
assert gc.collect() >= 0
"""


@needs_immortality
def test_everything_that_lives_is_immortal_and_what_is_new_is_not() -> None:
    told = json.loads(output_of(PROGRAM))
    assert told["count"] > 10_000
    assert all(count > 1_000_000 for count in told["references"])
    assert told["of a code's names"] > 1_000_000
    assert told["of what is new"] < 10


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="this Python has immortal objects")
def test_an_older_python_is_left_as_it_is() -> None:
    program = "from forkd_jupyter_guest.warm import immortal; print(immortal.make_all_immortal())"
    assert output_of(program) == "0\n"


def output_of(program: str) -> str:
    """Run it in a process of its own, whose objects nobody misses."""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    return done.stdout
