"""What must survive a restart of the hub, as the hub's database keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class SpawnState:
    """Which sandbox is this server's, and where. An empty one: none."""

    sandbox_id: str = ""
    controller_url: str = ""
    snapshot_tag: str = ""
    nonce: str = ""
    """Handed to the guest at activation: a sandbox that doesn't know it is another one."""
    host: str = ""
    port: int = 0
    kernel_connection: Mapping[str, Any] | None = None
    """Of the first kernel, key included: for the hub's admin, never for other users."""

    def as_json(self) -> dict[str, Any]:
        """As the hub stores it; nothing where there is no sandbox."""
        return asdict(self) if self.sandbox_id else {}

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> SpawnState:
        """Read what was stored, also by a release that knew other fields."""
        known = {name: state[name] for name in cls.__dataclass_fields__ if name in state}
        return cls(**known)
