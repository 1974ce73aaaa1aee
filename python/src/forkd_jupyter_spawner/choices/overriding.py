"""Sets what a choice sets, and takes it back before the next one.

The hub makes a spawner for each start of a server, but keeps one whose start was cancelled: the
user's next choice is another one, and nothing of the one before may be left in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from traitlets import TraitError

from ..errors import ChoiceError, MisconfiguredError
from ..options import call
from .menu import Override


@dataclass(frozen=True)
class Overridden:
    """An option as it was before a choice has set it, and what it was set to."""

    name: str
    before: Any
    value: Any
    given: Mapping[str, Any]
    """The options that were given to the spawner before."""


async def apply_override(spawner: Any, override: Override) -> bool:
    """Set what an override sets; True, for who wants to know that it could be set."""
    for name, given in override.settings.items():
        value = (
            await call(spawner, f"profile_list: {override.source}: {name}", given, spawner)
            if callable(given)
            else given
        )
        try:
            _set(spawner, name, value)
        except TraitError as error:
            kind = ChoiceError if override.of_user else MisconfiguredError
            raise kind(f"{override.source} can't set {name}: {error}") from None
    return True


def _set(spawner: Any, name: str, value: Any) -> None:
    given, before = spawner.given_options, getattr(spawner, name)
    # Some options look at what was given when they are set (see options.py).
    spawner.given_options = {**given, name: value}
    try:
        setattr(spawner, name, _merged(before, value))
    except TraitError:
        spawner.given_options = given
        raise
    spawner.overridden.append(Overridden(name, before, getattr(spawner, name), given))


def take_back_overrides(spawner: Any) -> None:
    """Let the options be what they were before the last choice, except where a hook has set one."""
    while spawner.overridden:
        last: Overridden = spawner.overridden.pop()
        spawner.given_options = dict(last.given)
        if getattr(spawner, last.name) == last.value:
            setattr(spawner, last.name, last.before)


def _merged(present: Any, value: Any) -> Any:
    """A dictionary (environment) is added to what there is; None takes an entry out of it."""
    if not isinstance(present, Mapping) or not isinstance(value, Mapping):
        return value
    both = {**cast("Mapping[Any, Any]", present), **cast("Mapping[Any, Any]", value)}
    return {name: entry for name, entry in both.items() if entry is not None}
