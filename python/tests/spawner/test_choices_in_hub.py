"""A real JupyterHub shows the form, takes choices by page and API, and keeps them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from spawner.browser import browser
from spawner.hub import RunningHub, needs_proxy
from spawner.page_form import PageForm
from spawner.stand_in import TOKEN, StandInController

pytestmark = needs_proxy

CONFIGURATION = """
c.Authenticator.allow_all = True
c.ForkdSpawner.profile_list = [
    {"display_name": "Small", "forkd_override": {"mem_limit": "64M"}},
    {
        "display_name": "Large",
        "forkd_override": {"mem_limit": "128M"},
        "profile_options": {
            "image": {
                "display_name": "Image",
                "choices": {
                    "base": {"display_name": "Base"},
                    "full": {
                        "display_name": "Full",
                        "forkd_override": {"snapshot_tag": "full"},
                    },
                },
            },
        },
    },
]
"""


@pytest.fixture(scope="module")
async def controller() -> AsyncIterator[StandInController]:
    """A controller with two snapshots."""
    stand_in = StandInController(tags={"jupyter", "full"})
    await stand_in.start()
    yield stand_in
    await stand_in.stop()


@pytest.fixture(scope="module")
async def hub(
    controller: StandInController, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningHub]:
    """A hub that offers profiles; one for all tests, since it takes seconds."""
    folder = tmp_path_factory.mktemp("hub")
    running = RunningHub(folder, controller.url, TOKEN, CONFIGURATION)
    await running.start()
    yield running
    await running.stop()


async def test_a_choice_made_in_the_form_is_kept_over_restarts_and_used_again(
    hub: RunningHub, controller: StandInController
) -> None:
    controller.requests.clear()
    async with browser(hub, "alice") as alice:
        _, page = await alice.get("/hub/spawn")
        form = PageForm(page)
        assert form.offered["profile"] == ["small", "large"]
        image = "profile-option-large--image"
        chosen = {**form.values, "profile": "large", image: "full"}
        await alice.send("/hub/spawn/alice", {**chosen, image: "missing"})
        assert controller.creates == []
        await alice.send("/hub/spawn/alice", chosen)
    expected = {
        "snapshot_tag": "full",
        "n": 1,
        "per_child_netns": True,
        "memory_limit_mib": 128,
    }
    assert controller.create_bodies == [expected]

    assert (await hub.call("DELETE", "/users/alice/server"))[0] == 204
    await hub.stop()
    await hub.start()
    # Without any options: the last ones count.
    assert (await hub.call("POST", "/users/alice/server"))[0] == 201
    assert controller.create_bodies == [expected, expected]
    _, user = await hub.call("GET", "/users/alice")
    assert user["servers"][""]["user_options"] == {"profile": "large", "image": "full"}


async def test_a_choice_by_the_api_is_checked_and_a_wrong_one_says_what_there_is(
    hub: RunningHub, controller: StandInController
) -> None:
    await hub.call("POST", "/users/bob")
    controller.requests.clear()
    status, body = await hub.call(
        "POST", "/users/bob/server", {"user_options": {"profile": "huge"}}
    )
    assert status == 400
    assert "there is no profile 'huge', only 'small', 'large'" in body["message"]
    assert controller.creates == []
    status, _ = await hub.call("POST", "/users/bob/server", {"user_options": {"profile": "large"}})
    assert status == 201
    assert controller.create_bodies[0]["memory_limit_mib"] == 128
