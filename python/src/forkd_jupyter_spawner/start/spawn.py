"""One start, from the hub's call to its end: a URL, or a reason and nothing left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Any

from tornado.web import HTTPError

from ..errors import ForkdError, ServerDiedError, StoppedError
from ..life.server_ends import forget_end
from ..options import hubs_spawner
from ..telling.failures import spawn_failure
from .attempt import Attempt
from .launch import launch
from .letting_go import let_go
from .outcome import (
    CANCELLED,
    COMPLETED,
    SPAWN_FAILURES,
    UNEXPECTED,
    SpawnEnd,
    report_spawn,
)
from .while_alive import end_with_server

MOMENT_S = 0.3
"""How long a start that was given up waits for the end of its sandbox: see letting_go.py."""


async def spawn(attempt: Attempt) -> str:
    """Give the server's URL; raises what the hub shows to the user."""
    spawner, progress = attempt.spawner, attempt.progress
    progress.reach("requested", "Forking a sandbox")
    end = UNEXPECTED
    try:
        url = await _until_given_up(attempt, launch(attempt))
        end = COMPLETED
    except StoppedError as error:
        end = SpawnEnd.by(error)
        await asyncio.wait([attempt.give_up()], timeout=MOMENT_S)
        raise spawn_failure(error) from None
    except ForkdError as error:
        end = SpawnEnd.by(error)
        raise spawn_failure(error, spawner.secrets(), await attempt.clean_up()) from None
    except asyncio.CancelledError:
        timeout = attempt.timeout(spawner.start_timeout)
        if timeout is None:
            end = CANCELLED
            await asyncio.wait([attempt.give_up()], timeout=MOMENT_S)
            raise
        end = SpawnEnd.by(timeout)
        raise spawn_failure(timeout, spawner.secrets(), await attempt.clean_up()) from None
    except BaseException:
        await attempt.clean_up()
        raise
    else:
        forget_end(spawner.user, spawner.name)
        if spawner.server is not None:
            end_with_server(hubs_spawner(spawner).server, partial(_death, spawner))
        return url
    finally:
        attempt.ended.set()
        _report(attempt, end)
        progress.end()


async def _until_given_up(attempt: Attempt, starting: Coroutine[Any, Any, str]) -> str:
    """Give what the launch gives. A cancellation, or a stop, ends it within a moment."""
    task = asyncio.create_task(starting)
    stopped = asyncio.create_task(attempt.stopped.wait())
    try:
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if attempt.stopped.is_set():
            await let_go(task)
            raise StoppedError("it was stopped while it was starting")
    except asyncio.CancelledError:
        await let_go(task)
        raise
    finally:
        stopped.cancel()
    return task.result()


def _report(attempt: Attempt, end: SpawnEnd) -> None:
    spawner = attempt.spawner
    tag = attempt.spec and attempt.spec.snapshot_tag
    about = {"user": spawner.user.name, "server": spawner.name, "snapshot_tag": tag}
    report_spawn(spawner.log, attempt.progress, end, about)


async def _death(spawner: Any) -> HTTPError | None:
    """What the user is told when the server died before the hub has seen it."""
    # The hub polls as well meanwhile, and whoever finds it dead first deletes the sandbox.
    if await spawner.poll() is None:
        return None
    obituary = spawner.obituary
    error = ServerDiedError(f"{obituary.why} before it answered the hub")
    SPAWN_FAILURES.labels(error.reason).inc()
    return spawn_failure(error, spawner.secrets(), obituary.last_lines)
