"""Options whose value may be a callable: what they give for one spawner's user."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from jupyterhub.spawner import Spawner
from tornado import web

from ..errors import MisconfiguredError


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
