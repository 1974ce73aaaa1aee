"""What the forwarder costs: throughput, round trips and memory, next to connections without it.

A namespace stands in for a microVM's; server and client are processes of their own, and the
direct connection is made inside the namespace. Direct and forwarded take turns.

    PYTHON python/tests/forwarder/measure_forwarder.py [ROUNDS]

as root, with the Python of the tests' environment (which `npx forkd-spawner setup --for-tests`
prints).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import select
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
from forwarder.process import ForwarderProcess
from namespaces import namespace_with

ROUNDS = 6
GUEST = "10.42.0.2"
STREAM, ECHO = 8000, 9001
STREAM_BYTES = 4 << 30
CHUNK = 1 << 20
CONNECTIONS = 100
ROUND_TRIPS = 30
"""Each connection makes so many, one after another."""
PAUSE_S = 0.1
"""A connection rests so long between two of them: they are people's."""
IDLE = 2000
MESSAGE = b"m" * 200
UPGRADE = b"GET /ws HTTP/1.1\r\nHost: guest\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"


async def serve() -> None:
    """In the namespace: takes all of a stream and says how much it was; gives back messages."""
    loop = asyncio.get_running_loop()

    async def take(connection: socket.socket) -> None:
        buffer, taken = bytearray(CHUNK), 0
        while count := await loop.sock_recv_into(connection, buffer):
            taken += count
        await loop.sock_sendall(connection, str(taken).encode())
        connection.close()

    async def listen(port: int, handle: Callable[[socket.socket], Any]) -> None:
        listener = socket.create_server((GUEST, port), backlog=4096)
        listener.setblocking(False)
        while True:
            connection, _ = await loop.sock_accept(listener)
            connection.setblocking(False)
            asyncio.create_task(handle(connection)).add_done_callback(lambda task: task.result())

    async def echo(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(ConnectionResetError):  # the forwarder has ended
            while data := await loop.sock_recv(connection, CHUNK):
                await loop.sock_sendall(connection, data)
        connection.close()

    print("listening", flush=True)  # noqa: T201 (whoever started it waits for this)
    await asyncio.gather(listen(STREAM, take), listen(ECHO, echo))


def stream(host: str) -> float:
    """Send a stream; bytes per second, until the other end has all of it."""
    started = time.perf_counter()
    with socket.create_connection((host, STREAM)) as connection:
        data = memoryview(bytes(CHUNK))
        for _ in range(STREAM_BYTES // CHUNK):
            connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        assert int(connection.recv(100)) == STREAM_BYTES
    return STREAM_BYTES / (time.perf_counter() - started)


def round_trips(host: str) -> list[float]:
    """Milliseconds of each, on many connections at once.

    With asyncio's streams, which take as long as the forwarder, the processes would wait for each
    other's processors.
    """
    poll = select.epoll()
    connections: dict[int, socket.socket] = {}
    for _ in range(CONNECTIONS):
        connection = socket.create_connection((host, ECHO))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connections[connection.fileno()] = connection
        poll.register(connection, select.EPOLLIN)
    found: list[float] = []
    sent: dict[int, float] = {}

    def take(wait_s: float) -> None:
        for number, _ in poll.poll(wait_s):
            connections[number].recv(CHUNK)
            found.append((time.perf_counter() - sent.pop(number)) * 1000)

    started = time.perf_counter()
    # Spread over the pause: together they would only wait for each other.
    due = [
        (started + PAUSE_S * (turn + number / CONNECTIONS), connection)
        for turn in range(ROUND_TRIPS)
        for number, connection in enumerate(connections.values())
    ]
    for moment, connection in due:
        while (wait_s := moment - time.perf_counter()) > 0 or connection.fileno() in sent:
            take(-1 if connection.fileno() in sent else max(0.0, wait_s))
        sent[connection.fileno()] = time.perf_counter()
        connection.sendall(MESSAGE)
    while sent:
        take(-1)
    return found


async def idle(forwarder: ForwarderProcess, host: str) -> float:
    """MiB that the forwarder takes for each of many WebSockets that say nothing."""
    assert forwarder.process is not None
    before = _memory_mib(forwarder.process.pid)
    connections = [await asyncio.open_connection(host, ECHO) for _ in range(IDLE)]
    for reader, writer in connections:
        writer.write(UPGRADE)
        await reader.readexactly(len(UPGRADE))
    taken = _memory_mib(forwarder.process.pid) - before
    print(f"{IDLE} idle WebSockets: {before:.1f} MiB without, {taken:.1f} MiB more with them")  # noqa: T201
    for _, writer in connections:
        writer.close()
    return before + taken


def _memory_mib(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Rss:")) / 1024


def percentile(values: list[float], share: float) -> float:
    """By rank."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def _client(kind: str, host: str, namespace: str | None) -> Any:
    """In a process of its own, for both alike."""
    inside = [] if namespace is None else ["ip", "netns", "exec", namespace]
    command = [*inside, sys.executable, __file__, "--client", kind, host]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)  # noqa: S603


async def main(rounds: int) -> None:
    """Measure, and print what was found."""
    name = f"forwarder-measure-{os.getpid()}"
    with (
        namespace_with(name, "10.42.0.1/24", f"{GUEST}/24"),
        tempfile.TemporaryDirectory() as folder,
    ):
        command = ["ip", "netns", "exec", name, sys.executable, __file__, "--serve"]
        server = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
        forwarder = ForwarderProcess(Path(folder))
        try:
            assert server.stdout is not None
            await server.stdout.readline()
            await forwarder.start()
            opened = await forwarder.ask(
                {"op": "open", "sandbox": "sb-1", "netns": name, "hub": ["127.0.0.1", 9]}
            )
            host = opened["host"]
            await forwarder.ask({"op": "expose", "sandbox": "sb-1", "ports": [STREAM, ECHO]})
            await _measure(name, host, rounds)
            await idle(forwarder, host)
        finally:
            await forwarder.end()
            server.kill()
            await server.wait()


async def _measure(name: str, host: str, rounds: int) -> None:
    rates: dict[str, list[float]] = {"direct": [], "forwarded": []}
    times: dict[str, list[list[float]]] = {"direct": [], "forwarded": []}
    for _ in range(rounds):
        for way, address, namespace in (("direct", GUEST, name), ("forwarded", host, None)):
            rates[way].append(_client("stream", address, namespace))
            times[way].append(_client("round-trips", address, namespace))
    for way, found in rates.items():
        text = ", ".join(f"{rate / 1e9:.2f}" for rate in found)
        print(f"one stream, {way}: {statistics.median(found) / 1e9:.2f} GB/s ({text})")  # noqa: T201
    ratio = statistics.median(rates["forwarded"]) / statistics.median(rates["direct"])
    print(f"forwarded / direct: {ratio:.2f}")  # noqa: T201
    print(f"round trips of {CONNECTIONS} connections, ms, as median of {rounds} rounds:")  # noqa: T201
    for share in (0.5, 0.95, 0.99):
        cuts = {way: [percentile(each, share) for each in found] for way, found in times.items()}
        direct, forwarded = (statistics.median(found) for found in cuts.values())
        texts = [", ".join(f"{cut:.2f}" for cut in found) for found in cuts.values()]
        print(  # noqa: T201
            f"  p{round(share * 100)}: direct {direct:.3f} ({texts[0]}), forwarded "
            f"{forwarded:.3f} ({texts[1]}): {forwarded - direct:+.3f}"
        )


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--serve"]:
            asyncio.run(serve())
        case ["--client", "stream", address]:
            print(json.dumps(stream(address)))  # noqa: T201
        case ["--client", "round-trips", address]:
            print(json.dumps(round_trips(address)))  # noqa: T201
        case rest:
            asyncio.run(main(int(rest[0]) if rest else ROUNDS))
