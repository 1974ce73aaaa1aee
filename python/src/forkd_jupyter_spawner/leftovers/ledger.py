"""What this hub has asked controllers for and has not yet seen the end of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..facts import Sandbox


@dataclass(frozen=True)
class Create:
    """A request that is about to be sent."""

    key: str
    controller_url: str
    snapshot_tag: str
    memory_limit_mib: int | None
    count: int
    at_unix_s: float


@dataclass(frozen=True)
class Made:
    """A sandbox that was made for this hub."""

    controller_url: str
    id: str
    created_at_unix: int
    """Tells it from a later one to which its controller gives the same id."""

    def is_row(self, row: Sandbox | None) -> bool:
        """Whether a controller still lists it."""
        return row is not None and (row.id, row.created_at_unix) == (self.id, self.created_at_unix)


@dataclass(frozen=True)
class Answered:
    """What became of a request: the sandboxes that it made, none if it was refused."""

    key: str
    sandboxes: tuple[Made, ...]


@dataclass(frozen=True)
class Gone:
    """A sandbox no longer exists."""

    controller_url: str
    id: str


Event = Create | Answered | Gone


class Ledger:
    """The events so far, reduced to what is open."""

    def __init__(self) -> None:
        self._creates: dict[str, Create] = {}
        self._made: dict[tuple[str, str], Made] = {}

    def note(self, event: Event) -> None:
        """Add an event; one that ends what isn't known changes nothing."""
        match event:
            case Create():
                self._creates[event.key] = event
            case Answered():
                self._creates.pop(event.key, None)
                self._made |= {(made.controller_url, made.id): made for made in event.sandboxes}
            case Gone():
                self._made.pop((event.controller_url, event.id), None)

    @property
    def unanswered(self) -> list[Create]:
        """Creates of which it isn't known what they made."""
        return list(self._creates.values())

    @property
    def made(self) -> list[Made]:
        """Sandboxes that may still exist."""
        return list(self._made.values())

    def events(self) -> list[Event]:
        """The fewest events that say the same."""
        return [*self._creates.values(), *(Answered("", (made,)) for made in self._made.values())]


def to_json(event: Event) -> dict[str, Any]:
    """An event as a line of the journal."""
    return {"event": type(event).__name__.lower(), **asdict(event)}


def from_json(record: Mapping[str, Any]) -> Event:
    """Read what `to_json` wrote; raises ValueError, TypeError or KeyError on anything else."""
    fields = {name: value for name, value in record.items() if name != "event"}
    match record["event"]:
        case "create":
            return Create(**fields)
        case "answered":
            return Answered(fields["key"], _made(fields["sandboxes"]))
        case "gone":
            return Gone(**fields)
        case other:
            raise ValueError(f"no event of ours: {other}")


def _made(rows: Iterable[Mapping[str, Any]]) -> tuple[Made, ...]:
    return tuple(Made(**row) for row in rows)
