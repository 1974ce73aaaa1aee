"""Network namespaces that tests make, and what it takes to make them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


def _can_run_as_root(*programs: str) -> bool:
    return os.geteuid() == 0 and all(map(shutil.which, programs))


needs_namespaces = pytest.mark.skipif(
    not _can_run_as_root("ip"), reason="namespaces can be made by root with iproute2 only"
)
needs_forkds_layout = pytest.mark.skipif(
    not _can_run_as_root("ip", "nft", "flock", "sysctl"),
    reason="forkd's layout takes root, iproute2, nftables, util-linux and procps",
)


@contextmanager
def namespace_with(name: str, *addresses: str) -> Iterator[None]:
    """A namespace in which these are addresses of the loopback interface."""
    _ip("netns", "add", name)
    try:
        _ip("-n", name, "link", "set", "lo", "up")
        for address in addresses:
            _ip("-n", name, "addr", "add", address, "dev", "lo")
        yield
    finally:
        _ip("netns", "delete", name)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)  # noqa: S603, S607 (the system's own)
