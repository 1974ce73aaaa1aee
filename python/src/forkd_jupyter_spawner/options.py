"""The operator's options: which are set for this spawner, and what a callable gives for it.

`c.Spawner.cpu_limit` may be there for another spawner of the same hub, and one that wraps others
(wrapspawner's ProfilesSpawner) hands all its own values on to the spawner that it wraps.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from jupyterhub.spawner import Spawner
from tornado import web

from .errors import MisconfiguredError

HUBS_PATIENCE = {"start_timeout", "http_timeout", "poll_interval"}
"""The hub asks only the spawner that it knows for these: what wraps ours is right about them."""


def is_set_for(spawner: Any, name: str) -> bool:
    """Whether an option was set for this spawner: by its section, its constructor, or a profile.

    Whoever gives an empty value only says that there is none.
    """
    return bool(spawner.given_options.get(name)) or name in _configured(spawner)


def hubs_spawner(spawner: Any) -> Any:
    """The spawner that the hub knows: this one, or the one that wraps it."""
    known = getattr(spawner.user, "spawners", {})
    return known.get(spawner.name, spawner)


def take_back_own_settings(spawner: Any) -> None:
    """Set again what is this spawner's own, where one that wraps it has only handed on its own.

    A wrapper's value that is other than its configuration was set for this server, by a hook say:
    it stays.
    """
    wrapper = hubs_spawner(spawner)
    if wrapper is spawner:
        return
    own, handed_on = _as_configured(spawner), _as_configured(wrapper)
    for name in {"env_keep", *_configured(spawner)} - HUBS_PATIENCE - {*spawner.given_options}:
        if wrapper.has_trait(name) and getattr(spawner, name) == getattr(handed_on, name):
            setattr(spawner, name, getattr(own, name))


def _as_configured(spawner: Any) -> Any:
    """Another one of its class, of which nobody has changed anything."""
    trial = {"is_trial": True} if spawner.has_trait("is_trial") else {}
    return type(spawner)(config=spawner.config, user=spawner.user, hub=spawner.hub, **trial)


def _configured(spawner: Any) -> set[str]:
    """The options in the sections of its own classes: those of Spawner's are for any spawner."""
    own = (each.__name__ for each in type(spawner).__mro__ if each not in Spawner.__mro__)
    return {
        name for section in own if section in spawner.config for name in spawner.config[section]
    }


async def value_for(spawner: Spawner, option: str) -> Any:
    """Return the option's value, or what its callable gives for this spawner."""
    value = getattr(spawner, option)
    return await call(spawner, option, value, spawner) if callable(value) else value


async def call(spawner: Spawner, option: str, function: Callable[..., Any], *args: Any) -> Any:
    """Call what an operator has configured, sync or async.

    An HTTPError (JupyterHub 6's SpawnException is one) is the operator's own word to the user.
    What else it raises may tell more than the user should read: that goes to the log.
    """
    try:
        result = function(*args)
        return await result if inspect.isawaitable(result) else result
    except web.HTTPError:
        raise
    except Exception as error:
        spawner.log.exception("c.ForkdSpawner.%s (%s) failed", option, name_of(function))
        raise MisconfiguredError(
            f"c.ForkdSpawner.{option} ({name_of(function)}) raised {type(error).__name__}"
        ) from error


def name_of(function: Callable[..., Any]) -> str:
    """Return what the operator calls it."""
    return str(getattr(function, "__qualname__", type(function).__name__))


def takes(function: Callable[..., Any], count: int) -> bool:
    """Whether so many arguments can be handed over; True where nobody can tell."""
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        return False
    except ValueError:
        return True
    return True
