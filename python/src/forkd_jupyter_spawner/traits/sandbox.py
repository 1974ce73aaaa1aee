"""What kind of sandbox a server gets, and how it is reached."""

from __future__ import annotations

from traitlets import Bool, Enum
from traitlets.config import LoggingConfigurable

from forkd_jupyter_spawner.network import NETWORKS


class SandboxTraits(LoggingConfigurable):
    """The options that say what to ask a controller for."""

    per_child_netns = Bool(
        default_value=True,
        help="""
        Give each sandbox a network namespace of its own. False makes sandboxes of a genuine
        forkd share one address, which works for one sandbox at a time only.

        Default: True.
        """,
    ).tag(config=True)

    network = Enum(
        sorted(NETWORKS),
        default_value="direct",
        help="""
        How the hub and its proxy reach sandboxes. 'direct': by the address that the controller
        gives, as with the embedded controller.

        Default: 'direct'.
        """,
    ).tag(config=True)
