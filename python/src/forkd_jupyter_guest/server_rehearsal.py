"""Initialise a server app in the parent once, and throw it away.

What stays is what a second initialisation need not do again: compiled patterns
and templates, traitlets' and metadata's caches, extensions' own first times.
The loop that it needs is closed afterwards; a thread that it left would make
every fork a hazard, and fails the warm-up.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_server.serverapp import ServerApp
from tornado.ioloop import IOLoop

from . import provisioner, server

if TYPE_CHECKING:
    from collections.abc import Generator

    from .activation import ActivationRequest
    from .site import SandboxSite

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)


class LeftThreadsError(Exception):
    """An extension started threads that did not end: nothing can be forked any more."""


def rehearse(site: SandboxSite, request: ActivationRequest) -> None:
    """Initialise a server for a user that doesn't exist; leaves no loop, thread or identity."""
    site.make_folders()
    with _surroundings(site, request), _loop() as loop:
        app: Any = server.ForkedSingleUser.make_serverapp(
            jpserver_extensions={server.ForkedSingleUser.get_extension_package(): True}
        )
        server.ForkedSingleUser.talks_to_hub = False
        try:
            app.initialize(
                argv=server.command_line(site, request),
                starter_extension=server.ForkedSingleUser.name,
                new_httpserver=False,
            )
            loop.run_until_complete(_until_extensions_are_quiet(app))
        finally:
            server.ForkedSingleUser.talks_to_hub = True
            ServerApp.clear_instance()
    threads = [one.name for one in threading.enumerate() if one is not threading.main_thread()]
    if threads:
        message = f"initialising the server left threads: {', '.join(threads)}"
        raise LeftThreadsError(message)


async def _until_extensions_are_quiet(app: Any) -> None:
    """jupyter_lsp looks for language servers in a thread; let it end by itself."""
    manager = getattr(app, "language_server_manager", None)
    if manager is not None:
        await asyncio.wait_for(manager.ready(), timeout=30)
    await asyncio.get_running_loop().shutdown_default_executor()


@contextlib.contextmanager
def _surroundings(site: SandboxSite, request: ActivationRequest) -> Generator[None]:
    """The rehearsal user's environment and folder, for as long as it takes."""
    environment, folder = dict(os.environ), str(Path.cwd())
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    server.take_place(str(site.home), server.server_environment(site, request))
    try:
        yield
    finally:
        server.take_place(folder, environment)
        for number, handler in handlers.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _loop() -> Generator[asyncio.AbstractEventLoop]:
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
        provisioner.install_host(None)
