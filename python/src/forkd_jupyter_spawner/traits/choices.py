"""What users may choose for themselves."""

from __future__ import annotations

from typing import Any

from jupyterhub.traitlets import Callable
from traitlets import Dict, List, TraitError, Union, default, validate
from traitlets.config import LoggingConfigurable

from ..choices import offering
from ..choices.fields import WrongFieldError
from ..choices.form import Form
from ..choices.offering import offers_choices
from ..choices.profiles import read_profiles, read_snapshots


class ChoiceTraits(LoggingConfigurable):
    """The options that offer users a choice, and JupyterHub's own through which it is made."""

    choice_is_applied = False
    """Whether the hub has applied the user's choice before start()."""

    allowed_snapshots = Union(
        [List(), Dict(), Callable()],
        help="""
        The snapshots among which users may choose: a list of tags, a dictionary from the names
        that users see to tags, or a callable, sync or async, that is called with the spawner and
        returns either. With more than one there is a form; by the hub's API the choice is
        `{"snapshot": NAME}`. Whoever chooses nothing gets `snapshot_tag` where it is among them,
        else the first. Excludes `profile_list`.

        Default: empty, which means `snapshot_tag` for all.
        """,
    ).tag(config=True)

    profile_list = Union(
        [List(), Dict(), Callable()],
        help="""
        The kinds of server among which users may choose: a list of profiles, a dictionary from
        their slugs to profiles, or a callable, sync or async, that is called with the spawner and
        returns either. Who knows KubeSpawner's `profile_list` knows this one, with
        `forkd_override` in place of `kubespawner_override`. A profile is a dictionary:

        - `display_name`: what users see (the only key that must be there)
        - `slug`: its name in requests; made from `display_name` where it is missing
        - `description`: a sentence below the name
        - `default`: True for the one that counts when nothing is chosen; else the first
        - `forkd_override`: options of this spawner to set, `{"mem_limit": "2G"}`. A value may be a
          callable, sync or async, that is called with the spawner. A dictionary (`environment`) is
          added to what there is; an entry of it that is None is taken out.
        - `profile_options`: a dictionary from names to options, each of them a dictionary:

          - `display_name`: what users see
          - `choices`: a dictionary from keys to choices, each with `display_name`, `default` and
            `forkd_override` as above
          - `unlisted_choice`: `enabled`, `display_name` (the field's label),
            `display_name_in_choices` (default: 'Other…'), `validation_regex` (which must match all
            of the value; a browser checks it, too, where HTML can say it), `validation_message`
            (the rule in words) and a `forkd_override` in whose texts `{value}` stands for what was
            typed

        Overrides are applied in this order: the profile's, then each option's in the order in
        which they are written; later ones win. All text is escaped in the form. By the hub's API a
        choice is `{"profile": SLUG, OPTION: KEY, "OPTION--unlisted-choice": VALUE}`.

        Default: empty: nothing to choose, no form.
        """,
    ).tag(config=True)

    @validate("profile_list")
    def _check_profile_list(self, proposal: Any) -> Any:
        value = proposal["value"]
        if not callable(value):
            settable = self.class_trait_names(config=True)
            _check(lambda: read_profiles(value, settable))
        return value

    @validate("allowed_snapshots")
    def _check_allowed_snapshots(self, proposal: Any) -> Any:
        value = proposal["value"]
        if not callable(value):
            _check(lambda: read_snapshots(value))
        return value

    @default("options_form")
    def _options_form_default(self) -> Any:
        return offering.form_for if offers_choices(self) else ""

    @default("options_from_form")
    def _options_from_form_default(self) -> Any:
        return self._choice_from_form

    def _choice_from_form(self, form: Form) -> Any:
        # JupyterHub's own default hands the form on as it is, and at once.
        return offering.choice_from_form(self, form) if offers_choices(self) else form

    @default("apply_user_options")
    def _apply_user_options_default(self) -> Any:
        return offering.apply_user_options if offers_choices(self) else None


def _check(read: Any) -> None:
    try:
        read()
    except WrongFieldError as error:
        raise TraitError(f"ForkdSpawner.{error}") from None
