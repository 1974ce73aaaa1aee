"""What a user has chosen is checked, and sets what the operator has said."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from tornado.web import HTTPError

from forkd_jupyter_spawner import ForkdSpawner
from forkd_jupyter_spawner.choices import offering
from spawner.conftest import MakeSpawner
from spawner.page_form import PageForm
from spawner.stand_in import StandInController

PROFILES: list[dict[str, Any]] = [
    {
        "display_name": "Small",
        "forkd_override": {"mem_limit": "64M", "environment": {"SIZE": "small", "DROP": None}},
    },
    {
        "display_name": "Large <script>",
        "slug": "large",
        "description": "For “big” & <b>bold</b> data",
        "forkd_override": {"mem_limit": "128M", "environment": {"SIZE": "large"}},
        "profile_options": {
            "image": {
                "display_name": "Image",
                "choices": {
                    "base": {"display_name": "Base"},
                    "full": {
                        "display_name": "Full",
                        "forkd_override": {"snapshot_tag": "full", "mem_limit": "256M"},
                    },
                },
                "unlisted_choice": {
                    "enabled": True,
                    "display_name": "Other image",
                    "validation_regex": "course-[a-z]+",
                    "validation_message": "course- and letters",
                    "forkd_override": {
                        "snapshot_tag": "{value}",
                        "environment": {"IMAGE": "<{value}>"},
                    },
                },
            },
            "note": {
                "display_name": "Note",
                "choices": {"none": {"display_name": "None"}},
                "unlisted_choice": {
                    "enabled": True,
                    "forkd_override": {"environment": {"NOTE": "{value}"}, "args": ["{value}"]},
                },
            },
        },
    },
]


async def _started(spawner: ForkdSpawner, user_options: dict[str, Any]) -> ForkdSpawner:
    """As the hub drives it."""
    spawner.user_options = user_options
    await spawner._run_apply_user_options(user_options)
    await spawner.start()
    return spawner


@pytest.mark.parametrize(
    ("user_options", "asked", "environment"),
    [
        ({}, ("jupyter", 64), {"SIZE": "small", "KEEP": "1", "DROP": None}),
        ({"profile": None}, ("jupyter", 64), {"SIZE": "small"}),
        ({"profile": "large"}, ("jupyter", 128), {"SIZE": "large", "KEEP": "1", "DROP": "1"}),
        ({"profile": "large", "image": "full"}, ("full", 256), {"SIZE": "large"}),
        (
            {"profile": "large", "image--unlisted-choice": "course-b"},
            ("course-b", 128),
            {"SIZE": "large", "IMAGE": "<course-b>"},
        ),
    ],
)
async def test_a_choice_sets_what_the_profile_and_its_options_say(
    make_spawner: MakeSpawner,
    controller: StandInController,
    user_options: dict[str, Any],
    asked: tuple[str, int],
    environment: dict[str, str | None],
) -> None:
    controller.tags = {"jupyter", "full", "course-b"}
    spawner = make_spawner(profile_list=PROFILES, environment={"KEEP": "1", "DROP": "1"})
    await _started(spawner, user_options)
    (body,) = controller.create_bodies
    assert (body["snapshot_tag"], body["memory_limit_mib"]) == asked
    reached = controller.activation["environment"]
    assert {name: reached.get(name) for name in environment} == environment


async def test_what_a_user_types_stays_data(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    note = "{value}{0}%s'\"\n$(reboot)é"
    chosen = {"profile": "large", "note--unlisted-choice": note}
    await _started(make_spawner(profile_list=PROFILES), chosen)
    assert controller.activation["environment"]["NOTE"] == note
    assert controller.activation["args"] == [note]


@pytest.mark.parametrize(
    ("user_options", "sentence"),
    [
        ({"profile": "huge"}, "there is no profile 'huge', only 'small', 'large'"),
        ({"profile": ["small"]}, "the option 'profile' must be text, not list"),
        ({"profile": "x" * 2000}, "there is no profile 'xxx"),
        ({"profile": "large", "image": "b"}, "Image: there is no 'b', only 'base', 'full'"),
        ({"profile": "large", "image": {"a": 1}}, "the option 'image' must be text, not dict"),
        (
            {"profile": "large", "image--unlisted-choice": "course-b\n"},
            r"Other image: 'course-b\n' is not allowed: course- and letters",
        ),
        (
            {"profile": "large", "image--unlisted-choice": "xcourse-b"},
            "'xcourse-b' is not allowed",
        ),
        (
            {"profile": "large", "note--unlisted-choice": "x" * 1001},
            "Other: 1001 characters are more than the 1000",
        ),
    ],
)
async def test_a_choice_by_the_api_that_is_not_offered_is_refused_before_anything_is_forked(
    make_spawner: MakeSpawner,
    controller: StandInController,
    user_options: dict[str, Any],
    sentence: str,
) -> None:
    with pytest.raises(HTTPError) as caught:
        await _started(make_spawner(profile_list=PROFILES), user_options)
    assert caught.value.status_code == 400
    assert sentence in caught.value.jupyterhub_message
    assert len(caught.value.jupyterhub_message) < 300
    assert controller.creates == []


async def test_options_that_mean_nothing_here_are_named_in_the_log_and_change_nothing(
    make_spawner: MakeSpawner, controller: StandInController, caplog: pytest.LogCaptureFixture
) -> None:
    spawner = make_spawner(profile_list=PROFILES)
    spawner.log.propagate = True
    with caplog.at_level(logging.WARNING):
        await _started(spawner, {"profile": "small", "image": "full", "mem_limit": "1T"})
    assert "Ignoring user_options of alice: ['image', 'mem_limit']" in caplog.text
    assert controller.create_bodies[0]["memory_limit_mib"] == 64


async def test_a_typed_value_that_an_option_refuses_is_the_users_mistake(
    make_spawner: MakeSpawner,
) -> None:
    size = {
        "display_name": "Size",
        "unlisted_choice": {"enabled": True, "forkd_override": {"mem_limit": "{value}"}},
    }
    profiles = [{"display_name": "A", "profile_options": {"size": size}}]
    with pytest.raises(HTTPError, match="option 'size' can't set mem_limit: lots") as caught:
        await _started(make_spawner(profile_list=profiles), {"size--unlisted-choice": "lots"})
    assert caught.value.status_code == 400


async def test_nothing_of_a_choice_is_left_for_the_next_start(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    """The hub starts the same spawner again after a start that was cancelled."""
    big = {"mem_limit": "256M", "cpu_limit": 2, "environment": {"SIZE": "big", "KEEP": None}}
    profiles = [
        {"display_name": "Plain"},
        {"display_name": "Big", "forkd_override": big},
    ]
    spawner = make_spawner(
        profile_list=profiles, environment={"KEEP": "1"}, limits_without_effect="warn"
    )
    given = dict(spawner.given_options)
    await _started(spawner, {"profile": "big"})
    assert spawner.given_options["cpu_limit"] == 2
    spawner.environment["HOOKED"] = "1"
    await spawner.stop()
    spawner.clear_state()
    await _started(spawner, {"profile": "plain"})
    assert spawner.given_options == given
    assert controller.create_bodies[-1].get("memory_limit_mib") is None
    assert (spawner.cpu_limit, spawner.environment) == (None, {"KEEP": "1"})


async def test_what_a_hook_sets_after_a_choice_stays(make_spawner: MakeSpawner) -> None:
    profiles = [{"display_name": "Big", "forkd_override": {"mem_limit": "256M"}}]
    spawner = make_spawner(profile_list=profiles)
    await _started(spawner, {})
    await spawner.stop()
    spawner.clear_state()
    spawner.profile_list, spawner.mem_limit = [], "128M"
    await _started(spawner, {})
    assert spawner.mem_limit == 128 * 1024**2


async def test_profiles_and_settings_can_be_made_for_each_user(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    async def memory(spawner: ForkdSpawner) -> str:
        return "32M" if spawner.user.name == "bob" else "64M"

    async def profiles(spawner: ForkdSpawner) -> list[dict[str, Any]]:
        name = f"For {spawner.user.name}"
        return [{"display_name": name, "forkd_override": {"mem_limit": memory}}]

    await _started(make_spawner("bob", profile_list=profiles), {"profile": "for-bob"})
    assert controller.create_bodies[0]["memory_limit_mib"] == 32


async def test_a_callable_that_gives_wrong_profiles_fails_the_start_with_the_place(
    make_spawner: MakeSpawner,
) -> None:
    spawner = make_spawner(profile_list=lambda _: [{"slug": "a"}])
    with pytest.raises(HTTPError, match=r"profile_list\[0\]: a profile needs 'display_name'"):
        await spawner.start()


@pytest.mark.parametrize(
    ("allowed", "user_options", "tag"),
    [
        (["a", "b"], {}, "b"),
        (["a", "c"], {}, "a"),
        ({"Course A": "a", "Course C": "c"}, {"snapshot": "Course C"}, "c"),
        (["a"], {}, "a"),
        (["a"], {"snapshot": "of last term"}, "a"),
        (lambda spawner: {"yours": f"course-{spawner.user.name}"}, {}, "course-alice"),
    ],
)
async def test_a_user_chooses_among_the_allowed_snapshots(
    make_spawner: MakeSpawner,
    controller: StandInController,
    allowed: Any,
    user_options: dict[str, str],
    tag: str,
) -> None:
    controller.tags = {"a", "b", "c", "course-alice"}
    spawner = make_spawner(allowed_snapshots=allowed, snapshot_tag="b")
    await _started(spawner, user_options)
    assert controller.create_bodies[0]["snapshot_tag"] == tag


@pytest.mark.parametrize(
    ("user_options", "sentence"),
    [
        ({"snapshot": "jupyter"}, "Snapshot: there is no 'jupyter', only 'a', 'b'"),
        ({"snapshot--unlisted-choice": "c"}, "Snapshot: only listed values can be chosen"),
    ],
)
async def test_a_snapshot_that_is_not_allowed_is_refused(
    make_spawner: MakeSpawner,
    controller: StandInController,
    user_options: dict[str, str],
    sentence: str,
) -> None:
    spawner = make_spawner(allowed_snapshots=["a", "b"])
    with pytest.raises(HTTPError, match=sentence) as caught:
        await _started(spawner, user_options)
    assert caught.value.status_code == 400
    assert controller.creates == []


async def test_both_kinds_of_choice_at_once_are_refused(make_spawner: MakeSpawner) -> None:
    spawner = make_spawner(allowed_snapshots=["a", "b"], profile_list=PROFILES)
    with pytest.raises(HTTPError, match="profile_list and allowed_snapshots are both set"):
        await spawner.start()


async def test_an_operators_own_apply_user_options_goes_on_working(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    controller.tags = {"a"}
    spawner = make_spawner(apply_user_options={"course": "snapshot_tag"})
    await _started(spawner, {"course": "a"})
    assert controller.create_bodies[0]["snapshot_tag"] == "a"
    spawner = make_spawner(apply_user_options={"course": "snapshot_tag"}, profile_list=PROFILES)
    await _started(spawner, {"course": "a", "profile": "large"})
    assert controller.create_bodies[1]["memory_limit_mib"] == 128


async def test_a_hub_without_the_hook_applies_the_choice_all_the_same(
    make_spawner: MakeSpawner, controller: StandInController
) -> None:
    spawner = make_spawner(profile_list=PROFILES, user_options={"profile": "large"})
    await spawner.start()
    assert controller.create_bodies[0]["memory_limit_mib"] == 128


# --- the form ----------------------------------------------------------------------------


async def test_there_is_no_form_where_there_is_nothing_to_choose(make_spawner: MakeSpawner) -> None:
    assert make_spawner().options_form == ""
    for nothing in ({"allowed_snapshots": ["a"]}, {"profile_list": PROFILES[:1]}):
        assert await make_spawner(**nothing).get_options_form() == ""


async def test_a_form_shows_text_as_text_and_labels_every_control(
    make_spawner: MakeSpawner,
) -> None:
    form = PageForm(await make_spawner(profile_list=PROFILES).get_options_form())
    assert form.tags.isdisjoint({"script", "b"})
    assert "Large <script>" in form.text
    assert "For “big” & <b>bold</b> data" in form.text
    assert form.control_ids <= form.labels
    assert form.offered == {
        "profile": ["small", "large"],
        "profile-option-large--image": ["base", "full", "unlisted-choice"],
        "profile-option-large--note": ["none", "unlisted-choice"],
    }


async def test_a_form_that_is_sent_as_it_came_chooses_the_defaults(
    make_spawner: MakeSpawner,
) -> None:
    spawner = make_spawner(profile_list=PROFILES)
    form = PageForm(await spawner.get_options_form())
    assert await _sent(spawner, form.values) == {"profile": "small"}
    assert await _sent(spawner, {**form.values, "profile": "large"}) == {
        "profile": "large",
        "image": "base",
        "note": "none",
    }


async def test_a_typed_value_counts_where_other_is_chosen(make_spawner: MakeSpawner) -> None:
    spawner = make_spawner(profile_list=PROFILES)
    image = "profile-option-large--image"
    form = {"profile": "large", image: "unlisted-choice", f"{image}--unlisted-choice": "course-b"}
    assert await _sent(spawner, form) == {"profile": "large", "image--unlisted-choice": "course-b"}
    assert await _sent(spawner, {**form, image: "full"}) == {"profile": "large", "image": "full"}
    with pytest.raises(HTTPError, match="Other image: a value is needed"):
        await _sent(spawner, {**form, f"{image}--unlisted-choice": ""})
    with pytest.raises(HTTPError, match="'b' is not allowed: course- and letters"):
        await _sent(spawner, {**form, f"{image}--unlisted-choice": "b"})


async def test_a_link_chooses_by_the_options_own_names(make_spawner: MakeSpawner) -> None:
    spawner = make_spawner(profile_list=PROFILES)
    query = {"profile": ["large"], "image": ["full"]}
    assert await spawner.options_from_query(query) == {"profile": "large", "image": "full"}


@pytest.mark.parametrize(
    ("user_options", "values"),
    [
        ({"profile": "large", "image": "full"}, {"profile": "large", "image": "full"}),
        (
            {"profile": "large", "image--unlisted-choice": "course-b"},
            {"profile": "large", "image": "unlisted-choice", "typed": "course-b"},
        ),
        ({"profile": "of last term"}, {"profile": "small", "image": "base"}),
    ],
)
async def test_a_form_comes_with_the_last_choice_while_it_is_offered(
    make_spawner: MakeSpawner, user_options: dict[str, str], values: dict[str, str]
) -> None:
    spawner = make_spawner(profile_list=PROFILES, user_options=user_options)
    form = PageForm(await spawner.get_options_form())
    image = "profile-option-large--image"
    assert {
        "profile": form.values["profile"],
        "image": form.values[image],
        "typed": form.values[f"{image}--unlisted-choice"],
    } == {"typed": "", **values}


async def test_a_form_for_snapshots_is_a_list_with_the_default_picked(
    make_spawner: MakeSpawner,
) -> None:
    spawner = make_spawner(allowed_snapshots={"A & B": "a", "C": "b"}, snapshot_tag="b")
    form = PageForm(await spawner.get_options_form())
    assert form.offered == {"snapshot": ["A & B", "C"]}
    assert form.values == {"snapshot": "C"}
    assert await _sent(spawner, {"snapshot": "A & B"}) == {"snapshot": "A & B"}


async def test_forms_of_the_operators_own_are_handed_on_as_ever(make_spawner: MakeSpawner) -> None:
    spawner = make_spawner(options_form="<input name=a>")
    assert spawner.run_options_from_form({"a": ["1"]}) == {"a": ["1"]}
    assert await offering.form_for(spawner) == ""


async def _sent(spawner: ForkdSpawner, values: dict[str, str]) -> dict[str, str]:
    """As the hub reads what a browser sends."""
    form = {name: [value] for name, value in values.items()}
    return await spawner.run_options_from_form(form)
