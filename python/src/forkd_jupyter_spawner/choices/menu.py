"""What a user may choose before a start, and what a choice sets.

A choice is stored by the hub as `user_options`, and comes from anybody who may call the hub's
API: `{"profile": "gpu", "image": "base", "size--unlisted-choice": "12"}`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from ..errors import ChoiceError

UNLISTED_SUFFIX = "--unlisted-choice"
LONGEST_UNLISTED_CHOICE = 1000
"""What is longer is no name of anything, and might keep a regular expression busy."""

VALUE_MARK = "{value}"
"""In an override of an unlisted choice: what the user has typed."""

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Override:
    """Options of the spawner that a choice sets."""

    source: str
    """Whose they are, for messages."""
    settings: Settings
    of_user: bool = False
    """Whether there is something in them that the user has typed."""


@dataclass(frozen=True)
class Choice:
    """One of the values that an option offers."""

    key: str
    display_name: str
    settings: Settings = field(default_factory=dict[str, Any])
    default: bool = False


@dataclass(frozen=True)
class UnlistedChoice:
    """A value that the user types."""

    display_name: str
    display_name_in_choices: str
    settings: Settings
    pattern: re.Pattern[str] | None = None
    message: str = ""

    def settings_with(self, value: str) -> Settings:
        """Return the settings for what was typed, or refuse it."""
        if len(value) > LONGEST_UNLISTED_CHOICE:
            raise ChoiceError(
                f"{self.display_name}: {len(value)} characters are more than "
                f"the {LONGEST_UNLISTED_CHOICE} that are allowed"
            )
        if self.pattern is not None and not self.pattern.fullmatch(value):
            rule = self.message or f"it must match {self.pattern.pattern}"
            raise ChoiceError(f"{self.display_name}: {value!r} is not allowed: {rule}")
        return {name: _filled(setting, value) for name, setting in self.settings.items()}


def _filled(setting: Any, value: str) -> Any:
    """Put the value into every text, however deep; nothing else in a text has a meaning."""
    if isinstance(setting, str):
        return setting.replace(VALUE_MARK, value)
    if isinstance(setting, dict):
        entries = cast("dict[Any, Any]", setting).items()
        return {_filled(name, value): _filled(entry, value) for name, entry in entries}
    if isinstance(setting, (list, tuple)):
        return [_filled(entry, value) for entry in cast("list[Any]", setting)]
    return setting


@dataclass(frozen=True)
class Option:
    """Something to choose a value for."""

    name: str
    display_name: str
    choices: tuple[Choice, ...] = ()
    unlisted: UnlistedChoice | None = None

    @property
    def default(self) -> Choice | None:
        """What counts when nothing is chosen; None where a value must be typed."""
        first = self.choices[0] if self.choices else None
        return next((choice for choice in self.choices if choice.default), first)

    @property
    def is_open(self) -> bool:
        """Whether there is more than one way to answer."""
        return len(self.choices) > 1 or self.unlisted is not None

    def override(self, chosen: Mapping[str, Any]) -> Override:
        """Return what the user's choice sets, or refuse it by name."""
        source = f"option {self.name!r}"
        typed = _text(chosen, f"{self.name}{UNLISTED_SUFFIX}")
        if typed is not None:
            if self.unlisted is None:
                raise ChoiceError(f"{self.display_name}: only listed values can be chosen")
            return Override(source, self.unlisted.settings_with(typed), of_user=True)
        return Override(source, self._listed(_text(chosen, self.name)).settings)

    def _listed(self, key: str | None) -> Choice:
        choice = (
            self.default
            if key is None
            else next((choice for choice in self.choices if choice.key == key), None)
        )
        if choice is not None:
            return choice
        if key is None:
            raise ChoiceError(f"{self.display_name}: a value is needed")
        raise ChoiceError(
            f"{self.display_name}: there is no {shortened(key)}, "
            f"only {', '.join(repr(choice.key) for choice in self.choices) or 'what is typed'}"
        )


@dataclass(frozen=True)
class Profile:
    """A kind of server, with options of its own."""

    slug: str
    display_name: str
    description: str = ""
    default: bool = False
    settings: Settings = field(default_factory=dict[str, Any])
    options: tuple[Option, ...] = ()


@dataclass(frozen=True)
class Menu:
    """All that one user may choose."""

    profiles: tuple[Profile, ...] = ()
    options: tuple[Option, ...] = ()
    """Those that go with every profile, or with none."""

    @property
    def is_open(self) -> bool:
        """Whether there is more than one way to choose: a form is needed."""
        options = [*self.options, *(o for profile in self.profiles for o in profile.options)]
        return len(self.profiles) > 1 or any(option.is_open for option in options)

    def profile(self, chosen: Mapping[str, Any]) -> Profile | None:
        """Return the chosen profile, or the default; None where there are none."""
        slug = _text(chosen, "profile") if self.profiles else None
        if slug is None:
            first = self.profiles[0] if self.profiles else None
            return next((profile for profile in self.profiles if profile.default), first)
        for profile in self.profiles:
            if profile.slug == slug:
                return profile
        raise ChoiceError(
            f"there is no profile {shortened(slug)}, "
            f"only {', '.join(repr(profile.slug) for profile in self.profiles)}"
        )

    def options_with(self, profile: Profile | None) -> tuple[Option, ...]:
        """Return the options that go with a profile."""
        return (*self.options, *(profile.options if profile else ()))

    def overrides(self, chosen: Mapping[str, Any]) -> list[Override]:
        """Return what is set by a choice, later ones over earlier ones, or refuse it by name."""
        profile = self.profile(chosen)
        options = [option.override(chosen) for option in self.options_with(profile)]
        if profile is None:
            return options
        return [Override(f"profile {profile.slug!r}", profile.settings), *options]

    def unknown(self, chosen: Mapping[str, Any]) -> list[str]:
        """Return the names in a choice that mean nothing here."""
        names = {"profile"} if self.profiles else set[str]()
        for option in self.options_with(self.profile(chosen)):
            names |= {option.name, f"{option.name}{UNLISTED_SUFFIX}"}
        return [name for name in chosen if name not in names]


def _text(chosen: Mapping[str, Any], name: str) -> str | None:
    """Return an entry that is JSON of anybody's: text, or none where it is null or empty."""
    value = chosen.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise ChoiceError(f"the option {name!r} must be text, not {type(value).__name__}")
    return value


def shortened(text: str) -> str:
    """Return what somebody has sent as it may be repeated in a message."""
    longest = 100
    return repr(text if len(text) <= longest else f"{text[:longest]}…")
