"""What one clone costs: processor time, page faults and private memory of each of its processes.

Drives one warm parent without controller, hub or proxy, one clone at a time, and reads
/proc after each step of a user's start. Processor time, because a busy machine distorts it
less than wall time. A second kernel, from its request to the end of its first cell, is timed
as its user would: by the clock.

    PYTHON python/tests/guest/measure_clone.py [CLONES]

with the Python of the tests' environment (`npx forkd-spawner setup --for-tests` prints it).
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from guest.harness import Parent, Sandbox, StubHub

CLONES = 20
WARM_UPS = 3
ROLES = ("agent", "server", "kernel")
CELL = "1 + 1"

Figures = dict[tuple[str, str], list[tuple[float, int, float]]]


def read(pid: int) -> tuple[float, int, float]:
    """Milliseconds of processor time, page faults, MiB of private memory: so far."""
    process = Path(f"/proc/{pid}")
    tasks = (process / "task").iterdir()
    used = sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e6
    faults = int((process / "stat").read_text().rpartition(")")[2].split()[7])
    rollup = (process / "smaps_rollup").read_text().splitlines()[1:]
    sizes = {
        name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in rollup)
    }
    return used, faults, (sizes["Private_Dirty"] + sizes["Private_Clean"]) / 1024


async def run_one(
    parent: Parent, hub: StubHub, figures: Figures, second_kernel_ms: list[float]
) -> None:
    (sandbox,) = await parent.fork()
    try:
        reply = await sandbox.activate(hub)
        assert reply["error"] is None, reply["error"]
        await measure(sandbox, reply["result"], figures)
        started = time.perf_counter()
        await sandbox.run(CELL)
        second_kernel_ms.append((time.perf_counter() - started) * 1000)
    finally:
        await parent.kill(sandbox)


async def measure(sandbox: Sandbox, result: str, figures: Figures) -> None:
    activation = json.loads(result)
    pids = dict(
        zip(
            ROLES,
            (sandbox.pid, activation["server"]["pid"], activation["kernel"]["pid"]),
            strict=True,
        )
    )

    def note(step: str) -> None:
        for role, pid in pids.items():
            figures[step, role].append(read(pid))

    note("ready")
    kernel_id = await sandbox.start_kernel()
    note("kernel created")
    await sandbox.run(CELL, kernel_id)
    note("cell 1 done")


def show(figures: Figures) -> None:
    print(f"{'':16}{'process':10}{'ms':>8}{'faults':>9}{'MiB':>8}   (medians, from the fork on)")
    for step in dict.fromkeys(step for step, _ in figures):
        totals = [0.0, 0.0, 0.0]
        for role in ROLES:
            rows = figures[step, role][WARM_UPS:]
            values = [statistics.median(column) for column in zip(*rows, strict=True)]
            totals = [total + value for total, value in zip(totals, values, strict=True)]
            print(f"{step:16}{role:10}{values[0]:8.1f}{values[1]:9.0f}{values[2]:8.1f}")
        print(f"{step:16}{'all':10}{totals[0]:8.1f}{totals[1]:9.0f}{totals[2]:8.1f}")


async def main(clones: int) -> None:
    hub = StubHub()
    hub.open()
    with tempfile.TemporaryDirectory(prefix="forkd-bench-") as folder:
        parent = Parent(Path(folder))
        try:
            ready = await parent.open()
            assert ready["event"] == "ready", ready
            figures: Figures = defaultdict(list)
            second_kernel_ms: list[float] = []
            for _ in range(WARM_UPS + clones):
                await run_one(parent, hub, figures, second_kernel_ms)
        finally:
            await parent.close()
    await hub.close()
    show(figures)
    times = second_kernel_ms[WARM_UPS:]
    print(
        f"second kernel, request to the end of a cell, ms: "
        f"min {min(times):.0f}, median {statistics.median(times):.0f}, max {max(times):.0f}"
    )


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else CLONES))
