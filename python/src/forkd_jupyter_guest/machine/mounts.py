"""The file systems of a microVM: the kernel's own, and what is writable above a read-only root.

All clones of a snapshot share their root disk: writing to it would corrupt it,
so everything that is written is kept in memory (tmpfs).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from . import posix
from .boot_arguments import NOT_MOUNTED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

STICKY = frozenset({"/tmp", "/var/tmp", "/dev/shm"})  # noqa: S108 (a machine's own)
"""Where everybody may write, and only an owner may remove."""

DEVICE_LINKS = {
    "fd": "/proc/self/fd",
    "stdin": "/proc/self/fd/0",
    "stdout": "/proc/self/fd/1",
    "stderr": "/proc/self/fd/2",
}
"""Names in /dev that the kernel leaves to a machine's init."""


class MountError(Exception):
    """A file system could not be mounted; the text names it and the reason."""


@dataclass(frozen=True)
class Mount:
    """One call of mount(2)."""

    target: str
    kind: str
    flags: int = posix.MS_NOSUID
    options: str = ""


KERNEL_MOUNTS = (
    Mount("/proc", "proc", posix.MS_NOSUID | posix.MS_NODEV | posix.MS_NOEXEC),
    Mount("/sys", "sysfs", posix.MS_NOSUID | posix.MS_NODEV | posix.MS_NOEXEC),
    Mount("/dev", "devtmpfs", options="mode=0755"),
    Mount("/dev/pts", "devpts", posix.MS_NOSUID | posix.MS_NOEXEC, "mode=0620,ptmxmode=0666"),
)


def writable_mounts(sizes: Mapping[str, str]) -> Iterator[Mount]:
    """The tmpfs of each folder that has a size."""
    for target, size in sizes.items():
        if size != NOT_MOUNTED:
            mode = "1777" if target in STICKY else "0755"
            flags = posix.MS_NOSUID | posix.MS_NODEV
            yield Mount(target, "tmpfs", flags, f"mode={mode},size={size}")


def mount_all(sizes: Mapping[str, str], root: Path = Path("/")) -> None:
    """Mount what is not mounted yet; raises MountError. `root`: where the tree begins (tests)."""
    for mount in (*KERNEL_MOUNTS, *writable_mounts(sizes)):
        target = root / mount.target.lstrip("/")
        if not target.is_mount():
            _mount(mount, target)
    _link_devices(root / "dev")


def _mount(mount: Mount, target: Path) -> None:
    try:
        # In /dev also folders are the kernel's; elsewhere the root disk must have them.
        target.mkdir(exist_ok=True)
        posix.mount(mount.kind, str(target), mount.kind, mount.flags, mount.options)
    except OSError as error:
        what = f"{mount.kind} on {target}" + (f" ({mount.options})" if mount.options else "")
        raise MountError(f"cannot mount {what}: {os.strerror(error.errno or 0)}") from error


def _link_devices(folder: Path) -> None:
    for name, target in DEVICE_LINKS.items():
        link = folder / name
        if not link.is_symlink():
            link.symlink_to(target)
