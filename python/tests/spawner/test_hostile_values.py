"""Names, options and values that look like code reach a real server as data only."""

from __future__ import annotations

import json
from urllib.parse import quote

from spawner.conftest import StartHub
from spawner.guest_controller import GuestController
from spawner.hub import needs_proxy

pytestmark = needs_proxy

USER = "o'\"d;$(reboot)\\{}%sé"

VALUES = {
    "CODE": '"); __import__("os").abort(); ("',
    "QUOTES": "'\"\\\n\r\t\x1b%s{}${HOME}`reboot`",
    "UNICODE": "é ☃ 𝄞 \u2028",
    "LONG": "x\n'" * (1024 * 1024 // 3),
}

CONFIGURATION = f"""
note = {{
    "display_name": "Note",
    "unlisted_choice": {{
        "enabled": True,
        "forkd_override": {{"environment": {{"TYPED": "{{value}}"}}}},
    }},
}}
c.ForkdSpawner.environment = {VALUES!r}
c.ForkdSpawner.profile_list = [{{"display_name": "Noted", "profile_options": {{"note": note}}}}]
"""


async def test_hostile_names_options_and_values_reach_a_real_server_as_data_only(
    start_hub: StartHub, warm: GuestController
) -> None:
    hub = await start_hub(USER, configuration=CONFIGURATION)
    server = f"/users/{quote(USER)}/server"
    typed = VALUES["CODE"] + VALUES["QUOTES"]
    chosen = {"user_options": {"profile": "noted", "note--unlisted-choice": typed}}
    status, reply = await hub.call("POST", server, chosen)
    assert status == 201, reply
    expected = {**VALUES, "TYPED": typed, "JUPYTERHUB_USER": USER}
    look = f"import os, json; print(json.dumps([os.environ[n] for n in {list(expected)}]))"
    shown = await (await hub.server_of(USER)).run(look)
    assert json.loads(shown) == list(expected.values())
    assert (await hub.call("DELETE", server))[0] == 204
    assert warm.sandboxes == {}
