"""What a user notices of a server: the same as of one that was started for them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from tornado import httpclient, websocket

if TYPE_CHECKING:
    from harness import Parent, Sandbox, StubHub

ODD_NAMES = ["a.b+c", "zoë", "x@y.org", "50%", "a~b", "with space", "n" * 200]


async def _get(sandbox: Sandbox, path: str, **headers: str) -> httpclient.HTTPResponse:
    return await httpclient.AsyncHTTPClient().fetch(
        f"http://{sandbox.address}:8000{path}",
        headers=headers,
        follow_redirects=False,
        raise_error=False,
    )


async def _page(sandbox: Sandbox, path: str) -> httpclient.HTTPResponse:
    return await _get(sandbox, path, Authorization=f"token {sandbox.token}")


def _page_config(response: httpclient.HTTPResponse) -> dict[str, Any]:
    found = re.search(
        r'<script id="jupyter-config-data" type="application/json">(.*?)</script>',
        response.body.decode(),
        re.DOTALL,
    )
    assert found is not None
    return json.loads(found[1])


@pytest.mark.parametrize("user", ODD_NAMES)
async def test_a_server_with_an_odd_prefix_serves_all_of_it(
    sandbox: Sandbox, hub: StubHub, user: str
) -> None:
    prefix = f"/user/{quote(user)}/work/"
    environment = {
        "JUPYTERHUB_SERVICE_PREFIX": prefix,
        "JUPYTERHUB_OAUTH_CALLBACK_URL": f"{prefix}oauth_callback",
        "JUPYTERHUB_SERVER_NAME": "work",
    }
    reply = await sandbox.activate(hub, user, environment=environment)
    assert reply["error"] is None
    assert "server.bind" in reply["result"]
    sandbox.prefix = prefix

    for path in (prefix, prefix[:-1]):
        redirect = await _page(sandbox, path)
        assert (redirect.code, redirect.headers["Location"]) == (302, f"{prefix}lab?")
    lab = await _page(sandbox, f"{prefix}lab")
    assert lab.code == 200
    assert "forkdplaceholder" not in lab.body.decode()
    config = _page_config(lab)
    assert config["baseUrl"] == prefix
    assert (config["hubUser"], config["hubServerName"]) == (user, "work")
    script = re.search(r'src="([^"]+static/lab/[^"]+\.js[^"]*)"', lab.body.decode())
    assert script is not None
    assert script[1].startswith(f"{prefix}static/lab/")
    assert (await _page(sandbox, script[1])).code == 200
    assert await sandbox.run("6 * 7") == "42"
    assert (await _page(sandbox, "/user/somebody-else/api")).code == 404


async def test_a_terminal_can_be_talked_to(active: Sandbox) -> None:
    name = (await active.fetch("POST", "api/terminals"))["name"]
    request = httpclient.HTTPRequest(
        f"ws://{active.address}:8000{active.prefix}terminals/websocket/{name}",
        headers={"Authorization": f"token {active.token}"},
    )
    connection = await websocket.websocket_connect(request)
    await connection.write_message(json.dumps(["stdin", "echo $((6 * 7)):$PWD\r"]))
    shown = ""
    while f"42:{active.directory / 'home'}" not in shown:
        message = json.loads(await connection.read_message() or "[]")
        shown += message[1] if message[0] == "stdout" else ""
    connection.close()


async def test_a_browser_is_sent_to_the_hub_with_a_cookie_for_this_server_only(
    active: Sandbox,
) -> None:
    response = await _get(active, f"{active.prefix}lab", Accept="text/html")
    assert response.code == 302
    target = urlsplit(response.headers["Location"])
    query = parse_qs(target.query)
    assert target.path == "/hub/api/oauth2/authorize"
    assert query["client_id"] == ["jupyterhub-user-alice"]
    assert query["redirect_uri"] == [f"{active.prefix}oauth_callback"]
    cookies = response.headers.get_list("Set-Cookie")
    assert cookies
    assert all(f"Path={active.prefix}" in cookie for cookie in cookies)


async def test_a_default_url_is_where_the_server_begins(sandbox: Sandbox, hub: StubHub) -> None:
    await sandbox.activate(hub, environment={"JUPYTERHUB_DEFAULT_URL": "/tree/here"})
    response = await _page(sandbox, sandbox.prefix)
    assert response.headers["Location"] == f"{sandbox.prefix}tree/here?"


async def test_a_root_folder_is_what_is_listed(sandbox: Sandbox, hub: StubHub) -> None:
    folder = sandbox.directory / "home" / "notebooks"
    folder.mkdir(parents=True)
    (folder / "mine.txt").touch()
    reply = await sandbox.activate(hub, environment={"JUPYTERHUB_ROOT_DIR": str(folder)})
    assert reply["error"] is None
    listed = await sandbox.fetch("GET", "api/contents")
    assert [entry["name"] for entry in listed["content"]] == ["mine.txt"]


async def test_a_users_configuration_can_be_switched_off(sandbox: Sandbox, hub: StubHub) -> None:
    folder = sandbox.directory / "home" / ".jupyter"
    folder.mkdir(parents=True)
    (folder / "jupyter_server_config.py").write_text("raise RuntimeError('was read')\n")
    reply = await sandbox.activate(hub, environment={"JUPYTERHUB_DISABLE_USER_CONFIG": "1"})
    assert reply["error"] is None
    assert (await sandbox.fetch("GET", "api/status"))["kernels"] == 0


async def test_an_extension_of_the_users_own_is_loaded(sandbox: Sandbox, hub: StubHub) -> None:
    home = sandbox.directory / "home"
    packages = home / "packages"
    enabled = home / ".jupyter" / "jupyter_server_config.d"
    packages.mkdir(parents=True)
    enabled.mkdir(parents=True)
    (packages / "mine.py").write_text(_EXTENSION)
    (enabled / "mine.json").write_text('{"ServerApp": {"jpserver_extensions": {"mine": true}}}')
    config = f"import sys; sys.path.insert(0, {str(packages)!r})\n"
    (home / ".jupyter" / "jupyter_server_config.py").write_text(config)
    reply = await sandbox.activate(hub)
    assert reply["error"] is None
    assert await sandbox.fetch("GET", "mine") == {"mine": True}


_EXTENSION = """
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join

