"""What happens when a hub starts that is configured with this spawner.

JupyterHub makes spawners for its users only and asks nothing of a spawner's class at its own
start. But once in it, it sets `JupyterHub.tornado_settings`, which can be observed: the
configuration, users and groups are there by then, and no proxy, service or port is.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from functools import partial
from typing import Any
from weakref import WeakSet

from traitlets import TraitError

from .checks import look_for_mistakes
from .pages import prepare_pages
from .sweep import start_sweep

ADVICE = {
    "refuse": "The hub does not start. Correct the above, or set "
    "c.ForkdSpawner.hub_start_check = 'warn' to start it as it is",
    "warn": "The hub starts all the same, since c.ForkdSpawner.hub_start_check = 'warn'",
}


_watched: WeakSet[Any] = WeakSet()


def watch(spawner_class: type) -> None:
    """Called when somebody asks for the spawner: a hub does while it reads its configuration."""
    module = sys.modules.get("jupyterhub.app")
    if module is None or not module.JupyterHub.initialized():
        return
    app = module.JupyterHub.instance()
    if app in _watched:
        return
    _watched.add(app)

    def look(change: Any) -> None:
        # The operator's own tornado_settings may be set first: the hub's name the spawner.
        if "spawner_class" in change["new"]:
            app.unobserve(look, names="tornado_settings")
            _prepare_pages(app, change["new"])
            if issubclass(app.spawner_class, spawner_class):
                _prepare(app)

    app.observe(look, names="tornado_settings")


def _prepare_pages(app: Any, settings: dict[str, Any]) -> None:
    """Also where another spawner wraps ours: then ours is asked for, and is not the hub's own."""
    try:
        prepare_pages(app, settings)
    except Exception:
        app.log.exception("The hub's pages stay as they are: they won't say why a server has ended")


def _prepare(app: Any) -> None:
    try:
        make_spawner = _spawners_on_trial(app)
        check(app, make_spawner)
        start_sweep(make_spawner(), app.db)
    except Exception:
        # A subclass that makes more of a spawner than can be made here is no reason not to start.
        app.log.exception("c.ForkdSpawner could not be checked: the hub starts without it")


def check(app: Any, make_spawner: Callable[[], Any]) -> None:
    """Log the mistakes in the configuration of a hub's spawner, and end the hub if there are any.

    It ends as JupyterHub itself does for a wrong value: before it has started anything, and
    without touching servers that run.
    """
    try:
        mode = make_spawner().hub_start_check
    except TraitError as error:
        app.log.critical("Wrong configuration: %s", error)
        app.exit(1)
        return
    if mode == "off":
        return
    findings = look_for_mistakes(make_spawner)
    for warning in findings.warnings:
        app.log.warning("Checking c.ForkdSpawner: %s", warning)
    for mistake in findings.mistakes:
        level = logging.CRITICAL if mode == "refuse" else logging.ERROR
        app.log.log(level, "Wrong configuration: %s", mistake)
    if findings.mistakes:
        app.log.error(ADVICE[mode])
        if mode == "refuse":
            app.exit(1)


def _spawners_on_trial(app: Any) -> Callable[[], Any]:
    """For one user, who is looked for once: a spawner is made for each profile and choice."""
    return partial(
        app.spawner_class, config=app.config, hub=app.hub, user=_any_user(app), is_trial=True
    )


def _any_user(app: Any) -> Any:
    """Return a user for whom callables can be tried: the first that the hub knows, if any."""
    orm = sys.modules["jupyterhub.orm"]
    first = app.db.query(orm.User).order_by(orm.User.id).first()
    return None if first is None else app.users[first]
