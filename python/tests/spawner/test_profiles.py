"""What an operator may write as profiles and snapshots, and what is refused, and where."""

from __future__ import annotations

from typing import Any

import pytest
from traitlets import TraitError

from forkd_jupyter_spawner import ForkdSpawner
from forkd_jupyter_spawner.choices.menu import Choice, Option, Profile
from forkd_jupyter_spawner.choices.profiles import read_profiles

SETTABLE = {"snapshot_tag", "mem_limit", "environment"}


def test_a_profile_needs_a_name_only_and_the_rest_follows() -> None:
    (profile,) = read_profiles([{"display_name": "Große Kiste (GPU)"}], SETTABLE)
    assert profile == Profile("große-kiste-gpu", "Große Kiste (GPU)")


def test_a_dictionary_of_profiles_gives_them_their_slugs() -> None:
    profiles = read_profiles(
        {"s": {"display_name": "Small"}, "l": {"display_name": "Large", "slug": "big"}}, SETTABLE
    )
    assert [profile.slug for profile in profiles] == ["s", "big"]


def test_a_whole_profile_is_read() -> None:
    (profile,) = read_profiles(
        [
            {
                "display_name": "GPU",
                "description": "Slow",
                "default": True,
                "forkd_override": {"mem_limit": "2G"},
                "profile_options": {
                    "image": {
                        "display_name": "Image",
                        "choices": {
                            "base": {"display_name": "Base"},
                            "full": {
                                "display_name": "Full",
                                "default": True,
                                "forkd_override": {"snapshot_tag": "full"},
                            },
                        },
                        "unlisted_choice": {"enabled": False, "validation_regex": ".*"},
                    }
                },
            }
        ],
        SETTABLE,
    )
    choices = (Choice("base", "Base"), Choice("full", "Full", {"snapshot_tag": "full"}, True))
    image = Option("image", "Image", choices)
    assert profile == Profile("gpu", "GPU", "Slow", True, {"mem_limit": "2G"}, (image,))
    assert image.default == choices[1]


def _profile(**fields: Any) -> list[dict[str, Any]]:
    return [{"display_name": "A", **fields}]


def _option(**fields: Any) -> list[dict[str, Any]]:
    return _profile(profile_options={"image": {"display_name": "Image", **fields}})


BASE = {"base": {"display_name": "Base"}}


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (["gpu"], "profile_list[0] must be a dictionary, not 'gpu'"),
        ([{"slug": "a"}], "profile_list[0]: a profile needs 'display_name'"),
        ({"a": {"description": "x"}}, "profile_list['a']: a profile needs 'display_name'"),
        ([{"display_name": 5}], "profile_list[0]['display_name'] must be a text, not 5"),
        ([{"display_name": ""}], "profile_list[0]['display_name'] must be a text, not ''"),
        (_profile(default="yes"), "profile_list[0]['default'] must be True or False, not 'yes'"),
        (
            _profile(kubespawner_override={}),
            (
                "profile_list[0]: 'kubespawner_override' is nothing that a profile has; "
                "it has default, description, display_name, forkd_override, profile_options, slug"
            ),
        ),
        (
            _profile(forkd_override={"mem_limt": "1G"}),
            "profile_list[0]['forkd_override']: 'mem_limt' is no option of ForkdSpawner",
        ),
        (
            _profile(forkd_override={"user": "root"}),
            "profile_list[0]['forkd_override']: 'user' is no option of ForkdSpawner",
        ),
        (
            [*_profile(), {"display_name": "a"}],
            "profile_list: slug 'a' is given twice",
        ),
        (
            [*_profile(default=True), {"display_name": "b", "default": True}],
            "profile_list: more than one is the default",
        ),
        (
            _option(),
            (
                "profile_list[0]['profile_options']['image'] offers nothing: "
                "it needs choices or an unlisted_choice that is enabled"
            ),
        ),
        (
            _option(choices={"base": {}}),
            (
                "profile_list[0]['profile_options']['image']['choices']['base']: "
                "a choice needs 'display_name'"
            ),
        ),
        (
            _option(choices={"": {"display_name": "x"}}),
            (
                "profile_list[0]['profile_options']['image']['choices']['']: "
                "a choice can't have this name"
            ),
        ),
        (
            _option(choices=BASE, unlisted_choice={"enabled": True, "validation_regex": "("}),
            (
                "profile_list[0]['profile_options']['image']['unlisted_choice']"
                "['validation_regex'] = '(' is no regular expression"
            ),
        ),
        (
            _profile(profile_options={"profile": {"display_name": "x", "choices": BASE}}),
            "profile_list[0]['profile_options']['profile']: an option can't have this name",
        ),
    ],
)
def test_a_wrong_profile_list_is_refused_with_the_place_and_what_is_allowed(
    value: Any, sentence: str
) -> None:
    with pytest.raises(TraitError) as caught:
        ForkdSpawner(profile_list=value)
    assert str(caught.value).startswith(f"ForkdSpawner.{sentence}")


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (["jupyter", "../etc"], "allowed_snapshots['../etc'] = '../etc': a tag is 1 to 64 ASCII"),
        ({"Course A": 5}, "allowed_snapshots['Course A'] = 5: a tag is 1 to 64 ASCII"),
        ({"": "jupyter"}, "allowed_snapshots: '' can't be the name of a snapshot"),
        ({5: "jupyter"}, "allowed_snapshots: 5 can't be the name of a snapshot"),
    ],
)
def test_wrong_allowed_snapshots_are_refused_by_entry(value: Any, sentence: str) -> None:
    with pytest.raises(TraitError) as caught:
        ForkdSpawner(allowed_snapshots=value)
    assert str(caught.value).startswith(f"ForkdSpawner.{sentence}")


@pytest.mark.parametrize("option", ["profile_list", "allowed_snapshots"])
def test_what_is_neither_a_list_nor_a_dictionary_nor_a_callable_is_refused(option: str) -> None:
    with pytest.raises(TraitError, match=f"{option}.*'everything'"):
        ForkdSpawner(**{option: "everything"})
