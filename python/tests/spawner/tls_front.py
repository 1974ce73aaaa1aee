"""A TLS endpoint in front of a controller, as a proxy on its host would be."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from certipy import Certipy


@dataclass(frozen=True)
class TlsFront:
    """Where it listens, and the file by which it is trusted."""

    url: str
    ca_file: str


@contextlib.asynccontextmanager
async def tls_front(url: str, folder: Path) -> AsyncIterator[TlsFront]:
    """Listen with a certificate for 127.0.0.1 that an authority made for it has signed."""
    certificates = Certipy(store_dir=str(folder))
    authority = certificates.create_ca("authority")["files"]["cert"]
    pair = certificates.create_signed_pair("front", "authority", alt_names=["IP:127.0.0.1"])
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pair["files"]["cert"], pair["files"]["key"])
    port = int(url.rpartition(":")[2])
    open_ends: set[asyncio.StreamWriter] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        open_ends.update({writer, inner_writer})
        await asyncio.gather(_pass_on(reader, inner_writer), _pass_on(inner_reader, writer))

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context)
    front_port = server.sockets[0].getsockname()[1]
    yield TlsFront(f"https://127.0.0.1:{front_port}", str(authority))
    server.close()
    for writer in open_ends:
        writer.transport.abort()
    for writer in open_ends:
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
