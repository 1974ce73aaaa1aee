"""Whether a configuration can work, found out before any user waits for a server."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tornado import web

from ..choices.menu import Menu, Override
from ..choices.offering import menu_for
from ..choices.overriding import apply_override
from ..errors import ForkdError
from ..options import name_of, takes
from ..start.asking import (
    check_limits_without_effect,
    controller_url_for,
    memory_limit_mib,
    snapshot_tag_for,
)
from ..start.connections import trusted
from .controller_check import Controller, check_controllers

T = TypeVar("T")

ARGUMENTS = {
    "controller_url": ("spawner",),
    "snapshot_tag": ("spawner",),
    "allowed_snapshots": ("spawner",),
    "profile_list": ("spawner",),
    "modify_request_hook": ("spawner", "body"),
    "after_created_hook": ("spawner", "sandbox"),
}
"""What the callables that an operator may configure are called with."""


@dataclass
class Findings:
    """One sentence each."""

    mistakes: list[str] = field(default_factory=list[str])
    warnings: list[str] = field(default_factory=list[str])


def look_for_mistakes(make_spawner: Callable[[], Any]) -> Findings:
    """Check all that can be known without starting a server.

    `make_spawner` makes one as the hub would, for a user whom it knows, or for nobody (`user` is
    None): then callables are not tried.
    """
    trial = _Trial(make_spawner)
    trial.check_arguments()
    if not trial.mistakes:
        trial.try_all_that_is_offered()
    found = Findings([f"{where}{sentence}" for sentence, where in trial.mistakes.items()])
    mistakes, found.warnings = check_controllers(trial.controllers)
    found.mistakes += mistakes
    return found


class _WaitsError(Exception):
    """A coroutine would have to wait for something."""


def _at_once(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine as far as it comes without waiting: the hub's loop can't turn meanwhile."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    coroutine.close()
    raise _WaitsError


class _Trial:
    """Goes through the steps of a start with spawners of its own."""

    def __init__(self, make_spawner: Callable[[], Any]) -> None:
        self._make_spawner = make_spawner
        user = make_spawner().user
        self._has_user = user is not None
        self._tried_for = f" (tried for user {user.name!r})" if user is not None else ""
        self._where = ""
        self.mistakes: dict[str, str] = {}
        """Sentences, and where each was found first."""
        self.controllers: set[Controller] = set()

    def check_arguments(self) -> None:
        """Whether callables can be called as they will be."""
        spawner = self._make_spawner()
        for option, arguments in ARGUMENTS.items():
            function = getattr(spawner, option)
            if callable(function) and not takes(function, len(arguments)):
                self._note(
                    f"ForkdSpawner.{option} = {name_of(function)} can't be called "
                    f"with ({', '.join(arguments)})"
                )

    def try_all_that_is_offered(self) -> None:
        """Go as far with every profile and choice as a start goes without a controller."""
        spawner = self._make_spawner()
        default_tag = spawner.snapshot_tag if spawner.allowed_snapshots else ""
        if not self._can_try(spawner.profile_list, spawner.allowed_snapshots, default_tag):
            self._try_spawner(spawner, with_snapshot=False)
            return
        menu = self._outcome(menu_for(spawner))
        for where, overrides in _ways_to_choose(menu) if menu is not None else ():
            self._where = where
            spawner = self._make_spawner()
            if all(self._apply(spawner, override) for override in overrides):
                self._try_spawner(spawner, with_snapshot=True)

    def _apply(self, spawner: Any, override: Override) -> bool:
        settings = {
            name: value for name, value in override.settings.items() if self._can_try(value)
        }
        step = apply_override(spawner, Override(override.source, settings))
        return self._outcome(step) is not None

    def _try_spawner(self, spawner: Any, *, with_snapshot: bool) -> None:
        """Note what it would ask for, and where."""
        if not self._can_try(spawner.controller_url):
            return
        url = self._outcome(controller_url_for(spawner))
        if url is None:
            return
        self._outcome(_check_limits(spawner, url))
        tag = None
        if with_snapshot and self._can_try(spawner.snapshot_tag):
            tag = self._outcome(snapshot_tag_for(spawner))
        controller = self._outcome(_controller(spawner, url, tag))
        if controller is not None:
            self.controllers.add(controller)

    def _can_try(self, *values: Any) -> bool:
        """Callables are called with a spawner that has a user."""
        return self._has_user or not any(map(callable, values))

    def _outcome(self, step: Coroutine[Any, Any, T]) -> T | None:
        """Note what a start would fail with; None where it would, or where nobody can tell."""
        try:
            return _at_once(step)
        except (_WaitsError, web.HTTPError):
            return None  # an HTTPError is what the operator wants to tell this user
        except ForkdError as error:
            called = error.__cause__ is not None
            self._note(f"{error}{self._tried_for if called else ''}")
            return None

    def _note(self, sentence: str) -> None:
        self.mistakes.setdefault(sentence, self._where)


async def _check_limits(spawner: Any, url: str) -> None:
    check_limits_without_effect(spawner)
    memory_limit_mib(spawner, url)


async def _controller(spawner: Any, url: str, tag: str | None) -> Controller:
    if spawner.ca_file:
        trusted(spawner.ca_file)
    return Controller(url, spawner.bearer_token(), spawner.ca_file, tag)


def _ways_to_choose(menu: Menu) -> Iterator[tuple[str, list[Override]]]:
    """Every profile with its defaults, and with each other choice of each of its options."""
    for profile in menu.profiles or (None,):
        options = menu.options_with(profile)
        others = [(o, choice) for o in options for choice in o.choices if choice is not o.default]
        for changed, choice in [(None, None), *others]:
            chosen = [(o, choice if o is changed else o.default) for o in options]
            overrides = [
                Override(f"option {o.name!r}", picked.settings)
                for o, picked in chosen
                if picked is not None  # a value that must be typed
            ]
            where: list[str] = []
            if profile is not None:
                overrides.insert(0, Override(f"profile {profile.slug!r}", profile.settings))
                where.append(f"profile {profile.slug!r}")
            if changed is not None and choice is not None:
                where.append(f"option {changed.name!r} = {choice.key!r}")
            yield "".join(f"{each}: " for each in where), overrides
