"""Writes down what is about to be created, so that no end of a hub leaves a sandbox behind."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Iterable
from pathlib import Path

from ..errors import ForkdError
from ..facts import Sandbox, SandboxSpec
from .journal_file import JournalFile
from .ledger import Answered, Create, Event, Gone, Ledger, Made

logger = logging.getLogger(__name__)


class JournalError(ForkdError):
    """What is about to be created can't be written down, so it isn't created."""

    reason = "journal"
    hint = "the disk of c.ForkdSpawner.journal_file is full or failing"


class Journal:
    """One hub's: the ledger, its file, and what is in the hands of a start this moment."""

    def __init__(self, file: JournalFile | None = None) -> None:
        """Take up what an earlier process of this hub left open; None: keep it in memory only."""
        self._file = file
        self._ledger = Ledger()
        self._under_way: set[str] = set()
        self._in_hand: set[tuple[str, str]] = set()
        if file is not None:
            for event in file.read():
                self._ledger.note(event)
            file.rewrite(self._ledger.events())

    # --- creating ------------------------------------------------------------------------

    def about_to_create(self, url: str, spec: SandboxSpec, count: int) -> Create:
        """Write a request down before it is sent; raises JournalError if that fails."""
        create = Create(
            key=secrets.token_hex(8),
            controller_url=url,
            snapshot_tag=spec.snapshot_tag,
            memory_limit_mib=spec.memory_limit_mib,
            count=count,
            at_unix_s=time.time(),
        )
        try:
            self._write(create)
        except OSError as error:
            raise JournalError(
                f"what is to be created cannot be written down: {error.strerror}"
            ) from error
        self._under_way.add(create.key)
        return create

    def answered(self, create: Create, sandboxes: Iterable[Sandbox] = ()) -> None:
        """Note what a request made: it is in the caller's hands until `release` or `gone`."""
        made = _made(create, sandboxes)
        self._in_hand |= {(each.controller_url, each.id) for each in made}
        self._under_way.discard(create.key)
        self._note(Answered(create.key, made))

    def lost(self, create: Create) -> None:
        """The answer won't come any more: what the request made is for the sweep to find out."""
        self._under_way.discard(create.key)

    def release(self, url: str, sandbox_id: str) -> None:
        """From here on a sandbox is some server's, or left over."""
        self._in_hand.discard((url, sandbox_id))

    # --- deleting ------------------------------------------------------------------------

    def gone(self, url: str, sandbox_id: str) -> None:
        """Note that a sandbox no longer exists."""
        self.release(url, sandbox_id)
        self._note(Gone(url, sandbox_id))

    def settle(self, create: Create, rows: Iterable[Sandbox]) -> None:
        """Note what a lost request turned out to have made; it is in nobody's hands."""
        self._note(Answered(create.key, _made(create, rows)))

    @property
    def lost_creates(self) -> list[Create]:
        """Requests whose answer never came, oldest first."""
        return [each for each in self._ledger.unanswered if each.key not in self._under_way]

    @property
    def made(self) -> list[Made]:
        """Sandboxes that may exist and that no start has in its hands."""
        return [
            each
            for each in self._ledger.made
            if (each.controller_url, each.id) not in self._in_hand
        ]

    @property
    def known(self) -> list[Made]:
        """All sandboxes that may exist, those in a start's hands included."""
        return self._ledger.made

    def compact(self) -> None:
        """Write a file anew, with what is open, that is long or lacks some of it."""
        if self._file is not None and self._file.should_be_rewritten:
            self._file.rewrite(self._ledger.events())

    def _note(self, event: Event) -> None:
        """Write down what has happened already: that it can't be written doesn't undo it."""
        try:
            self._write(event)
        except OSError as error:
            logger.error(  # noqa: TRY400 (whose stack says no more)
                "the journal cannot be written (%s): until it can, a restart of the hub does not "
                "know of this: %s",
                error.strerror,
                event,
            )
            self._ledger.note(event)

    def _write(self, event: Event) -> None:
        if self._file is not None:
            self._file.append(event)
        self._ledger.note(event)


def _made(create: Create, sandboxes: Iterable[Sandbox]) -> tuple[Made, ...]:
    url = create.controller_url
    return tuple(Made(url, each.id, each.created_at_unix) for each in sandboxes)


_journals: dict[str, Journal] = {}


def journal_at(path: str) -> Journal:
    """Return this process's one journal in a file; an empty path: in memory only.

    Raises UnusableValueError if there can't be one.
    """
    key = str(Path(path).absolute()) if path else ""
    if key not in _journals:
        _journals[key] = Journal(JournalFile(Path(key)) if path else None)
    return _journals[key]
