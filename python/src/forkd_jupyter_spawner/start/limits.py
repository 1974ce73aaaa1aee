"""JupyterHub's resource traits, as far as forkd can enforce them.

forkd knows one limit, memory. What it can't enforce is refused: a limit that is only shown to the
user as `CPU_LIMIT` would be a promise that nobody keeps.
"""

from __future__ import annotations

import ipaddress
import math
import os
from typing import Any
from urllib.parse import urlsplit

from ..errors import MisconfiguredError, UnusableValueError
from ..facts import Sandbox
from ..life.vmm_process import VmmProcess
from ..options.own_settings import is_set_for

MIB = 1024 * 1024

NOT_ENFORCED = ("cpu_limit", "cpu_guarantee", "mem_guarantee")

_MEM = "mem_limit"

_warned: set[str] = set()


def memory_limit_mib(spawner: Any, controller_url: str) -> int | None:
    """Return `mem_limit` in forkd's unit, rounded up: a user never gets less than was promised."""
    limit: int | None = spawner.mem_limit
    if not limit:
        return None
    if limit < 0:
        raise UnusableValueError(f"mem_limit = {limit} is below zero: it must be bytes, or 1G")
    there = controller_memory(spawner, controller_url)
    if there is not None and limit > there:
        raise UnusableValueError(
            f"mem_limit = {_mib(limit)} is more than the {_mib(there)} of the controller's host"
        )
    return math.ceil(limit / MIB)


def controller_memory(spawner: Any, controller_url: str) -> int | None:
    """Return the bytes of memory that the controller's host has; None where nobody can tell."""
    if spawner.controller_memory:
        return int(spawner.controller_memory)
    return _own_memory() if _is_loopback(controller_url) else None


def _own_memory() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _mib(size: int) -> str:
    return f"{size / MIB:.0f} MiB"


def check_limits_without_effect(spawner: Any) -> None:
    """Refuse each limit that is set but can't be enforced, or warn of it once per hub process.

    One that is set for all spawners, or handed on by one that wraps this, may be another's.
    """
    for name in NOT_ENFORCED:
        value = getattr(spawner, name)
        if not value:
            continue
        if spawner.limits_without_effect == "refuse" and is_set_for(spawner, name):
            raise MisconfiguredError(
                f"c.ForkdSpawner.{name} = {value} can't be enforced: forkd enforces mem_limit "
                f"only. Take {name} out of the configuration, or set "
                "c.ForkdSpawner.limits_without_effect = 'warn' to start servers without it"
            )
        if name not in _warned:
            _warned.add(name)
            spawner.log.warning(
                "ForkdSpawner.%s is set but has no effect: forkd enforces mem_limit only", name
            )


def warn_where_not_enforced(log: Any, sandbox: Sandbox, vmm: VmmProcess | None) -> None:
    """Say once per hub process that forkd has accepted a limit which its host doesn't enforce.

    It repeats the limit in its answer whether or not it could set it.
    """
    wanted = sandbox.memory_limit_mib
    if wanted is None or vmm is None or vmm.memory_limit_bytes() is not None or _MEM in _warned:
        return
    _warned.add(_MEM)
    log.warning(
        "ForkdSpawner.mem_limit has no effect: forkd has accepted %d MiB for sandbox %s, and its "
        "microVM (process %d) has no such limit. `forkd-spawner doctor` says what mends it",
        *(wanted, sandbox.id, vmm.pid),
    )
