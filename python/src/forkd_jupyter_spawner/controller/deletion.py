"""Ends a sandbox for certain."""

from __future__ import annotations

import asyncio
from typing import Protocol

from ..errors import (
    ControllerError,
    ControllerFailedError,
    RequestRefusedError,
    SandboxNotFoundError,
    UnauthorizedError,
)
from ..facts import Sandbox

ATTEMPTS = 3
PAUSE_S = 0.3


class Deleter(Protocol):
    """What it needs of a controller's client."""

    async def delete(self, sandbox_id: str) -> bool:
        """Delete a sandbox; False when it was gone already."""
        ...

    async def get(self, sandbox_id: str) -> Sandbox:
        """Raise SandboxNotFoundError when it is gone."""
        ...


async def delete_for_certain(client: Deleter, sandbox_id: str) -> None:
    """Delete a sandbox and see that it is gone; gone already is as good. Raises when it can't."""
    attempts = 0
    while (failure := await _try(client, sandbox_id)) is not None:
        attempts += 1
        if attempts == ATTEMPTS:
            raise failure
        await asyncio.sleep(PAUSE_S * attempts)


async def _try(client: Deleter, sandbox_id: str) -> ControllerError | None:
    """The failure, if another attempt may help."""
    try:
        if await client.delete(sandbox_id):
            await client.get(sandbox_id)
            return ControllerFailedError(f"the controller still has sandbox {sandbox_id}")
    except SandboxNotFoundError:
        pass  # confirmed
    except (UnauthorizedError, RequestRefusedError):
        raise
    except ControllerError as error:
        return error
    return None
