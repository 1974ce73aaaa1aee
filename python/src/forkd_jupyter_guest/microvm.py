"""What runs inside a microVM: the agent, in the very process that is warm.

`python -m forkd_jupyter_guest agent` runs it where another init has made the machine usable;
`init` (see there) is PID 1 itself.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from .machine.site import AGENT_PORT, EVERY_ADDRESS, SandboxSite

if TYPE_CHECKING:
    from collections.abc import Callable


def warm_up_and_serve(site: SandboxSite, say: Callable[[str], None]) -> NoReturn:
    """Warm up, then serve the agent in this very process: what runs inside a microVM.

    Its port is open, and pings are answered, from when on a snapshot can be taken.
    """
    # Importing it is the first step of it.
    from .warm import ladder  # noqa: PLC0415

    ladder.warm_up(lambda step, _: say(step))
    # Both import what is warm by now.
    from .agent.listeners import listen  # noqa: PLC0415
    from .agent.serving import serve  # noqa: PLC0415

    site.directory.mkdir(parents=True, exist_ok=True)
    ladder.keep_shared()
    listener = listen(site.address)
    say(f"agent listening on {site.address}:{AGENT_PORT}")
    serve(site, listener)


def main() -> NoReturn:
    """The same without being PID 1, where another init has made the machine usable."""
    directory = Path(os.environ.get("FORKD_SANDBOX_DIR", tempfile.gettempdir())) / "forkd"
    site = SandboxSite("vm", EVERY_ADDRESS, directory, is_vm=os.getpid() == 1)
    warm_up_and_serve(site, lambda text: print(f"forkd: {text}", flush=True))  # noqa: T201 (its log)
