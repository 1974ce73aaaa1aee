"""What is done about limits: mem_limit, cpu_limit and the guarantees are JupyterHub's own."""

from __future__ import annotations

from typing import Any

from jupyterhub.traitlets import ByteSpecification
from traitlets import Enum, TraitError, validate
from traitlets.config import LoggingConfigurable


class LimitTraits(LoggingConfigurable):
    """The options about limits. `mem_limit` becomes forkd's `memory_limit_mib`, rounded up."""

    limits_without_effect = Enum(
        ["refuse", "warn"],
        default_value="refuse",
        help="""
        What happens where `cpu_limit`, `cpu_guarantee` or `mem_guarantee` is set, which forkd
        can't enforce: 'refuse' fails the hub's start, or the server's where it is set for some
        users only; 'warn' starts servers without it and says so once in the hub's log. What is set
        for any spawner (`c.Spawner.cpu_limit`) may be meant for another: the hub only warns then.

        Default: 'refuse'.
        """,
    ).tag(config=True)

    controller_memory = ByteSpecification(
        None,
        allow_none=True,
        help="""
        The memory of the controller's host, in bytes or as '64G': a `mem_limit` above it is
        refused. Set it where `controller_url` leads to another host, through a tunnel say.

        Default: None: the hub's own memory where `controller_url` is a loopback address, else
        unknown, and any `mem_limit` is asked for.
        """,
    ).tag(config=True)

    @validate("controller_memory")
    def _check_controller_memory(self, proposal: Any) -> Any:
        value = proposal["value"]
        if value is not None and value <= 0:
            raise TraitError(f"ForkdSpawner.controller_memory must be above zero, not {value}")
        return value
