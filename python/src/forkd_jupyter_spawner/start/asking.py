"""What one start asks for, and of which controller: the operator's options for this user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from jupyterhub.spawner import Spawner

from ..controller.create_request import TAG_RULE, body_of, is_tag, spec_of
from ..errors import MisconfiguredError
from ..facts import SandboxSpec
from ..options.per_user import call, value_for
from ..traits.controller import usable_url
from .limits import check_limits_without_effect, memory_limit_mib


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
