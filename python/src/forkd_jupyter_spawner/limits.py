"""JupyterHub's resource traits, as far as forkd can enforce them."""

from __future__ import annotations

import math

from jupyterhub.spawner import Spawner

MIB = 1024 * 1024

NOT_ENFORCED = ("cpu_limit", "cpu_guarantee", "mem_guarantee")

_warned: set[str] = set()


def memory_limit_mib(spawner: Spawner) -> int | None:
    """Return `mem_limit` in forkd's unit, rounded up: a user never gets less than was promised."""
    return math.ceil(spawner.mem_limit / MIB) if spawner.mem_limit else None


def warn_of_limits_without_effect(spawner: Spawner) -> None:
    """Name each limit that is set but can't be enforced, once per hub process."""
    for name in NOT_ENFORCED:
        if getattr(spawner, name) and name not in _warned:
            _warned.add(name)
            spawner.log.warning(
                "ForkdSpawner.%s is set but has no effect: forkd enforces mem_limit only", name
            )
