"""The kernel counts whom it has ended for want of memory, without names."""

from __future__ import annotations

from pathlib import Path

import pytest

from forkd_jupyter_guest.machine import memory_kills
from forkd_jupyter_guest.machine.memory_kills import UNCLAIMED_S, MemoryKills
from forkd_jupyter_guest.machine.reactor import ChildExit

KILLED = ChildExit(1, None, 9)


class Counters:
    """A cgroup's, and a clock."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._events = folder / "sandbox" / "memory.events"
        self._events.parent.mkdir()
        self.count(0)
        self.now_s = 1000.0
        membership = folder / "cgroup"
        membership.write_text("0::/sandbox\n")
        monkeypatch.setattr(memory_kills, "CGROUPS", folder)
        monkeypatch.setattr(memory_kills, "OWN_CGROUPS", membership)
        monkeypatch.setattr(memory_kills, "monotonic", lambda: self.now_s)

    def count(self, kills: int) -> None:
        self._events.write_text(f"oom {kills}\noom_kill {kills}\n")


@pytest.fixture
def counters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Counters:
    return Counters(tmp_path, monkeypatch)


def test_without_cgroups_no_end_is_one_for_want_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_kills, "OWN_CGROUPS", Path("/proc/self/no-such-file"))
    assert not MemoryKills(is_vm=False).took(KILLED)


def test_a_kernel_and_a_server_that_end_together_are_both_among_them(counters: Counters) -> None:
    kills = MemoryKills(is_vm=False)
    # The second is counted before the end of the first is known.
    counters.count(2)
    assert kills.took(KILLED)
    assert kills.took(KILLED)
    assert not kills.took(KILLED)


def test_who_ends_in_another_way_is_none_of_them(counters: Counters) -> None:
    kills = MemoryKills(is_vm=False)
    counters.count(1)
    assert not kills.took(ChildExit(1, 0, None))
    assert kills.took(KILLED)


def test_a_kill_of_a_process_that_nobody_watches_explains_no_later_end(counters: Counters) -> None:
    kills = MemoryKills(is_vm=False)
    counters.count(2)
    assert kills.took(KILLED)
    counters.now_s += UNCLAIMED_S + 1
    assert not kills.took(KILLED)
