"""Ends a sandbox for certain."""

from __future__ import annotations

import asyncio

from .client import ControllerClient
from .errors import ControllerError, RequestRefusedError, UnauthorizedError

ATTEMPTS = 3
PAUSE_S = 0.3


async def delete_for_certain(client: ControllerClient, sandbox_id: str) -> None:
    """Delete a sandbox; one that is gone already is as good. Raises when it can't."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            await client.delete(sandbox_id)
        except (UnauthorizedError, RequestRefusedError):
            raise
        except ControllerError:
            if attempt == ATTEMPTS:
                raise
            await asyncio.sleep(PAUSE_S * attempt)
        else:
            return
