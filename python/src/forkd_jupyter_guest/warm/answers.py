"""Answers that are the same for every clone, asked once before the snapshot.

Each replaces one function of a library by one that remembers, with everything
the answer depends on as its key: a clone in which that differs asks anew. All
are optional: a library that moved its function is simply asked every time.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.metadata
import json
import os
import sys
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any

Function = Callable[..., Any]


def install() -> None:
    """Replace the functions and ask each once; importing their modules is part of it.

    The clones of the rehearsal ask, too, but what they remember goes with them.
    """
    _remember_entry_points()
    for module, path, key in _MEMORIES:
        _remember(module, path, key)
    for ask in (_ask_for_trust_store, _ask_for_npm_prefix):
        # Optional, as all of this is.
        with contextlib.suppress(Exception):
            ask()


def _remember_entry_points() -> None:
    """Parsing the metadata of every distribution takes 20 ms, several times per start.

    All groups come from one parse, so one question before the snapshot answers them all.
    """
    ask_for_all = remembering(importlib.metadata.entry_points, _installed_packages)

    @functools.wraps(importlib.metadata.entry_points)
    def entry_points(**params: Any) -> Any:
        return ask_for_all().select(**params)

    if sys.version_info >= (3, 12):
        # From here on both forms of the call give the same type.
        importlib.metadata.entry_points = entry_points
    else:
        importlib.metadata.entry_points = _with_groups(entry_points, ask_for_all)
    ask_for_all()


def _with_groups(entry_points: Function, ask_for_all: Function) -> Function:
    """Until Python 3.11 a call without parameters gives a mapping by group."""

    @functools.wraps(entry_points)
    def compatible(**params: Any) -> Any:
        return entry_points(**params) if params else ask_for_all()

    return compatible


def _ask_for_trust_store() -> None:
    importlib.import_module("httpx").AsyncClient()


def _ask_for_npm_prefix() -> None:
    _ = importlib.import_module("jupyter_lsp.manager").LanguageServerManager().node_roots


def _remember(module_name: str, path: str, key: Callable[..., Hashable]) -> None:
    try:
        owner: Any = importlib.import_module(module_name)
        *parents, name = path.split(".")
        for parent in parents:
            owner = getattr(owner, parent)
        original: Function = getattr(owner, name)
    except (ImportError, AttributeError):
        return
    setattr(owner, name, remembering(original, key))


def remembering(function: Function, key: Callable[..., Hashable]) -> Function:
    """The function, with a memory of its answers by `key` of its arguments."""
    answers: dict[Hashable, Any] = {}

    @functools.wraps(function)
    def remembered(*args: Any, **kwargs: Any) -> Any:
        try:
            at = key(*args, **kwargs)
            known = at in answers
        except TypeError:
            # Arguments that cannot be a key.
            return function(*args, **kwargs)
        # What the function itself raises is its answer, and nothing to be asked twice.
        if not known:
            answers[at] = function(*args, **kwargs)
        return answers[at]

    return remembered


def _installed_packages() -> Hashable:
    """Changes whenever a package is installed or removed: its folder's time stamp does."""
    return tuple((folder, _modified(folder) if folder else _packages_here()) for folder in sys.path)


def _packages_here() -> Hashable:
    """A kernel's own folder is another one for each user: what counts is what is in it."""
    return tuple(sorted(str(found) for found in Path().glob("*.*-info")))


def _modified(path: str) -> Hashable:
    try:
        return Path(path).stat().st_mtime_ns
    except OSError:
        return 0


def _tls_key(*args: Any, **kwargs: Any) -> Hashable:
    names = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")
    trust = tuple(os.environ.get(name) for name in names)
    return (args, tuple(sorted(kwargs.items())), trust)


def _npm_prefix_key(_manager: Any, npm: str) -> Hashable:
    npmrc = Path("~/.npmrc").expanduser()
    names = ("NPM_CONFIG_PREFIX", "npm_config_prefix")
    return (npm, npmrc if npmrc.exists() else None, *(os.environ.get(name) for name in names))


def _file_key(path: Any) -> Hashable:
    return (str(path), _modified(str(path)))


def _json_key(document: Any) -> Hashable:
    return json.dumps(document, sort_keys=True)


_MEMORIES: tuple[tuple[str, str, Callable[..., Hashable]], ...] = (
    # Reads the trust store: 30 ms per httpx client, of which JupyterLab makes one at its start.
    ("httpx._transports.default", "create_ssl_context", _tls_key),
    # Starts Node.js: 150 ms of processor time while the first cell runs.
    ("jupyter_lsp.types", "LanguageServerManagerAPI._npm_prefix", _npm_prefix_key),
    # Each kernel's manager reads the schema of its own events, and checks that it is one.
    ("jupyter_events.yaml", "load", _file_key),
    ("jupyter_events.schema", "validate_schema", _json_key),
)
