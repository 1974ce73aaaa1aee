"""What a spawner's user may choose, and a choice's effect on the spawner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyterhub.spawner import Spawner

from ..errors import ChoiceError, ForkdError, MisconfiguredError
from ..options import hubs_spawner, value_for
from ..telling.failures import spawn_failure
from . import form as choice_form
from .menu import Menu
from .overriding import apply_override, take_back_overrides
from .profiles import read_profiles, read_snapshots, snapshot_option


def offers_choices(spawner: Any) -> bool:
    """Whether the operator offers anything; a callable may still offer nothing to this user."""
    return bool(spawner.profile_list) or bool(spawner.allowed_snapshots)


async def menu_for(spawner: Any) -> Menu:
    """Return what this user may choose. Raises what start() may raise."""
    profiles = await value_for(spawner, "profile_list")
    snapshots = await value_for(spawner, "allowed_snapshots")
    if profiles and snapshots:
        raise MisconfiguredError(
            "c.ForkdSpawner.profile_list and allowed_snapshots are both set: "
            "let the profiles' forkd_override set snapshot_tag instead"
        )
    if snapshots:
        default = await value_for(spawner, "snapshot_tag")
        return Menu(options=(snapshot_option(read_snapshots(snapshots), default),))
    return Menu(profiles=read_profiles(profiles or [], settable_options(type(spawner))))


def settable_options(spawner_class: type[Spawner]) -> set[str]:
    """Return what a choice may set: what an operator may."""
    return set(spawner_class.class_trait_names(config=True))


async def form_for(spawner: Any) -> str:
    """`options_form`: called by the hub when a user is about to start a server."""
    return choice_form.render(await _menu_of_page(spawner), spawner.user_options or {})


async def choice_from_form(spawner: Any, form: choice_form.Form) -> dict[str, str]:
    """`options_from_form`: called by the hub with what the browser has sent."""
    menu = await _menu_of_page(spawner)
    try:
        return choice_form.read(menu, form)
    except ForkdError as error:
        raise spawn_failure(error) from None


async def _menu_of_page(spawner: Any) -> Menu:
    try:
        return await menu_for(spawner)
    except ForkdError as error:
        raise spawn_failure(error) from None


async def apply_user_options(spawner: Any, user_options: Mapping[str, Any]) -> None:
    """`apply_user_options`: called by the hub (5.3 on) before its other hooks and start()."""
    try:
        await apply_choice(spawner, user_options)
    except ForkdError as error:
        raise spawn_failure(error) from None
    spawner.choice_is_applied = True


async def apply_choice(spawner: Any, user_options: Mapping[str, Any]) -> None:
    """Set what the user's choice sets, or refuse it by name."""
    take_back_overrides(spawner)
    menu = await menu_for(spawner)
    try:
        overrides = menu.overrides(user_options)
    except ChoiceError as error:
        if menu.is_open and hubs_spawner(spawner) is spawner:
            raise
        # Stored with an older menu, or made in the form of a spawner that wraps this one: there is
        # no form in which the user could correct it.
        spawner.log.warning("Ignoring the stored choice of %s: %s", spawner.user.name, error)
        user_options, overrides = {}, menu.overrides({})
    if unknown := menu.unknown(user_options):
        spawner.log.warning("Ignoring user_options of %s: %s", spawner.user.name, unknown)
    for override in overrides:
        await apply_override(spawner, override)
