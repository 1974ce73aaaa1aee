"""A JupyterHub spawner that forks each user's server from a warm forkd snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .controller.client import ControllerClient
from .start.create_queue import CreateQueue

if TYPE_CHECKING:
    from .spawner import ForkdSpawner

__version__ = "0.1.0"

__all__ = ["ControllerClient", "CreateQueue", "ForkdSpawner"]


def __getattr__(name: str) -> Any:
    """Called for the spawner, each time that somebody asks this package for it.

    A hub does so as it reads its configuration, whichever way that names the spawner: the one
    moment at which a spawner's class can learn of a hub that is about to start. (It is imported
    before, with all spawners that are installed, when there is no hub yet.)
    """
    if name != "ForkdSpawner":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .hub.at_start import watch  # noqa: PLC0415
    from .spawner import ForkdSpawner  # noqa: PLC0415

    watch(ForkdSpawner)
    return ForkdSpawner
