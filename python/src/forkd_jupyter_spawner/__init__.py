"""A JupyterHub spawner that forks each user's server from a warm forkd snapshot."""

from __future__ import annotations

__version__ = "0.1.0"