class Mine(APIHandler):
    def get(self):
        self.finish({"mine": True})

def _load_jupyter_server_extension(app):
    base = app.web_app.settings["base_url"]
    app.web_app.add_handlers(".*$", [(url_path_join(base, "mine"), Mine)])
"""


async def test_settings_from_an_earlier_session_are_found(sandbox: Sandbox, hub: StubHub) -> None:
    name = "@jupyterlab/apputils-extension:themes"
    folder = sandbox.directory / "home" / ".jupyter" / "lab" / "user-settings"
    file = folder / "@jupyterlab" / "apputils-extension" / "themes.jupyterlab-settings"
    file.parent.mkdir(parents=True)
    file.write_text('{"theme": "JupyterLab Dark"}')
    reply = await sandbox.activate(hub)
    assert "server.bind" in reply["result"]
    settings = await sandbox.fetch("GET", f"lab/api/settings/{name}")
    assert settings["settings"]["theme"] == "JupyterLab Dark"


async def test_nothing_of_the_rehearsal_is_measured(active: Sandbox) -> None:
    metrics = (await _page(active, f"{active.prefix}metrics")).body.decode()
    counted = re.findall(
        r'^http_request_duration_seconds_count{.*handler="([^"]+)"', metrics, re.MULTILINE
    )
    assert not [handler for handler in counted if "KernelHandler" in handler or "Lab" in handler]


async def test_two_servers_differ_in_all_that_must_not_be_shared(
    parent: Parent, hub: StubHub
) -> None:
    pair = await parent.fork(2)
    for user, sandbox in zip(("alice", "bob"), pair, strict=True):
        assert (await sandbox.activate(hub, user))["error"] is None
    started = [(await sandbox.fetch("GET", "api/status"))["started"] for sandbox in pair]
    assert started[0] != started[1]
    secrets = [
        (sandbox.directory / "runtime" / "jupyter_cookie_secret").read_text() for sandbox in pair
    ]
    assert secrets[0] != secrets[1]
    mine = await _get(
        pair[0], f"{pair[0].prefix}api/status", Authorization=f"token {pair[1].token}"
    )
    assert mine.code == 403
    for sandbox in pair:
        await parent.kill(sandbox)
