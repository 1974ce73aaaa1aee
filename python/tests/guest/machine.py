"""A machine's PID 1 in namespaces of its own, where a microVM would have a kernel of its own."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

ACCOUNT = "forkduser"
UID = 4711
HOME = f"/run/home/{ACCOUNT}"

_NAMESPACES = ["--mount", "--pid", "--uts", "--net", "--ipc", "--fork", "--kill-child"]
_UNSHARE = ["unshare", *_NAMESPACES, "--mount-proc"]

HOST, GUEST = "10.42.0.1", "10.42.0.2"
"""The two ends of its network, as a microVM's."""

# What root keeps for itself is shown to all, in this namespace only: the interpreter may be there.
_START = """
set -eu
cp /etc/passwd /etc/group "$1"
echo "$2:x:$3:$3::$4:/bin/sh" >> "$1/passwd"
echo "$2:x:$3:" >> "$1/group"
mount --bind "$1/passwd" /etc/passwd
mount --bind "$1/group" /etc/group
if [ "$(stat -c %a /root)" = 700 ]; then
    mkdir "$1/root"
    mount --bind /root "$1/root"
    mount -t tmpfs -o mode=755 tmpfs /root
    for folder in "$1"/root/.[!.]* "$1"/root/*; do
        if [ -d "$folder" ]; then
            mkdir "/root/${folder##*/}"
            mount --bind "$folder" "/root/${folder##*/}"
        fi
    done
fi
ip link add eth0 type veth peer name forkd-tap0 netns "$5"
ip addr add "$6/24" dev eth0
ip link set eth0 up
ip -n "$5" addr add "$7/24" dev forkd-tap0
ip -n "$5" link set forkd-tap0 up
shift 7
exec "$@"
"""


def can_be_made() -> bool:
    """Whether this user may make namespaces and mounts."""
    if os.geteuid() != 0 or not all(map(shutil.which, ("unshare", "ip"))):
        return False
    return subprocess.run([*_UNSHARE, "true"], capture_output=True, check=False).returncode == 0  # noqa: S603


class Machine:
    """`python -m forkd_jupyter_guest init`, as the PID 1 that it has to be."""

    def __init__(self, directory: Path, *arguments: str) -> None:
        """`arguments`: more words of the kernel's command line."""
        self._console = directory / "console"
        self._outside = f"forkd-test-{secrets.token_hex(4)}"
        subprocess.run(["ip", "netns", "add", self._outside], check=True)  # noqa: S603, S607 (the system's own)
        words = [
            f"forkd.account={ACCOUNT}",
            "forkd.size=/run:64m",
            # The interpreter, or the sources, may be in one of these.
            *(f"forkd.size={folder}:none" for folder in ("/tmp", "/var/tmp", "/home")),  # noqa: S108
            *arguments,
        ]
        command = [*_UNSHARE, "sh", "-c", _START, "start", str(directory)]
        command += [ACCOUNT, str(UID), HOME, self._outside, GUEST, HOST]
        command += [sys.executable, "-m", "forkd_jupyter_guest", "init"]
        with self._console.open("wb") as console:
            self.process = subprocess.Popen(  # noqa: S603 (our own program)
                command,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                env={**os.environ, "FORKD_BOOT_ARGUMENTS": " ".join(words)},
                start_new_session=True,
            )

    @property
    def console(self) -> str:
        """What it has said so far."""
        return self._console.read_text()

    @property
    def pid(self) -> int:
        """Its PID 1, as the host counts."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return int(children.read_text().split()[0])

    @property
    def is_warm(self) -> bool:
        """Whether the agent listens; a machine that has ended is a failure."""
        assert self.process.poll() is None, self.console
        return "agent listening" in self.console

    def outside(self, *command: str) -> str:
        """Run a program where a host has its end of the network; what it printed."""
        return self._run("ip", "netns", "exec", self._outside, *command)

    def inside(self, *command: str) -> str:
        """Run a program in its network, outside of its other namespaces; what it printed."""
        return self._run("nsenter", f"--target={self.pid}", "--net", "--", *command)

    def _run(self, *command: str) -> str:
        result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        assert result.returncode == 0, f"{result.stderr}\n{self.console}"
        return result.stdout

    def close(self) -> None:
        """End it with all its processes, if it hasn't ended."""
        self.process.kill()
        self.process.wait()
        subprocess.run(["ip", "netns", "delete", self._outside], check=True)  # noqa: S603, S607 (the system's own)
