"""A limit is enforced or refused aloud: it is never a promise that nobody keeps."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from tornado.web import HTTPError

from forkd_jupyter_spawner.start import asking
from spawner.conftest import MakeSpawner
from spawner.stand_in import StandInController


@pytest.mark.parametrize(("mem_limit", "mib"), [("100K", 1), ("1M", 1), (1024 * 1024 + 1, 2)])
async def test_memory_is_limited_in_whole_mib_and_never_to_less_than_was_promised(
    make_spawner: MakeSpawner, controller: StandInController, mem_limit: Any, mib: int
) -> None:
    await make_spawner(mem_limit=mem_limit).start()
    assert controller.create_bodies[0]["memory_limit_mib"] == mib


@pytest.mark.parametrize(
    ("name", "value"), [("cpu_limit", 1.5), ("cpu_guarantee", 2), ("mem_guarantee", "1G")]
)
async def test_a_limit_that_cannot_be_enforced_is_refused_by_name_and_value(
    make_spawner: MakeSpawner, controller: StandInController, name: str, value: Any
) -> None:
    spawner = make_spawner(**{name: value})
    with pytest.raises(HTTPError, match=rf"c\.ForkdSpawner\.{name} = [\d.]+ can't be enforced"):
        await spawner.start()
    assert controller.creates == []


async def test_an_operator_who_accepts_it_is_told_once_and_gets_servers(
    make_spawner: MakeSpawner, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "_warned", set())
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            spawner = make_spawner(cpu_limit=1.5, limits_without_effect="warn")
            spawner.log.propagate = True
            await spawner.start()
    assert caplog.text.count("ForkdSpawner.cpu_limit is set but has no effect") == 1


@pytest.mark.parametrize(
    ("traits", "sentence"),
    [
        (
            {"mem_limit": "1025M", "controller_memory": "1G"},
            "mem_limit = 1025 MiB is more than the 1024 MiB of the controller's host",
        ),
        ({"mem_limit": "900T"}, "mem_limit = 943718400 MiB is more than the "),
        ({"mem_limit": -1}, "mem_limit = -1 is below zero"),
    ],
)
async def test_memory_that_the_host_does_not_have_is_refused(
    make_spawner: MakeSpawner,
    controller: StandInController,
    traits: dict[str, Any],
    sentence: str,
) -> None:
    with pytest.raises(HTTPError) as caught:
        await make_spawner(**traits).start()
    assert sentence in caught.value.jupyterhub_message
    assert controller.creates == []


async def test_a_hosts_memory_is_known_where_it_is_this_one_or_configured(
    make_spawner: MakeSpawner,
) -> None:
    own = asking.controller_memory(make_spawner(), "http://127.0.0.1:8889")
    assert own is not None
    assert own > 2**28
    for here in ("http://localhost:1/x", "https://[::1]:1", "http://127.5.5.5"):
        assert asking.controller_memory(make_spawner(), here) == own
    assert asking.controller_memory(make_spawner(), "https://forkd.example:8889") is None
    told = make_spawner(controller_memory="64G")
    assert asking.controller_memory(told, "https://forkd.example:8889") == 64 * 2**30
