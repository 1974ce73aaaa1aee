"""A network namespace in which a guest could be, without a guest."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from itertools import count

import pytest

from forkd_jupyter_forwarder.namespaces import Namespaces


def _can_run_as_root(*programs: str) -> bool:
    return os.geteuid() == 0 and all(map(shutil.which, programs))


needs_namespaces = pytest.mark.skipif(
    not _can_run_as_root("ip"), reason="namespaces can be made by root with iproute2 only"
)
needs_forkds_layout = pytest.mark.skipif(
    not _can_run_as_root("ip", "nft", "flock", "sysctl"),
    reason="forkd's layout takes root, iproute2, nftables, util-linux and procps",
)

_numbers = count(1)


@pytest.fixture
def namespace() -> Iterator[str]:
    """Its name. Both ends of forkd's tap are addresses of its loopback interface."""
    name = f"forwarder-test-{os.getpid()}-{next(_numbers)}"
    _ip("netns", "add", name)
    try:
        _ip("-n", name, "link", "set", "lo", "up")
        for address in ("10.42.0.1/24", "10.42.0.2/24"):
            _ip("-n", name, "addr", "add", address, "dev", "lo")
        yield name
    finally:
        _ip("netns", "delete", name)


@pytest.fixture
def namespaces() -> Iterator[Namespaces]:
    """What makes sockets in them."""
    made = Namespaces()
    yield made
    made.close()


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)  # noqa: S603, S607 (the system's own)
