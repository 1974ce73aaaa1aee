"""The warm Jupyter that is snapshotted once and then activated for one user per clone."""

from __future__ import annotations

from typing import Any

__all__ = ["__version__", "_jupyter_server_extension_points"]

__version__ = "0.1.0"


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Called by jupyter_server when `single_user.ForkedSingleUser` starts it."""
    from .server.single_user import ForkedSingleUser  # noqa: PLC0415 (the spawner's side imports no Jupyter server)

    return [{"module": __name__, "app": ForkedSingleUser}]
