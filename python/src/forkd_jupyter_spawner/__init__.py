"""A JupyterHub spawner that forks each user's server from a warm forkd snapshot."""

from __future__ import annotations

from .client import ControllerClient
from .create_queue import CreateQueue
from .spawner import ForkdSpawner

__version__ = "0.1.0"

__all__ = ["ControllerClient", "CreateQueue", "ForkdSpawner"]
