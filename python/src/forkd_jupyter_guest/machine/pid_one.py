"""What a machine's PID 1 owes besides mounts: loopback, its name files, limits, and an end."""

from __future__ import annotations

import contextlib
import fcntl
import os
import resource
import secrets
import signal
import socket
import struct
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from . import posix

if TYPE_CHECKING:
    from types import FrameType

    from .boot_arguments import BootArguments

RUN = Path("/run")
"""Where resolv.conf, hosts, localtime and machine-id of the root disk's /etc lead to."""

ZONES = Path("/usr/share/zoneinfo")

PTP_CLOCKS = Path("/sys/class/ptp")

MOST_OPEN_FILES = 524_288
"""As systemd sets it; the kernel's own is 4096."""

GRACE_S = 5.0
"""For processes that were asked to end, before they are ended."""

_SIOCGIFFLAGS = 0x8913
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 0x1
_RNDRESEEDCRNG = 0x5207


def bring_up_loopback() -> None:
    """Kernels listen there, and a new network namespace or machine has it down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(any_socket, _SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))


def write_name_files(arguments: BootArguments, folder: Path = RUN) -> None:
    """The files in /run that stand for those of a read-only /etc."""
    nameserver = arguments.nameserver
    # Without any, the resolver would ask 127.0.0.1, which refuses at once: as good as an answer.
    resolver = f"nameserver {nameserver}\noptions timeout:2 attempts:2\n" if nameserver else ""
    (folder / "resolv.conf").write_text(resolver, encoding="ascii")
    write_hosts(os.uname().nodename, folder)
    write_machine_id(folder)
    localtime = folder / "localtime"
    localtime.unlink(missing_ok=True)
    localtime.symlink_to(ZONES / arguments.time_zone)


def write_hosts(name: str, folder: Path = RUN) -> None:
    """Have the machine's own name resolve without DNS, also after it has changed."""
    text = f"127.0.0.1 localhost\n127.0.1.1 {name}\n::1 localhost ip6-localhost\n"
    (folder / "hosts").write_text(text, encoding="ascii")


def write_machine_id(folder: Path = RUN) -> None:
    """A new one: that of a snapshot would be the same in all its clones."""
    (folder / "machine-id").write_text(f"{secrets.token_hex(16)}\n", encoding="ascii")


def host_clock_unix_s() -> float | None:
    """The host's clock, by KVM; None where the guest's kernel has no driver for it.

    ref: Linux, drivers/ptp/ptp_kvm_common.c (CONFIG_PTP_1588_CLOCK_KVM)
    """
    for clock in sorted(PTP_CLOCKS.glob("ptp*")):
        try:
            if (clock / "clock_name").read_text(encoding="ascii").strip() != "KVM virtual PTP":
                continue
            descriptor = os.open(f"/dev/{clock.name}", os.O_RDONLY)
            try:
                # The kernel's number for the clock behind a descriptor: FD_TO_CLOCKID.
                return time.clock_gettime((~descriptor << 3) | 3)
            finally:
                os.close(descriptor)
        except OSError:
            continue
    return None


def renew_random_pool() -> None:
    """Have the kernel's random numbers differ from those of the snapshot's other clones.

    A guest's kernel learns of its restore by VMGenID where it has a driver for it. So as not to
    depend on that, the pool gets bytes from the host's entropy device, and is made to use them.
    """
    with (
        contextlib.suppress(OSError),
        Path("/dev/hwrng").open("rb", buffering=0) as source,
        Path("/dev/urandom").open("wb", buffering=0) as pool,
    ):
        pool.write(source.read(64))
        fcntl.ioctl(pool, _RNDRESEEDCRNG)


def raise_limits() -> None:
    """Let processes open more files than the kernel's default, up to the usual."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, MOST_OPEN_FILES))


def obey_signals() -> None:
    """SIGTERM (`kill 1`) and SIGINT (Ctrl-Alt-Del, as Firecracker sends it) end the machine."""
    pid = os.getpid()

    def end(number: int, _frame: FrameType | None) -> None:
        if os.getpid() != pid:
            # A child that has not yet put its own handlers in place.
            os._exit(128 + number)
        switch_off(signal.Signals(number).name)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    with contextlib.suppress(OSError):
        posix.reboot(posix.RB_DISABLE_CAD)


def switch_off(why: str) -> NoReturn:
    """End all processes, in order, and then the machine."""
    print(f"forkd: switching off: {why}", flush=True)  # noqa: T201 (the serial console)
    end_processes()
    os.sync()
    # Firecracker ends when its guest reboots; it has no power button to press.
    posix.reboot(posix.RB_AUTOBOOT)
    os._exit(0)


def end_processes(grace_s: float = GRACE_S) -> None:
    """SIGTERM to all but this one, a bounded wait, SIGKILL; returns when none is left."""
    for number, limit_s in ((signal.SIGTERM, grace_s), (signal.SIGKILL, grace_s)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, number)
        if _all_ended(limit_s):
            return


def _all_ended(limit_s: float) -> bool:
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return True
        if pid == 0:
            time.sleep(0.01)
    return False
