"""What is done once, before the snapshot, so that no clone has to do it."""

from __future__ import annotations

import gc
import importlib
import importlib.metadata
import sys
import time
from collections.abc import Callable
from typing import Any

from ..bind import nobody
from ..machine import posix
from . import answers, immortal

Progress = Callable[[str, float], None]

PACKAGES = (
    "jupyterhub",
    "jupyterlab",
    "jupyter_server",
    "jupyter_client",
    "ipykernel",
    "IPython",
    "numpy",
    "pyzmq",
    "tornado",
)


IMPORTS = (
    "numpy",
    "ipykernel.kernelapp",
    "jupyter_server.serverapp",
    "jupyterlab.labapp",
    "forkd_jupyter_guest.agent.sandbox",
)


def warm_up(progress: Progress) -> dict[str, str]:
    """Import and initialise; returns the versions of what is now warm.

    `progress(step, elapsed_ms)` is called before each step. Raises what an
    import raises: a parent that cannot warm up must fail now, not at the first
    user's start.
    """
    started = time.monotonic()

    def step(text: str) -> None:
        progress(text, (time.monotonic() - started) * 1000)

    # Before any import: modules remember whose home it was.
    with nobody.at_home() as owner:
        # First: modules that import a function by name keep the one that they found.
        step("ask once what every start would ask")
        answers.install()
        for name in IMPORTS:
            step(f"import {name}")
            importlib.import_module(name)
        step("make the kernel that is forked")
        _rung("kernel_template").prepare(owner.site.home / ".ipython")
        step("rehearse a user's start")
        _rung("imports").rehearse()
        step("prepare the server that is forked")
        owner.note_places()
        _prepare_server(owner, step)
    step("warm")
    return versions()


def keep_shared() -> None:
    """Called last: what is alive now, clones only read, and share with the parent."""
    gc.collect()
    # A count of references writes to whatever is looked at, and so does the collector.
    immortal.make_all_immortal()
    gc.freeze()
    posix.collapse_memory()


def _prepare_server(owner: nobody.Nobody, step: Callable[[str], None]) -> None:
    prepared_server = _rung("prepared_server")
    try:
        prepared_server.prepare_for_all(owner)
    except prepared_server.NotPreparableError as error:
        sentence = f"each server is initialised after the fork, not before: {error}"
        sys.stderr.write(f"{sentence}\n")
        # Whoever builds a parent sees its steps only.
        step(sentence)


def _rung(name: str) -> Any:
    """One of this room that imports Jupyter."""
    return importlib.import_module(f".{name}", __package__)


def versions() -> dict[str, str]:
    """The versions of Python and of the packages that matter."""
    found = {"python": ".".join(map(str, sys.version_info[:3]))}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
