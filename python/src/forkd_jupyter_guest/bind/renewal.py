"""Make a clone unlike its siblings, before any of its user's code runs.

Clones of one snapshot start with equal memory: equal random states, equal keys.
Whatever was seeded or generated before the snapshot is drawn again here from
the kernel's random numbers, whose pool a microVM renews first. (Firecracker:
docs/snapshotting, 'Snapshot security and uniqueness'.)
"""

from __future__ import annotations

import contextlib
import os
import random
import secrets
import ssl
import tempfile
import time
import uuid
from typing import TYPE_CHECKING

import numpy as np

from ..machine import pid_one, posix

if TYPE_CHECKING:
    from ..machine.site import SandboxSite

CLOCK_TOLERANCE_S = 0.02


def renew_random_state() -> None:
    """Reseed every generator that a fork copies; called in each new process."""
    random.seed(os.urandom(32))
    np.random.seed(np.frombuffer(os.urandom(64), dtype=np.uint32))  # noqa: NPY002 (the global state is what was cloned)
    ssl.RAND_add(os.urandom(64), 0.0)
    # uuid1 counts on from the last time stamp and node that it has seen.
    uuid._last_timestamp = None  # type: ignore[attr-defined]  # noqa: SLF001
    # tempfile draws its names from a generator of its own, and remembers a folder.
    tempfile._name_sequence = None  # type: ignore[attr-defined]  # noqa: SLF001
    tempfile.tempdir = None


def new_key() -> str:
    """A fresh signing key (kernel connections)."""
    return secrets.token_hex(32)


def renew_system(site: SandboxSite, clock_unix_s: float | None) -> str:
    """Renew what belongs to a whole system; returns the sandbox's host name.

    Only a microVM has a clock, a host name and a machine-id of its own: in a
    process sandbox these are the host's and stay as they are.
    """
    if not site.is_vm:
        return os.uname().nodename
    pid_one.renew_random_pool()
    name = f"forkd-{secrets.token_hex(4)}"
    # What the request says was so when it was sent, which is some milliseconds ago.
    now = pid_one.host_clock_unix_s() or clock_unix_s
    if now is not None and abs(now - time.time()) > CLOCK_TOLERANCE_S:
        time.clock_settime(time.CLOCK_REALTIME, now)
    posix.set_hostname(name)
    _write_name_files(name)
    return name


def _write_name_files(name: str) -> None:
    with contextlib.suppress(OSError):
        pid_one.write_hosts(name)
        pid_one.write_machine_id()
