"""What one start asks for, and of which controller: the operator's options for this user.

forkd knows one limit, memory. What it can't enforce is refused: a limit that is only shown to the
user as `CPU_LIMIT` would be a promise that nobody keeps.
"""

from __future__ import annotations

import ipaddress
import math
import os
import secrets
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlsplit

from jupyterhub.spawner import Spawner

from ..controller.client import usable_url
from ..controller.create_request import TAG_RULE, body_of, is_tag, spec_of
from ..controller.guest_expressions import check_identity
from ..errors import MisconfiguredError, UnusableValueError
from ..facts import Identity, Sandbox, SandboxSpec
from ..life.vmm_process import VmmProcess
from ..options import call, is_set_for, value_for

NONCE_VARIABLE = "FORKD_ACTIVATION_NONCE"

MIB = 1024 * 1024

NOT_ENFORCED = ("cpu_limit", "cpu_guarantee", "mem_guarantee")

_MEM = "mem_limit"

_warned: set[str] = set()


def identity_of(spawner: Any) -> Identity:
    """Return who the server is to be, for a sandbox that has no user yet."""
    nonce = secrets.token_hex(16)
    environment = {**spawner.get_env(), NONCE_VARIABLE: nonce}
    spawner.handed_over[nonce] = (*environment.items(), ("TOKEN", spawner.bearer_token()))
    identity = Identity(spawner.user.name, environment, tuple(spawner.get_args()))
    check_identity(identity)
    return identity


async def controller_url_for(spawner: Spawner) -> str:
    """Return the URL of the controller that is to fork this server."""
    url = await value_for(spawner, "controller_url")
    try:
        return usable_url(url)
    except ValueError as error:
        raise MisconfiguredError(
            f"c.ForkdSpawner.controller_url gave a wrong URL: {error}"
        ) from None


async def snapshot_tag_for(spawner: Spawner) -> str:
    """Return the tag of the snapshot that this server is forked from."""
    tag = await value_for(spawner, "snapshot_tag")
    if not is_tag(tag):
        raise MisconfiguredError(f"c.ForkdSpawner.snapshot_tag gave {tag!r}: it must be {TAG_RULE}")
    return str(tag)


async def spec_for(spawner: Any, controller_url: str) -> SandboxSpec:
    """Return what to ask this controller for."""
    check_limits_without_effect(spawner)
    spec = SandboxSpec(
        await snapshot_tag_for(spawner),
        spawner.per_child_netns,
        memory_limit_mib(spawner, controller_url),
        prewarm=spawner.prewarm,
        live_fork=spawner.live_fork,
        hugepages=spawner.hugepages,
    )
    hook = spawner.modify_request_hook
    return spec if hook is None else await _modified(spawner, spec)


async def _modified(spawner: Any, spec: SandboxSpec) -> SandboxSpec:
    """A hook may change the body that it gets, or return another one."""
    body = body_of(spec)
    hook = spawner.modify_request_hook
    returned = await call(spawner, "modify_request_hook", hook, spawner, body)
    if returned is not None and not isinstance(returned, Mapping):
        raise MisconfiguredError(
            f"c.ForkdSpawner.modify_request_hook returned {returned!r}: "
            "it must return a dictionary, or None when it has changed the one it was given"
        )
    return spec_of(body if returned is None else cast("Mapping[str, Any]", returned))


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
