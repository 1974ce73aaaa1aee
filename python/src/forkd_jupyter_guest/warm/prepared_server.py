"""The rung of the bound server: a server is initialised for nobody, to be bound in the clone."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

from ..bind import bound_server
from ..bind.bound_server import InitialisedServer, PreparedServer, configuring
from ..bind.nobody import BOUND, IDENTITY, PREFIX, USER, Nobody, Place
from ..bind.placeholders import MARK, Replacements, Slot, find_slots, forget_paths
from ..machine.exit_handlers import kept_apart
from ..server import single_user
from ..server.activation_request import ActivationRequest
from ..server.routes import Prefix, follow_prefix
from ..server.stage import singletons, stage
from .rehearsed_server import until_extensions_are_quiet


class NotPreparableError(Exception):
    """Something in this environment's server cannot be carried into a clone; the text says what."""


def prepare_for_all(nobody: Nobody) -> None:
    """Have all clones bind a server that is initialised here; raises NotPreparableError."""
    bound_server.keep(prepare(nobody))


def prepare(nobody: Nobody) -> PreparedServer:
    """Initialise a server for nobody; raises NotPreparableError: what stands in the way."""
    descriptors = _open_descriptors()
    initialised = _initialize(nobody)
    left = _open_descriptors() - descriptors
    if left:
        message = f"an extension of the server keeps open: {', '.join(sorted(left))}"
        raise NotPreparableError(message)
    prefix = Prefix(PREFIX)
    routes = follow_prefix(initialised.app.web_app, prefix)
    forget_paths()
    ours = [prefix, vars(prefix), globals(), vars(bound_server), *nobody.own_objects(), *routes]
    secret = initialised.app.cookie_secret
    slots, unreachable = find_slots(secret, stay=ours)
    if unreachable:
        message = f"these parts of the server cannot be made a user's: {', '.join(unreachable)}"
        raise NotPreparableError(message)
    _check(slots, nobody, secret)
    return PreparedServer(initialised, prefix, slots, nobody)


def _initialize(nobody: Nobody) -> InitialisedServer:
    """In a frame of its own: what it knows of nobody is forgotten when places are looked for."""
    site, request = nobody.site, ActivationRequest(USER, dict(IDENTITY))
    environment = single_user.server_environment(site, request)
    with stage(str(nobody.cwd), environment) as loop, kept_apart() as exit_handlers:
        before = singletons()
        with single_user.out_of_hubs_reach():
            argv = single_user.command_line(site, ())
            app = single_user.initialize(argv, with_http_server=False)
            loop.run_until_complete(until_extensions_are_quiet(app))
            # Where kernels are looked for is asked with the first one; the answer is bound, too.
            _ = app.kernel_spec_manager.kernel_dirs
            _check_loop(loop)
        new = {kind: one for kind, one in singletons().items() if before.get(kind) is not one}
        return InitialisedServer(app, new, configuring(environment), exit_handlers)


def _check_loop(loop: Any) -> None:
    """What an extension has begun or scheduled ends with the loop, and would not be done."""
    begun = [task.get_name() for task in asyncio.all_tasks(loop)]
    scheduled = [str(handle) for handle in loop._scheduled if not handle.cancelled()]  # noqa: SLF001
    if begun or scheduled:
        message = f"an extension of the server runs in the background: {[*begun, *scheduled]}"
        raise NotPreparableError(message)


def _open_descriptors() -> set[str]:
    found: set[str] = set()
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found.add(f"{entry.name} ({entry.readlink()})")
    return found


def _check(slots: list[Slot], nobody: Nobody, secret: bytes) -> None:
    """Every place must be free of placeholders once it is written."""
    somebody = Place("/cwd", "/home", "/runtime", "127.0.0.1")
    texts = nobody.texts(somebody, dict.fromkeys(BOUND, "/x/"))
    replacements = Replacements(texts, (secret, b""))
    for slot in slots:
        if MARK in repr(replacements(slot.value)):
            message = f"a part of the server cannot be made a user's: {slot.value!r}"
            raise NotPreparableError(message)
