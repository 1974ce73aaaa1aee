"""Reads an operator's `profile_list` and `allowed_snapshots`; says what is wrong, and where."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, cast

from ..controller.create_request import TAG_RULE, is_tag
from .fields import Fields, WrongFieldError
from .menu import UNLISTED_SUFFIX, Choice, Option, Profile, Settings, UnlistedChoice

OTHER = "unlisted-choice"
"""What a form sends in place of a choice's key: take what was typed."""


def read_profiles(value: Any, settable: Collection[str]) -> tuple[Profile, ...]:
    """Read a list of profiles, or a mapping from their slugs.

    `settable` are the names that a `forkd_override` may have.
    """
    where = "profile_list"
    if isinstance(value, Mapping):
        entries = [
            (f"{where}[{slug!r}]", _with_slug(entry, slug))
            for slug, entry in cast("Mapping[Any, Any]", value).items()
        ]
    elif isinstance(value, (list, tuple)):
        entries = [(f"{where}[{i}]", entry) for i, entry in enumerate(cast("list[Any]", value))]
    else:
        raise WrongFieldError(f"{where} must be a list of profiles, not {value!r}")
    profiles = tuple(
        _profile(Fields(entry, place, "a profile"), settable) for place, entry in entries
    )
    _refuse_twice((profile.slug for profile in profiles), f"{where}: slug")
    _refuse_two_defaults((profile.default for profile in profiles), where)
    return profiles


def _with_slug(entry: Any, slug: Any) -> Any:
    if not isinstance(entry, Mapping):
        return entry
    return {"slug": slug, **cast("Mapping[str, Any]", entry)}


def _profile(fields: Fields, settable: Collection[str]) -> Profile:
    display_name = fields.text("display_name")
    profile = Profile(
        slug=fields.text("slug", slug_of(display_name)),
        display_name=display_name,
        description=fields.text("description", ""),
        default=fields.flag("default"),
        settings=_settings(fields, settable),
        options=tuple(
            _option(name, option, settable)
            for name, option in fields.entries("profile_options", "an option")
        ),
    )
    fields.end()
    return profile


def _option(name: str, fields: Fields, settable: Collection[str]) -> Option:
    if name == "profile" or name.endswith(UNLISTED_SUFFIX):
        raise WrongFieldError(f"{fields.where}: an option can't have this name")
    choices = tuple(
        _choice(key, choice, settable) for key, choice in fields.entries("choices", "a choice")
    )
    _refuse_two_defaults((choice.default for choice in choices), f"{fields.where}['choices']")
    unlisted = fields.optional("unlisted_choice", "an unlisted choice")
    option = Option(
        name,
        fields.text("display_name"),
        choices,
        None if unlisted is None else _unlisted(unlisted, settable),
    )
    fields.end()
    if not option.choices and option.unlisted is None:
        raise WrongFieldError(
            f"{fields.where} offers nothing: it needs choices or an unlisted_choice that is enabled"
        )
    return option


def _choice(key: str, fields: Fields, settable: Collection[str]) -> Choice:
    if key in {"", OTHER}:
        raise WrongFieldError(f"{fields.where}: a choice can't have this name")
    choice = Choice(
        key, fields.text("display_name"), _settings(fields, settable), fields.flag("default")
    )
    fields.end()
    return choice


def _unlisted(fields: Fields, settable: Collection[str]) -> UnlistedChoice | None:
    enabled = fields.flag("enabled")
    regex = fields.text("validation_regex", "")
    unlisted = UnlistedChoice(
        fields.text("display_name", "Other"),
        fields.text("display_name_in_choices", "Other…"),
        _settings(fields, settable),
        _pattern(regex, fields.where) if regex else None,
        fields.text("validation_message", ""),
    )
    fields.end()
    return unlisted if enabled else None


def _pattern(regex: str, where: str) -> re.Pattern[str]:
    try:
        return re.compile(regex)
    except re.error as error:
        raise WrongFieldError(
            f"{where}['validation_regex'] = {regex!r} is no regular expression: {error}"
        ) from None


def _settings(fields: Fields, settable: Collection[str]) -> Settings:
    settings = fields.mapping("forkd_override")
    for name in settings:
        if name not in settable:
            raise WrongFieldError(
                f"{fields.where}['forkd_override']: {name!r} is no option of ForkdSpawner"
            )
    return settings


def slug_of(display_name: str) -> str:
    """Return the name that stands for a profile in requests."""
    return re.sub(r"\W+", "-", display_name.lower()).strip("-") or "profile"


def read_snapshots(value: Any) -> dict[str, str]:
    """Read the allowed snapshots: a list of tags, or a mapping from names to tags."""
    where = "allowed_snapshots"
    if isinstance(value, Mapping):
        named = dict(cast("Mapping[Any, Any]", value))
    elif isinstance(value, (list, tuple, set, frozenset)):
        named = {tag: tag for tag in cast("list[Any]", value)}
    else:
        raise WrongFieldError(f"{where} must be a list of tags or map names to tags, not {value!r}")
    for name, tag in named.items():
        if not isinstance(name, str) or name in {"", OTHER}:
            raise WrongFieldError(f"{where}: {name!r} can't be the name of a snapshot")
        if not is_tag(tag):
            raise WrongFieldError(f"{where}[{name!r}] = {tag!r}: a tag is {TAG_RULE}")
    return named


def snapshot_option(named: Mapping[str, str], default_tag: str) -> Option:
    """Return the option by which a user chooses among snapshots."""
    choices = (
        Choice(name, name, {"snapshot_tag": tag}, default=tag == default_tag)
        for name, tag in named.items()
    )
    return Option("snapshot", "Snapshot", tuple(choices))


def _refuse_twice(names: Iterable[str], what: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise WrongFieldError(f"{what} {name!r} is given twice")
        seen.add(name)


def _refuse_two_defaults(defaults: Iterable[bool], where: str) -> None:
    if sum(defaults) > 1:
        raise WrongFieldError(f"{where}: more than one is the default")
