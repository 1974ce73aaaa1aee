"""Answers that are the same for every clone, asked once before the snapshot.

Each replaces one function of a library by one that remembers, with everything
the answer depends on as its key: a clone in which that differs asks anew. All
are optional: a library that moved its function is simply asked every time.
"""

from __future__ import annotations

import functools
import importlib
import os
import sys
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any

Function = Callable[..., Any]


def install() -> None:
    """Replace the functions; importing their modules is part of it."""
    for module, path, key in _MEMORIES:
        _remember(module, path, key)


def _remember(module_name: str, path: str, key: Callable[..., Hashable]) -> None:
    try:
        owner: Any = importlib.import_module(module_name)
        *parents, name = path.split(".")
        for parent in parents:
            owner = getattr(owner, parent)
        original: Function = getattr(owner, name)
    except (ImportError, AttributeError):
        return
    setattr(owner, name, _remembering(original, key))


def _remembering(function: Function, key: Callable[..., Hashable]) -> Function:
    answers: dict[Hashable, Any] = {}

    @functools.wraps(function)
    def remembered(*args: Any, **kwargs: Any) -> Any:
        try:
            at = key(*args, **kwargs)
            if at not in answers:
                answers[at] = function(*args, **kwargs)
            return answers[at]
        except TypeError:
            # Arguments that cannot be a key.
            return function(*args, **kwargs)

    return remembered


def _installed_packages() -> Hashable:
    """Changes whenever a package is installed or removed: its folder's time stamp does."""
    return tuple((folder, _modified(folder or ".")) for folder in sys.path)


def _modified(path: str) -> int:
    try:
        return Path(path).stat().st_mtime_ns
    except OSError:
        return 0


def _entry_points_key(**params: Any) -> Hashable:
    return (_installed_packages(), tuple(sorted(params.items())))


def _tls_key(*args: Any, **kwargs: Any) -> Hashable:
    names = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")
    trust = tuple(os.environ.get(name) for name in names)
    return (args, tuple(sorted(kwargs.items())), trust)


def _npm_prefix_key(_manager: Any, npm: str) -> Hashable:
    npmrc = Path("~/.npmrc").expanduser()
    names = ("NPM_CONFIG_PREFIX", "npm_config_prefix")
    return (npm, npmrc if npmrc.exists() else None, *(os.environ.get(name) for name in names))


_MEMORIES: tuple[tuple[str, str, Callable[..., Hashable]], ...] = (
    # Parses the metadata of every installed distribution: 20 ms, several times per start.
    ("importlib.metadata", "entry_points", _entry_points_key),
    # Reads the trust store: 30 ms per httpx client, of which JupyterLab makes one at its start.
    ("httpx._transports.default", "create_ssl_context", _tls_key),
    # Starts Node.js: 150 ms of processor time while the first cell runs.
    ("jupyter_lsp.types", "LanguageServerManagerAPI._npm_prefix", _npm_prefix_key),
)
