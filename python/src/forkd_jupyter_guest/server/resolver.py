"""How a server finds its hub's address.

aiohttp prefers aiodns where that is installed, and pycares below it starts a
thread for the whole process that never ends: after that a parent can't be
forked. A server asks for one name, its hub's, so a thread of the pool will do.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from aiohttp import connector as aiohttp_connector
from aiohttp import resolver

if TYPE_CHECKING:
    from collections.abc import Generator

_connector: Any = aiohttp_connector


def use_threads() -> None:
    """Resolve names by the system's own functions, in this process from now on."""
    _connector.DefaultResolver = resolver.ThreadedResolver


@contextlib.contextmanager
def threaded() -> Generator[None]:
    """Resolve names like this for a while."""
    before = _connector.DefaultResolver
    use_threads()
    try:
        yield
    finally:
        _connector.DefaultResolver = before
