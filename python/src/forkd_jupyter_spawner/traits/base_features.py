"""JupyterHub's own options, where ours differ."""

from __future__ import annotations

from typing import Any

from jupyterhub.traitlets import Command
from traitlets import TraitError, default, validate
from traitlets.config import LoggingConfigurable


class BaseFeatureTraits(LoggingConfigurable):
    """What of JupyterHub's own does not apply to servers that run already."""

    cmd = Command(
        [],  # pyright: ignore[reportArgumentType] (typed as the sentinel it defaults to)
        allow_none=True,
        help="""
        Not applicable and refused: the server is not started by a command but runs in the
        snapshot already. `args` are handed to it.

        Default: empty.
        """,
    ).tag(config=True)

    @default("env_keep")
    def _env_keep_default(self) -> list[str]:
        # The hub's PATH, virtual environment or locale mean nothing inside a sandbox.
        return []

    @validate("cmd")
    def _refuse_cmd(self, proposal: Any) -> list[str]:
        if proposal["value"]:
            raise TraitError(
                f"ForkdSpawner.cmd = {proposal['value']!r} cannot apply: the server runs in the "
                "snapshot already and is not started by a command; use ForkdSpawner.args for "
                "arguments and ForkdSpawner.snapshot_tag for another environment"
            )
        return []
