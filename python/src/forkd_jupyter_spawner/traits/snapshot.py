"""Which snapshot a server is forked from."""

from __future__ import annotations

import os

from traitlets import Unicode, default
from traitlets.config import LoggingConfigurable


class SnapshotTraits(LoggingConfigurable):
    """The options that say what to fork from."""

    snapshot_tag = Unicode(
        help="""
        The tag of the snapshot that servers are forked from.

        Default: the environment variable FORKD_SNAPSHOT_TAG, else 'jupyter'.
        """
    ).tag(config=True)

    @default("snapshot_tag")
    def _snapshot_tag_default(self) -> str:
        return os.environ.get("FORKD_SNAPSHOT_TAG") or "jupyter"
