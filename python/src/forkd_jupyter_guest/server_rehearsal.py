"""Initialise a server app in the parent once, and throw it away.

What stays is what a second initialisation need not do again: compiled patterns
and templates, traitlets' and metadata's caches, extensions' own first times.
The loop that it needs is closed afterwards; a thread that it left would make
every fork a hazard, and fails the warm-up.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

from . import single_user
from .stage import stage

if TYPE_CHECKING:
    from .activation import ActivationRequest
    from .site import SandboxSite


class LeftThreadsError(Exception):
    """An extension started threads that did not end: nothing can be forked any more."""


def rehearse(site: SandboxSite, request: ActivationRequest) -> None:
    """Initialise a server for a user that doesn't exist; leaves no loop, thread or identity."""
    site.make_folders()
    environment = single_user.server_environment(site, request)
    with stage(str(site.home), environment) as loop:
        single_user.ForkedSingleUser.talks_to_hub = False
        try:
            argv = single_user.command_line(site, request.args)
            app = single_user.initialize(argv, with_http_server=False)
            loop.run_until_complete(until_extensions_are_quiet(app))
        finally:
            single_user.ForkedSingleUser.talks_to_hub = True
    threads = [one.name for one in threading.enumerate() if one is not threading.main_thread()]
    if threads:
        message = f"initialising the server left threads: {', '.join(threads)}"
        raise LeftThreadsError(message)


async def until_extensions_are_quiet(app: Any) -> None:
    """jupyter_lsp looks for language servers in a thread; let it end by itself."""
    manager = getattr(app, "language_server_manager", None)
    if manager is not None:
        await asyncio.wait_for(manager.ready(), timeout=30)
    await asyncio.get_running_loop().shutdown_default_executor()
