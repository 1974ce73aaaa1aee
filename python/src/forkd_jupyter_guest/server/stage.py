"""Surroundings in which the parent can initialise a server, with nothing left of them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_server.extension.manager import ExtensionManager
from tornado.ioloop import IOLoop
from traitlets.config import SingletonConfigurable

from ..kernel import provisioner
from ..machine.exit_handlers import kept_apart
from ..machine.place import take_place
from . import resolver

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)


@contextlib.contextmanager
def stage(cwd: str, environment: Mapping[str, str]) -> Generator[asyncio.AbstractEventLoop]:
    """A user's folder, environment and event loop, for as long as it takes."""
    with (
        _surroundings(cwd, environment),
        resolver.threaded(),
        kept_apart(),
        _event_loop() as loop,
    ):
        before = singletons()
        order = ExtensionManager.sorted_extensions
        try:
            yield loop
        finally:
            set_singletons(dict.fromkeys(singletons(), None) | before)
            # notebook_shim, once it is linked, puts itself first here: too early for the next
            # server, which would settle on its folders before its configuration is read.
            setattr(ExtensionManager, "sorted_extensions", order)  # noqa: B010 (a property)
            provisioner.install_host(None)


def singletons() -> dict[type, Any]:
    """What traitlets hands out as the one instance of a class in this process."""
    found: dict[type, Any] = {}
    waiting: list[type] = [SingletonConfigurable]
    while waiting:
        kind = waiting.pop()
        instance = vars(kind).get("_instance")
        if instance is not None:
            found[kind] = instance
        waiting += kind.__subclasses__()
    return found


def set_singletons(instances: Mapping[type, Any]) -> None:
    """Hand out others, or none."""
    for kind, instance in instances.items():
        type.__setattr__(kind, "_instance", instance)


@contextlib.contextmanager
def _surroundings(cwd: str, environment: Mapping[str, str]) -> Generator[None]:
    own_environment, own_folder = dict(os.environ), str(Path.cwd())
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    take_place(cwd, dict(environment))
    try:
        yield
    finally:
        take_place(own_folder, own_environment)
        for number, handler in handlers.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _event_loop() -> Generator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        yield loop
    finally:
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        IOLoop.current().close(all_fds=True)
        asyncio.set_event_loop(None)
