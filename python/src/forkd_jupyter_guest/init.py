"""PID 1 of a microVM: makes the machine usable, then warms up and serves the agent in this process.

There is no other init: activation forks the user's server from the very process
that is warm (docs/architecture.md, 'One path for both worlds'), and that is what
the kernel starts.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from .machine import pid_one
from .machine.account import Account
from .machine.boot_arguments import BootArguments
from .machine.mounts import mount_all
from .machine.site import EVERY_ADDRESS, SandboxSite

if TYPE_CHECKING:
    from collections.abc import Callable

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def main() -> NoReturn:
    """Be the machine's init; whatever goes wrong is on the console, and switches it off."""
    if os.getpid() != 1:
        # It mounts over /home, and ends every process that it can see.
        sys.exit("forkd: 'init' is for PID 1 of a microVM; elsewhere use 'agent'")
    started = time.monotonic()

    def say(text: str) -> None:
        print(f"forkd: [{time.monotonic() - started:7.1f} s] {text}", flush=True)  # noqa: T201 (the serial console)

    try:
        site = set_up(say)
        # Not before: Python would look for what it imports, and numpy for processors.
        from .microvm import warm_up_and_serve  # noqa: PLC0415

        warm_up_and_serve(site, say)
    except BaseException as error:  # noqa: BLE001 (PID 1 that ends is a kernel panic)
        traceback.print_exc()
        pid_one.switch_off(f"{type(error).__name__}: {error}")


def set_up(say: Callable[[str], None]) -> SandboxSite:
    """Mounts, network, files, signals; returns where the user's server will live."""
    # The arguments are in /proc, and their sizes are needed for the rest.
    mount_all({})
    arguments = BootArguments.of_this_machine()
    mount_all(arguments.sizes)
    say(f"mounted {', '.join(arguments.sizes)}")
    pid_one.bring_up_loopback()
    pid_one.write_name_files(arguments)
    pid_one.raise_limits()
    pid_one.obey_signals()
    # The kernel makes a variable of its init's environment of each word that it doesn't know.
    os.environ.clear()
    os.environ.update(environment(arguments))
    time.tzset()
    account = Account.named(arguments.account)
    say(f"users' processes run as {account.name} ({account.uid}:{account.gid})")
    return SandboxSite("vm", EVERY_ADDRESS, Path("/run/forkd"), is_vm=True, account=account)


def environment(arguments: BootArguments) -> dict[str, str]:
    """What every process of the machine has."""
    folder = str(Path(sys.executable).parent)
    return {
        "PATH": f"{folder}:{PATH}",
        "LANG": "C.UTF-8",
        "HOME": "/root",
        "TZ": arguments.time_zone,
        **arguments.environment,
    }
