"""`internal_ssl`: hub, proxy and servers prove to each other who they are."""

from __future__ import annotations

import ssl
from pathlib import Path

import aiohttp
import pytest

from spawner.conftest import StartHub
from spawner.guest_controller import GuestController, GuestSandbox
from spawner.hub import needs_proxy

pytestmark = needs_proxy

SETTINGS = """
c.JupyterHub.internal_ssl = True
c.JupyterHub.internal_certs_location = "{folder}/certificates"
c.ConfigurableHTTPProxy.api_url = c.ConfigurableHTTPProxy.api_url.replace("http:", "https:")
c.JupyterHub.hub_bind_url = c.JupyterHub.hub_bind_url.replace("http:", "https:")
"""


async def test_a_server_is_reached_by_who_has_a_certificate_of_the_hubs_and_by_nobody_else(
    start_hub: StartHub, warm: GuestController, tmp_path: Path
) -> None:
    configuration = SETTINGS.format(folder=tmp_path)
    hub = await start_hub("alice", configuration=configuration, through_proxy=True)

    # The hub waits for the server's own call to it, and probes the server.
    status, answer = await hub.call("POST", "/users/alice/server")
    assert status == 201, answer
    server = await hub.server_of("alice")
    assert await server.run("6 * 7") == "42"

    (sandbox,) = warm.sandboxes.values()
    assert isinstance(sandbox, GuestSandbox)
    assert sandbox.clone is not None
    url = f"https://{sandbox.clone.origin}{server.prefix}api"
    certificates = tmp_path / "certificates"
    trusting = ssl.create_default_context(cafile=certificates / "hub-ca_trust.crt")
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientError):
            await session.get(url, ssl=trusting)
        own = certificates / "hub-internal" / "hub-internal"
        trusting.load_cert_chain(own.with_suffix(".crt"), own.with_suffix(".key"))
        async with session.get(url, ssl=trusting) as answer:
            assert answer.status == 200

    folder = sandbox.clone.directory / "certificates"
    modes = {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}
    assert modes == dict.fromkeys(["key.pem", "certificate.pem", "authorities.pem"], 0o600)
    assert folder.stat().st_mode & 0o777 == 0o700

    assert (await hub.call("DELETE", "/users/alice/server"))[0] == 204
    assert warm.sandboxes == {}
