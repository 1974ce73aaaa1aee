"""What is done once, before the snapshot, so that no clone has to do it."""

from __future__ import annotations

import importlib
import importlib.metadata
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from . import memo, rehearsal

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
    "forkd_jupyter_guest.sandbox",
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

    # First: modules that import a function by name keep the one that they found.
    step("ask once what every start would ask")
    memo.install()
    for name in IMPORTS:
        step(f"import {name}")
        importlib.import_module(name)
    step("make the kernel that is forked")
    with tempfile.TemporaryDirectory(prefix="forkd-ipython-") as folder:
        importlib.import_module("forkd_jupyter_guest.kernel").prepare_template(Path(folder))
    step("rehearse a user's start")
    rehearsal.rehearse()
    step("warm")
    return versions()


def versions() -> dict[str, str]:
    """The versions of Python and of the packages that matter."""
    found = {"python": ".".join(map(str, sys.version_info[:3]))}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
