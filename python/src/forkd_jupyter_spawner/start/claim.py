"""Says that a sandbox is somebody's before it is a user's server.

The sweep of another hub that has lost an answer deletes what nobody has claimed for a while
(see leftovers/lost_creates). A start activates its sandbox at once, which is a claim; where an
operator's hook comes first, which may take as long as it likes, the start claims it in so many
words.
"""

from __future__ import annotations

from typing import Any

from ..controller.client import ControllerClient
from ..errors import GuestError


async def claim(client: ControllerClient, sandbox_id: str, nonce: str, log: Any) -> None:
    """Costs one request. A guest of an older release can't be told, and its start goes on."""
    try:
        await client.claim(sandbox_id, nonce)
    except GuestError as error:
        log.warning(
            "Sandbox %s cannot be claimed while c.ForkdSpawner.after_created_hook runs (%s): its "
            "snapshot is of an older release. The sweep of another hub at the same controller "
            "could take it for a sandbox that it has lost: build the snapshot again",
            *(sandbox_id, error),
        )
