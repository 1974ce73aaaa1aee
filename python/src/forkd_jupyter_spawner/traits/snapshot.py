"""Which snapshot a server is forked from."""

from __future__ import annotations

import os
from typing import Any

from jupyterhub.traitlets import Callable
from traitlets import TraitError, Unicode, Union, default, validate
from traitlets.config import LoggingConfigurable

from ..controller.create_request import TAG_RULE, is_tag


class SnapshotTraits(LoggingConfigurable):
    """The options that say what to fork from."""

    snapshot_tag = Union(
        [Unicode(), Callable()],
        help="""
        The tag of the snapshot that servers are forked from: 1 to 64 ASCII letters, digits,
        dashes and underscores.

        Or a callable, sync or async, that is called with the spawner at each start and returns
        the tag.

        Default: the environment variable FORKD_SNAPSHOT_TAG, else 'jupyter'.
        """,
    ).tag(config=True)

    @default("snapshot_tag")
    def _snapshot_tag_default(self) -> str:
        return os.environ.get("FORKD_SNAPSHOT_TAG") or "jupyter"

    @validate("snapshot_tag")
    def _check_snapshot_tag(self, proposal: Any) -> Any:
        value = proposal["value"]
        if not callable(value) and not is_tag(value):
            raise TraitError(f"ForkdSpawner.snapshot_tag must be {TAG_RULE}, not {value!r}")
        return value
