"""The body of `POST /v1/sandboxes`: what is asked for, in forkd's field names and back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ..errors import MisconfiguredError
from ..facts import SandboxSpec

SAFE_TAG = re.compile(r"[A-Za-z0-9_-]{1,64}")
TAG_RULE = "1 to 64 ASCII letters, digits, dashes and underscores"
"""forkd's own rule: a tag is part of a path."""

SWITCHES = ("prewarm", "live_fork", "hugepages")

_KNOWN = {"snapshot_tag", "per_child_netns", "memory_limit_mib", *SWITCHES}


def body_of(spec: SandboxSpec) -> dict[str, Any]:
    """Return the body without `n`; what isn't set is left to forkd's default."""
    optional = {
        "memory_limit_mib": spec.memory_limit_mib,
        "prewarm": spec.prewarm,
        "live_fork": spec.live_fork,
        "hugepages": spec.hugepages,
    }
    return {
        "snapshot_tag": spec.snapshot_tag,
        "per_child_netns": spec.per_child_netns,
        **{name: value for name, value in optional.items() if value is not None},
        **spec.further,
    }


def spec_of(body: Mapping[str, Any]) -> SandboxSpec:
    """Read a body that an operator's hook has changed; says which field is wrong."""
    _refuse_unless("n" not in body, "n", "left out: starts share requests", body.get("n"))
    tag = body.get("snapshot_tag")
    _refuse_unless(is_tag(tag), "snapshot_tag", TAG_RULE, tag)
    memory = body.get("memory_limit_mib")
    _refuse_unless(memory is None or _is_count(memory), "memory_limit_mib", "MiB, from 1", memory)
    netns = body.get("per_child_netns", False)
    _refuse_unless(isinstance(netns, bool), "per_child_netns", "True or False", netns)
    for name in SWITCHES:
        value = body.get(name)
        _refuse_unless(value is None or isinstance(value, bool), name, "True or False", value)
    further = {name: value for name, value in body.items() if name not in _KNOWN}
    for name, value in further.items():
        _refuse_unless(_is_json(value), name, "JSON", value)
    return SandboxSpec(
        str(tag),
        netns,
        memory,
        prewarm=body.get("prewarm"),
        live_fork=body.get("live_fork"),
        hugepages=body.get("hugepages"),
        further=further,
    )


def is_tag(value: Any) -> bool:
    """Whether a value can be the tag of a snapshot."""
    return isinstance(value, str) and SAFE_TAG.fullmatch(value) is not None


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return False
    return True


def _refuse_unless(fine: bool, name: str, allowed: str, value: Any) -> None:  # noqa: FBT001
    if not fine:
        raise MisconfiguredError(
            f"c.ForkdSpawner.modify_request_hook asks for {name} = {value!r}: it must be {allowed}"
        )
