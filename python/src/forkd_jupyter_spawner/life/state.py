"""What must survive a restart of the hub, as the hub's database keeps it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from jupyterhub import orm
from sqlalchemy.orm import Session, object_session

from .vmm_process import VmmProcess


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
    network: str = ""
    """The way by which it is reached; empty: directly, as in releases that knew no other way."""
    kernel_connection: Mapping[str, Any] | None = None
    """How the first kernel is reached, key included: for the hub's admin, never for other users."""
    vmm: VmmProcess | None = None
    """The microVM's process, where it is on the hub's own host."""
    memory_limit_mib: int | None = None
    """The user is told of it when the server has reached it."""

    def as_json(self) -> dict[str, Any]:
        """As the hub stores it; nothing where there is no sandbox."""
        return asdict(self) if self.sandbox_id else {}

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> SpawnState:
        """Read what was stored, also by a release that knew other fields."""
        known = {name: state[name] for name in cls.__dataclass_fields__ if name in state}
        known["vmm"] = VmmProcess.from_json(state.get("vmm"))
        return cls(**known)


def session_of(orm_spawner: orm.Spawner | None, user: Any) -> Session | None:
    """The session of the hub's database to which a server belongs; None: to none.

    The server of a spawner that is wrapped by another is the other's, but the user is its own.
    """
    for row in (orm_spawner, getattr(user, "orm_user", None)):
        if row is not None and (session := object_session(row)) is not None:
            return session
    return None


def stored_sandboxes(session: Session | None) -> Sequence[str] | None:
    """The ids of the sandboxes of all servers in the hub's database, whoever keeps their state.

    None: there is no session to ask, so nobody knows. A spawner that wraps another one stores
    its state inside its own.
    """
    if session is None:
        return None
    servers = session.query(orm.Spawner).filter(orm.Spawner.server != None)  # noqa: E711
    return [sandbox_id for stored in servers for sandbox_id in _sandbox_ids(stored.state)]


def _sandbox_ids(state: Any) -> Iterator[str]:
    if isinstance(state, dict):
        for name, value in state.items():
            if name == "sandbox_id":
                yield value
            yield from _sandbox_ids(value)
