"""JupyterHub's own options, where ours differ."""

from __future__ import annotations

from typing import Any

from jupyterhub.traitlets import Command
from traitlets import Bool, Enum, TraitError, default, validate
from traitlets.config import LoggingConfigurable

from ..choices.overriding import Overridden
from ..options import is_set_for


class BaseFeatureTraits(LoggingConfigurable):
    """What of JupyterHub's own does not apply to servers that run already."""

    given_options: dict[str, Any]
    """The options that were given to the constructor, or that a profile has set."""

    overridden: list[Overridden]
    """What the last choice has set, in order."""

    is_trial = Bool(help="Made for the check at the hub's start, not for a server.")

    hub_start_check = Enum(
        ["refuse", "warn", "off"],
        default_value="refuse",
        help="""
        What to do when the hub starts and this configuration can't work: 'refuse' says why and
        ends the hub before it has started anything (servers that run go on running); 'warn' says
        it and goes on; 'off' doesn't look.

        Looked at are all options' types and values, the files, the limits, every profile and
        choice, and the controller: the token, and the tags. A controller that can't be reached or
        fails is only warned of, since it may come later; the hub waits 5 s at most, for all of
        them. Callables are called for the first user whom the hub knows (if there is none, only
        their arguments are checked), those that are async as far as they come without waiting.
        Hooks are not called. A value of the wrong type ends the hub in any case.

        Default: 'refuse'.
        """,
    ).tag(config=True)

    cmd = Command(
        [],  # pyright: ignore[reportArgumentType] (typed as the sentinel it defaults to)
        allow_none=True,
        minlen=0,
        help="""
        Not applicable: the server is not started by a command but runs in the snapshot already.
        It is refused where it is set for this spawner; `c.Spawner.cmd`, which another spawner may
        need, has no effect. `args` are handed to the server.

        Default: empty.
        """,
    ).tag(config=True)

    @default("env_keep")
    def _env_keep_default(self) -> list[str]:
        # The hub's PATH, virtual environment or locale mean nothing inside a sandbox.
        return []

    @validate("cmd")
    def _refuse_cmd(self, proposal: Any) -> Any:
        if proposal["value"] and is_set_for(self, "cmd"):
            raise TraitError(
                f"ForkdSpawner.cmd = {proposal['value']!r} cannot apply: the server runs in the "
                "snapshot already and is not started by a command; use ForkdSpawner.args for "
                "arguments and ForkdSpawner.snapshot_tag for another environment"
            )
        return proposal["value"]
