"""A guest's kernel may have no cgroups at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from forkd_jupyter_guest import memory_kills
from forkd_jupyter_guest.reactor import ChildExit


def test_without_cgroups_no_end_is_one_for_want_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_kills, "OWN_CGROUPS", Path("/proc/self/no-such-file"))
    assert not memory_kills.MemoryKills(is_vm=False).took(ChildExit(1, None, 9))
