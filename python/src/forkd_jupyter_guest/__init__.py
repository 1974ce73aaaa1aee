"""The warm Jupyter that is snapshotted once and then activated for one user per clone."""

from __future__ import annotations

__version__ = "0.1.0"
