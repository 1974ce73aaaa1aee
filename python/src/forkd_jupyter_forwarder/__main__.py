"""`python -m forkd_jupyter_forwarder`: runs until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import asyncio
import grp
import ipaddress
import logging
import os
import resource
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from . import __version__
from .control import MAX_REQUEST_BYTES, Control
from .errors import ForwarderError
from .forwards import Forwards
from .memory import Memory
from .namespaces import Namespaces
from .supervision import tell_supervisor

DEFAULT_SOCKET = Path("/run/forkd-forwarder/control.sock")
DEFAULT_ADDRESSES = ipaddress.IPv4Network("127.44.0.0/16")
LOOPBACK = ipaddress.IPv4Network("127.0.0.0/8")

log = logging.getLogger("forkd_jupyter_forwarder")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; 0: told to end, 1: it can't run, with a sentence on standard error."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    _allow_many_connections()
    try:
        asyncio.run(_run(options))
    except (ForwarderError, OSError) as error:
        log.error("%s", error)  # noqa: TRY400 (a sentence, no traceback)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="forkd-jupyter-forwarder", description=__doc__)
    parser.add_argument(
        "--socket",
        type=Path,
        default=DEFAULT_SOCKET,
        metavar="PATH",
        help=f"the Unix socket for hubs (default: {DEFAULT_SOCKET})",
    )
    parser.add_argument(
        "--socket-group",
        metavar="GROUP",
        help="the system's group whose members may use it (default: its owner only)",
    )
    parser.add_argument(
        "--addresses",
        type=_loopback_network,
        default=DEFAULT_ADDRESSES,
        metavar="NETWORK",
        help=f"part of {LOOPBACK} for the sandboxes' addresses (default: {DEFAULT_ADDRESSES})",
    )
    parser.add_argument("--version", action="version", version=__version__)
    return parser


def _loopback_network(text: str) -> ipaddress.IPv4Network:
    network = ipaddress.IPv4Network(text)
    if not network.subnet_of(LOOPBACK):
        raise argparse.ArgumentTypeError(f"{text} is not part of {LOOPBACK}")
    return network


async def _run(options: argparse.Namespace) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    namespaces = Namespaces()
    forwards = Forwards(namespaces, options.addresses)
    memory = Memory(options.socket.with_suffix(".json"), forwards)
    listener = _listen(options.socket, options.socket_group)
    try:
        await memory.restore()
        control = Control(forwards, memory.save)
        server = await asyncio.start_unix_server(
            control.serve, sock=listener, limit=MAX_REQUEST_BYTES
        )
        log.info("forwarder %s: %s", __version__, options.socket)
        tell_supervisor("READY=1")
        await ended.wait()
        server.close()
    finally:
        # What is open stays in the file: whoever starts the forwarder again means to go on.
        for forward in forwards.all:
            forwards.close(forward.sandbox)
        namespaces.close()
        options.socket.unlink(missing_ok=True)


def _listen(path: Path, group: str | None) -> socket.socket:
    group_id = -1 if group is None else _group_id(group)
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    _remove_left_over(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    old_mask = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(old_mask)
    if group is not None:
        os.chown(path, -1, group_id)
        path.chmod(0o660)
    listener.listen()
    return listener


def _group_id(group: str) -> int:
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        raise ForwarderError(f"--socket-group {group}: the system has no such group") from None


def _remove_left_over(path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except FileNotFoundError:
            return
        except ConnectionRefusedError:
            path.unlink()
            return
    raise ForwarderError(f"another forwarder listens on {path}; give this one another --socket")


def _allow_many_connections() -> None:
    """Each takes two descriptors, and a shell's limit is often 1024."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    sys.exit(main())
