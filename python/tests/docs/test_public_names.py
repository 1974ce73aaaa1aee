"""The names that configurations, kernel specs and other programs may use stay where they are."""

from __future__ import annotations

import importlib
import subprocess
import sys
from importlib.metadata import entry_points

import pytest

import forkd_jupyter_spawner
from forkd_jupyter_spawner import ForkdSpawner
from forkd_jupyter_spawner.traits import ForkdTraits

IMPORTED = {
    "forkd_jupyter_spawner": {"ControllerClient", "CreateQueue", "ForkdSpawner", "__version__"},
    "forkd_jupyter_spawner.spawner": {"ForkdSpawner"},
    "forkd_jupyter_guest": {"__version__", "_jupyter_server_extension_points"},
    "forkd_jupyter_forwarder": {"__version__"},
}

OPTIONS = {
    "activation_timeout",
    "after_created_hook",
    "allowed_snapshots",
    "ca_file",
    "cmd",
    "controller_memory",
    "controller_url",
    "create_lock_folder",
    "forwarder_socket",
    "hub_start_check",
    "hugepages",
    "journal_file",
    "limits_without_effect",
    "live_fork",
    "modify_request_hook",
    "network",
    "per_child_netns",
    "prewarm",
    "profile_list",
    "request_timeout",
    "snapshot_tag",
    "sweep_dry_run",
    "sweep_interval",
    "token",
    "token_file",
    "unknown_grace_s",
}

OWN_PARTS = {
    "bearer_token",
    "choice_is_applied",
    "client_of",
    "is_trial",
    "journal",
    "network_to",
    "owned",
    "stored_sandboxes",
    "sweep_settings",
}
"""What a spawner has beside its options and what JupyterHub's own class has."""


@pytest.mark.parametrize(("module", "names"), IMPORTED.items())
def test_what_others_import_is_there(module: str, names: set[str]) -> None:
    found = importlib.import_module(module)
    assert {name for name in names if getattr(found, name, None) is None} == set()


def test_nothing_else_is_offered_by_name() -> None:
    offered = set(forkd_jupyter_spawner.__all__) | {"__version__"}
    assert offered == IMPORTED["forkd_jupyter_spawner"]


def test_the_spawners_class_has_its_full_name() -> None:
    """Records and `accept`'s reports have it."""
    assert f"{ForkdSpawner.__module__}.{ForkdSpawner.__qualname__}" == (
        "forkd_jupyter_spawner.spawner.ForkdSpawner"
    )


def test_the_options_are_those_that_configurations_have() -> None:
    assert set(ForkdTraits.class_trait_names(config=True)) == OPTIONS


def test_a_subclass_finds_the_same_parts() -> None:
    ours = {name for name in dir(ForkdSpawner) if not name.startswith("_")}
    assert ours >= OWN_PARTS


@pytest.mark.parametrize(
    ("group", "name", "kind"),
    [
        ("jupyterhub.spawners", "forkd", "ForkdSpawner"),
        ("jupyter_client.kernel_provisioners", "forkd-provisioner", "ForkProvisioner"),
    ],
)
def test_entry_points_lead_to_their_classes(group: str, name: str, kind: str) -> None:
    (found,) = entry_points(group=group, name=name)
    assert found.load().__name__ == kind


@pytest.mark.parametrize(
    "module", ["forkd_jupyter_guest", "forkd_jupyter_spawner", "forkd_jupyter_forwarder"]
)
def test_each_package_can_be_run(module: str) -> None:
    told = subprocess.run(  # noqa: S603 (its own usage)
        [sys.executable, "-m", module, "--no-such-flag"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 2, told.stderr
    assert "usage" in told.stderr
