"""systemd's notification protocol (sd_notify(3))."""

from __future__ import annotations

import os
import socket


def tell_supervisor(state: str) -> None:
    """Tell it, if there is one that listens; it gives abstract addresses with an `@`."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as connection:
        connection.sendto(state.encode(), address.replace("@", "\0", 1))
