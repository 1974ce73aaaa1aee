"""What an operator can configure, by topic."""

from __future__ import annotations

from .base_features import BaseFeatureTraits
from .choices import ChoiceTraits
from .controller import ControllerTraits
from .leftovers import LeftoverTraits
from .limits import LimitTraits
from .sandbox import SandboxTraits
from .snapshot import SnapshotTraits


class ForkdTraits(
    ControllerTraits,
    SnapshotTraits,
    ChoiceTraits,
    LimitTraits,
    SandboxTraits,
    LeftoverTraits,
    BaseFeatureTraits,
):
    """The configuration of ForkdSpawner: `c.ForkdSpawner.<name>`.

    No Spawner itself: JupyterHub refuses subclasses without start(), poll() and stop().
    """


__all__ = ["ForkdTraits"]
