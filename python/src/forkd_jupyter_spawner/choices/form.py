"""The form by which a user chooses: its HTML, and what the browser sends back.

The names of its fields are KubeSpawner's, so that scripts and links for that one go on working.
It needs no JavaScript: without it (and in a browser that knows no `:has()`) all profiles show
their options, and only the chosen profile's count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import ChoiceError
from ..telling.page_parts import render_part
from .html_pattern import html_pattern
from .menu import UNLISTED_SUFFIX, Menu, Option, Profile, UnlistedChoice
from .profiles import OTHER

Form = Mapping[str, Sequence[Any]]


def render(menu: Menu, saved: Mapping[str, Any]) -> str:
    """Return the form's inside, with what was chosen last time; empty where nothing is open."""
    if not menu.is_open:
        return ""
    try:
        menu.overrides(saved)
    except ChoiceError:
        saved = {}  # of an older menu
    return render_part(
        "choices.html",
        menu=menu,
        chosen=menu.profile(saved),
        saved=saved,
        field_name=field_name,
        pattern_of=_pattern_of,
        unlisted_suffix=UNLISTED_SUFFIX,
        other=OTHER,
    )


def read(menu: Menu, form: Form) -> dict[str, str]:
    """Return the choice that a form or a link's query makes, or refuse it by name."""
    profile = menu.profile({"profile": _first(form, "profile")})
    chosen = {"profile": profile.slug} if profile else {}
    for option in menu.options_with(profile):
        chosen.update(_read_option(form, profile, option))
    menu.overrides(chosen)
    return chosen


def _read_option(form: Form, profile: Profile | None, option: Option) -> dict[str, str]:
    """A form names all profiles' options, a link (`?profile=gpu&image=base`) the chosen one's."""
    field = field_name(profile, option)
    value = _first(form, field) or _first(form, option.name)
    typed_name = f"{option.name}{UNLISTED_SUFFIX}"
    typed = _first(form, f"{field}{UNLISTED_SUFFIX}") or _first(form, typed_name)
    if value == OTHER and not typed:
        label = option.unlisted.display_name if option.unlisted else option.display_name
        raise ChoiceError(f"{label}: a value is needed")
    if typed and value in {"", OTHER}:
        return {typed_name: typed}
    return {option.name: value} if value else {}


def field_name(profile: Profile | None, option: Option) -> str:
    """Return the name of an option's field."""
    if profile is None or option not in profile.options:
        return option.name
    return f"profile-option-{profile.slug}--{option.name}"


def _pattern_of(unlisted: UnlistedChoice) -> str | None:
    return html_pattern(unlisted.pattern) if unlisted.pattern else None


def _first(form: Form, name: str) -> str:
    values = form.get(name) or [""]
    return values[0] if isinstance(values[0], str) else ""
