"""What an operator may set, where defaults come from, and what is refused."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

import pytest
from traitlets import TraitError, TraitType

from forkd_jupyter_spawner import ForkdSpawner
from forkd_jupyter_spawner.traits import ForkdTraits
from spawner.conftest import MakeSpawner
from spawner.stand_in import TOKEN, StandInController


def test_the_spawner_is_found_by_its_short_name() -> None:
    (found,) = entry_points(group="jupyterhub.spawners", name="forkd")
    assert found.load() is ForkdSpawner


def test_defaults_come_from_forkds_own_environment_variables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FORKD_URL", "http://10.0.0.1:8889/")
    monkeypatch.setenv("FORKD_TOKEN_FILE", "/etc/forkd/token")
    monkeypatch.setenv("FORKD_SNAPSHOT_TAG", "course")
    spawner = ForkdSpawner()
    assert spawner.controller_url.rstrip("/") == "http://10.0.0.1:8889"
    assert (spawner.token_file, spawner.snapshot_tag) == ("/etc/forkd/token", "course")
    assert spawner.env_keep == []


def test_every_trait_of_ours_says_in_its_help_text_what_the_default_is() -> None:
    ours = {
        name: trait.help
        for mixin in ForkdTraits.__mro__
        if mixin.__module__.startswith("forkd_jupyter_spawner.")
        for name, trait in vars(mixin).items()
        if isinstance(trait, TraitType) and trait.metadata.get("config")
    }
    assert {"controller_url", "snapshot_tag", "network", "cmd"} <= set(ours)
    assert [name for name, text in ours.items() if "Default: " not in text] == []


@pytest.mark.parametrize(
    ("trait", "value", "sentence"),
    [
        ("cmd", ["jupyterhub-singleuser"], r"ForkdSpawner\.cmd .* cannot apply"),
        ("controller_url", "localhost:8889", "begins with http.* not 'localhost:8889'"),
        ("controller_url", "http://", "and a host, not 'http://'"),
        ("controller_url", "http://host/?a=b", "has a query or a fragment"),
        ("snapshot_tag", "../etc", r"ForkdSpawner\.snapshot_tag must be 1 to 64 .* not '\.\./etc'"),
        ("limits_without_effect", "ignore", "limits_without_effect"),
        ("controller_memory", "lots", "lots is not a valid memory specification"),
        ("controller_memory", "-1G", r"ForkdSpawner\.controller_memory must be above zero"),
        ("prewarm", "yes", "prewarm"),
        ("modify_request_hook", "hook", "modify_request_hook"),
        ("after_created_hook", 1, "after_created_hook"),
        ("network", "bridge", "direct"),
        ("request_timeout", 0, "request_timeout"),
        ("activation_timeout", 60, "activation_timeout"),
    ],
)
def test_a_wrong_value_is_refused_by_name(trait: str, value: object, sentence: str) -> None:
    with pytest.raises(TraitError, match=sentence):
        ForkdSpawner(**{trait: value})


async def test_a_token_file_is_read_anew_each_time(
    make_spawner: MakeSpawner, controller: StandInController, tmp_path: Path
) -> None:
    path = tmp_path / "token"
    path.write_text("outdated\n")
    spawner = make_spawner(token="", token_file=str(path))
    with pytest.raises(Exception, match="does not accept the spawner's token"):
        await spawner.start()
    path.write_text(f"{TOKEN}\n")
    await spawner.start()
    assert list(controller.sandboxes) == ["sb-1"]
