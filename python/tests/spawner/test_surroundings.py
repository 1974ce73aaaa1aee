"""What an operator sets for all users arrives in a real server."""

from __future__ import annotations

import json

import pytest
from tornado import httpclient

from guest.user_server import ServerAt
from spawner.conftest import StartHub
from spawner.hub import RunningHub, needs_proxy

pytestmark = needs_proxy

HOSTILE = 'it\'s "quoted"\n%s {braces} $HOME `id` \\ é'

CONFIGURATION = f"""
c.Spawner.environment = {{
    "HOSTILE": {HOSTILE!r},
    "CALLED": lambda spawner: f"for {{spawner.user.name}}",
}}
c.Spawner.env_keep = ["KEPT_OF_THE_HUBS"]
c.Spawner.args = ["--ContentsManager.untitled_notebook=Named by the operator"]
c.Spawner.notebook_dir = "~/books/of {{username}}"
c.Spawner.default_url = "/lab/tree/first of {{username}}.ipynb"
c.Spawner.hub_connect_url = c.JupyterHub.hub_bind_url.replace("127.0.0.1", "localhost")
"""


async def _start(hub: RunningHub, user: str) -> ServerAt:
    status, answer = await hub.call("POST", f"/users/{user}/server")
    assert status == 201, answer
    return await hub.server_of(user)


async def _default_url(server: ServerAt) -> str:
    """Where a user is sent who asks for nothing in particular."""
    with pytest.raises(httpclient.HTTPClientError) as redirected:
        await httpclient.AsyncHTTPClient().fetch(
            f"http://{server.origin}{server.prefix}", headers=server.headers, follow_redirects=False
        )
    assert redirected.value.response is not None
    return redirected.value.response.headers["Location"].rstrip("?")


async def _variables(server: ServerAt, *names: str) -> dict[str, str]:
    """Return these variables as a kernel has them."""
    shown = await server.run(f"import json, os; print(json.dumps([*map(os.getenv, {names})]))")
    return dict(zip(names, json.loads(shown), strict=True))


async def test_environment_arguments_folder_and_urls_are_the_operators(
    start_hub: StartHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEPT_OF_THE_HUBS", "and handed on")
    monkeypatch.setenv("NOT_KEPT_OF_THE_HUBS", "a secret")
    hub = await start_hub("alice", configuration=CONFIGURATION)
    server = await _start(hub, "alice")

    variables = await _variables(
        server,
        "HOSTILE",
        "CALLED",
        "KEPT_OF_THE_HUBS",
        "NOT_KEPT_OF_THE_HUBS",
        "JUPYTERHUB_API_URL",
    )
    assert variables == {
        "HOSTILE": HOSTILE,
        "CALLED": "for alice",
        "KEPT_OF_THE_HUBS": "and handed on",
        "NOT_KEPT_OF_THE_HUBS": None,
        "JUPYTERHUB_API_URL": f"http://localhost:{hub.ports[1]}/hub/api",
    }
    notebook = await server.fetch("POST", "api/contents", {"type": "notebook"})
    assert notebook["name"] == "Named by the operator.ipynb"
    assert await server.run(
        "import pathlib; [file.name for file in pathlib.Path.home().glob('books/of alice/*.ipynb')]"
    ) == ("['Named by the operator.ipynb']")
    assert await _default_url(server) == f"{server.prefix}lab/tree/first of alice.ipynb"


async def test_a_hub_and_a_proxy_on_ipv6_reach_a_server_and_are_reached(
    start_hub: StartHub,
) -> None:
    configuration = """
c.JupyterHub.bind_url = c.JupyterHub.bind_url.replace("127.0.0.1", "[::1]")
c.JupyterHub.hub_bind_url = c.JupyterHub.hub_bind_url.replace("127.0.0.1", "[::1]")
"""
    hub = await start_hub("alice", configuration=configuration, address="[::1]")
    server = await _start(hub, "alice")
    (url,) = (await _variables(server, "JUPYTERHUB_API_URL")).values()
    assert url == f"http://[::1]:{hub.ports[1]}/hub/api"


async def test_each_user_has_a_host_where_there_is_a_domain(start_hub: StartHub) -> None:
    configuration = """
c.JupyterHub.subdomain_host = c.JupyterHub.bind_url.replace("127.0.0.1", "hub.test")
"""
    hub = await start_hub("alice", configuration=configuration)
    server = await _start(hub, "alice")
    assert server.host == f"alice.hub.test:{hub.ports[0]}"
    (url,) = (await _variables(server, "JUPYTERHUB_HOST")).values()
    assert url == f"http://hub.test:{hub.ports[0]}"
