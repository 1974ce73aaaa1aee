"""Sockets that belong to a network namespace other than this process's own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from forkd_jupyter_common.netns import enter_network_namespace

from .errors import NoSuchNamespaceError, NotPermittedError

NAMED_NAMESPACES = Path("/run/netns")
"""Where iproute2 keeps those that have a name."""

_Socket = TypeVar("_Socket")


class Namespaces:
    """Makes sockets in namespaces, from one helper thread.

    A socket belongs to the namespace that its thread is in when it is made, and can then be used
    from anywhere. Only the helper thread ever enters one, and it makes nothing without entering
    first, so it need not return.
    """

    def __init__(self, folder: Path = NAMED_NAMESPACES) -> None:
        """`folder`: of the namespaces' names."""
        self._folder = folder
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="netns")

    async def socket(self, namespace: str) -> socket.socket:
        """A TCP socket of the namespace, not blocking."""
        return await self._inside(namespace, tcp_socket)

    async def listener(self, namespace: str, address: str, port: int) -> socket.socket:
        """A socket that listens there; raises OSError when somebody else does."""
        return await self._inside(namespace, lambda: listening_socket(address, port))

    def close(self) -> None:
        """End the helper thread; sockets that it has made stay."""
        self._thread.shutdown(wait=False)

    async def _inside(self, namespace: str, make: Callable[[], _Socket]) -> _Socket:
        def enter_and_make() -> _Socket:
            self._enter(namespace)
            return make()

        return await asyncio.get_running_loop().run_in_executor(self._thread, enter_and_make)

    def _enter(self, namespace: str) -> None:
        try:
            enter_network_namespace(str(self._folder / namespace))
        except FileNotFoundError:
            raise NoSuchNamespaceError(
                f"there is no network namespace {namespace} on this host (`ip netns list`)"
            ) from None
        except OSError as error:
            raise NotPermittedError(
                f"the forwarder cannot enter the network namespace {namespace}: "
                f"{error.strerror}; it needs CAP_SYS_ADMIN"
            ) from None


def listening_socket(address: str, port: int) -> socket.socket:
    """A TCP socket that listens, not blocking; raises OSError when somebody else does."""
    listener = tcp_socket()
    try:
        # Connections of the sandbox before may linger on in TIME_WAIT.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


BACKLOG = 1024
"""A page of JupyterLab opens dozens of connections at once, and many users may come together."""


def tcp_socket() -> socket.socket:
    """A TCP socket, not blocking.

    It says that it is one: asyncio turns Nagle's algorithm off for those only, and a message that
    is sent in two parts would wait 40 ms for an acknowledgement.
    """
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setblocking(False)
    return made
