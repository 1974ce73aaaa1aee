"""A history that goes with its sandbox waits for no disk; one that lasts does."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness import Sandbox, StubHub

SYNCHRONOUS = "get_ipython().history_manager.db.execute('PRAGMA synchronous').fetchone()[0]"
"""SQLite's answer: 0 is OFF, 2 is FULL, its default."""

FIND = (
    "sum('a_cell_of_mine' in row[2] for row in get_ipython().history_manager.search('a_cell_of*'))"
)


async def test_a_history_in_the_sandbox_waits_for_no_disk(active: Sandbox) -> None:
    assert await active.run(SYNCHRONOUS) == "0"


async def test_a_history_in_a_home_that_lasts_is_written_as_ever(
    sandbox: Sandbox, hub: StubHub, tmp_path: Path
) -> None:
    reply = await sandbox.activate(hub, environment={"HOME": str(tmp_path)})
    assert reply["error"] is None, reply["error"]
    assert await sandbox.run(SYNCHRONOUS) == "2"
    assert (tmp_path / ".ipython" / "profile_default" / "history.sqlite").exists()


async def test_the_next_kernel_finds_what_the_last_one_ran(active: Sandbox) -> None:
    assert await active.run("a_cell_of_mine = 41; a_cell_of_mine + 1") == "42"
    kernel_id = await active.start_kernel()
    async with asyncio.timeout(60):
        # A thread of the first kernel writes it, some time.
        while await active.run(FIND, kernel_id) != "1":
            pass
