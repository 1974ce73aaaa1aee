"""A server that was initialised before there was a user is the one that the user would have got."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from harness import Sandbox, StubHub

PROGRAM = Path(__file__).with_name("describe_server.py")

# Times, process IDs and secrets are no two servers' own. jupyter_lsp has looked for language
# servers (in the places that it knows) before it is asked to.
VOLATILE = re.compile(
    r"last_kernel_activity|last_all_packages_request_time|cookie_secret'?\]? =|'started'"
    r"|version_hash|jpserver-|LanguageServerManager\._ready"
)


def _describe(way: str, folder: Path) -> list[str]:
    sandbox, out = folder / "sandbox", folder / f"{way}.json"
    sandbox.mkdir()
    command = [sys.executable, str(PROGRAM), way, str(sandbox), str(out)]
    subprocess.run(command, check=True, capture_output=True, env=os.environ)  # noqa: S603
    sandbox.rename(folder / f"sandbox-{way}")
    return json.loads(out.read_text())


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    folder = tmp_path_factory.mktemp("described")
    return {way: _describe(way, folder) for way in ("ordinary", "forked", "bound")}


def _values(lines: list[str]) -> set[str]:
    """Without the names of the places: an object may be met on several ways."""
    return {line.partition(" = ")[2] for line in lines if not VOLATILE.search(line)}


@pytest.mark.parametrize("way", ["forked", "bound"])
def test_nothing_is_missing_in_it(described: dict[str, list[str]], way: str) -> None:
    assert _values(described["ordinary"]) - _values(described[way]) == set()


@pytest.mark.parametrize("way", ["forked", "bound"])
def test_it_serves_the_same_routes(described: dict[str, list[str]], way: str) -> None:
    routes = {
        one: [line for line in described[one] if line.startswith("route ")]
        for one in ("ordinary", way)
    }
    assert len(routes["ordinary"]) > 50
    assert routes[way] == routes["ordinary"]


@pytest.mark.parametrize("way", ["forked", "bound"])
def test_nobodys_name_is_nowhere_in_it(described: dict[str, list[str]], way: str) -> None:
    assert [line for line in described[way] if "forkdplaceholder" in line] == []


def test_the_descriptions_have_what_matters(described: dict[str, list[str]]) -> None:
    text = "\n".join(described["ordinary"])
    for expected in (
        "ServerApp.base_url = '/user/zo%C3%AB%40x.org/named/'",
        "HubOAuth.base_url = '/user/zo%C3%AB%40x.org/named/'",
        "HubOAuth.api_token = '0123456789abcdef'",
        "/.jupyter/lab/user-settings'",
    ):
        assert expected in text


def _spans(reply: dict[str, Any]) -> set[str]:
    assert reply["error"] is None, reply["error"]
    return {span["name"] for span in json.loads(reply["result"])["spans"]}


async def test_an_ordinary_user_gets_a_prepared_server(sandbox: Sandbox, hub: StubHub) -> None:
    assert "server.bind" in _spans(await sandbox.activate(hub))


@pytest.mark.parametrize(
    "changes",
    [
        {"args": ["--ServerApp.shutdown_no_activity_timeout=3600"]},
        {"environment": {"JUPYTERHUB_DISABLE_USER_CONFIG": "1"}},
        {"environment": {"JUPYTERHUB_DEFAULT_URL": "/tree"}},
        {"environment": {"JUPYTER_CONFIG_PATH": "/nowhere"}},
    ],
)
async def test_whoever_configures_a_server_gets_one_that_has_read_it(
    sandbox: Sandbox, hub: StubHub, changes: dict[str, Any]
) -> None:
    assert "server.initialize" in _spans(await sandbox.activate(hub, **changes))


async def test_a_users_configuration_file_is_read(sandbox: Sandbox, hub: StubHub) -> None:
    folder = sandbox.directory / "home" / ".jupyter"
    folder.mkdir(parents=True)
    (folder / "jupyter_server_config.py").write_text("c.ContentsManager.allow_hidden = True\n")
    assert "server.initialize" in _spans(await sandbox.activate(hub))
    (sandbox.directory / "home" / ".hidden.txt").write_text("here")
    assert (await sandbox.fetch("GET", "api/contents/.hidden.txt"))["content"] == "here"


async def test_settings_of_jupyterlab_are_kept_in_the_users_home(active: Sandbox) -> None:
    name = "@jupyterlab/apputils-extension:themes"
    await active.fetch("PUT", f"lab/api/settings/{name}", {"raw": '{"theme": "JupyterLab Dark"}'})
    kept = list((active.directory / "home" / ".jupyter" / "lab").rglob("*.jupyterlab-settings"))
    assert len(kept) == 1


async def test_a_new_notebook_can_be_saved(sandbox: Sandbox, hub: StubHub) -> None:
    assert "server.bind" in _spans(await sandbox.activate(hub))
    made = await sandbox.fetch("POST", "api/contents", {"type": "notebook"})
    content = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    model = {"type": "notebook", "format": "json", "content": content}
    saved = await sandbox.fetch("PUT", f"api/contents/{made['path']}", model)
    assert saved["type"] == "notebook"
    secret = sandbox.directory / "home" / ".local" / "share" / "jupyter" / "notebook_secret"
    assert secret.is_file()
