"""JupyterHub's own hooks, options and overrides, with a real hub and real servers."""

from __future__ import annotations

import json
from pathlib import Path

from spawner.conftest import StartHub
from spawner.hub import needs_proxy

pytestmark = needs_proxy

CONFIGURATION = """
import json
from pathlib import Path

async def before_start(spawner):
    spawner.environment["FROM_PRE_SPAWN"] = f"{spawner.user.name}, {spawner.user_options}"

def after_stop(spawner):
    (Path(__file__).parent / "stopped.json").write_text(json.dumps(spawner.get_state()))

async def with_auth_state(spawner, auth_state):
    spawner.environment["FROM_AUTH_STATE"] = auth_state["project"]

def when_ready(spawner, event):
    return {**event, "said": f"by the operator for {spawner.user.name}"}

def apply_options(spawner, options):
    spawner.environment["FROM_OPTIONS"] = options["flavour"]

c.Spawner.pre_spawn_hook = before_start
c.Spawner.post_stop_hook = after_stop
c.Spawner.auth_state_hook = with_auth_state
c.Spawner.progress_ready_hook = when_ready
c.Spawner.apply_user_options = apply_options
c.Spawner.group_overrides = {
    "staff": {"groups": ["staff"], "spawner_override": {"environment": {"FROM_GROUP": "staff"}}}
}
c.JupyterHub.load_groups = {"staff": {"users": ["alice"]}}
c.Authenticator.enable_auth_state = True
c.CryptKeeper.keys = ["0123456789abcdef0123456789abcdef"]
"""


async def test_hooks_options_and_overrides_reach_the_server(
    start_hub: StartHub, tmp_path: Path
) -> None:
    hub = await start_hub("alice", configuration=CONFIGURATION)
    status, _ = await hub.call("PATCH", "/users/alice", {"auth_state": {"project": "apollo"}})
    assert status == 200
    status, answer = await hub.call("POST", "/users/alice/server", {"flavour": "vanilla"})
    assert status == 201, answer

    shown = await (await hub.server_of("alice")).run(
        "import json, os; print(json.dumps({k: v for k, v in os.environ.items() if 'FROM_' in k}))"
    )
    assert json.loads(shown) == {
        "FROM_PRE_SPAWN": "alice, {'flavour': 'vanilla'}",
        "FROM_AUTH_STATE": "apollo",
        "FROM_OPTIONS": "vanilla",
        "FROM_GROUP": "staff",
    }
    (ready,) = [event async for event in hub.progress("alice")]
    assert ready["said"] == "by the operator for alice"

    assert not (tmp_path / "stopped.json").exists()
    assert (await hub.call("DELETE", "/users/alice/server"))[0] == 204
    assert (tmp_path / "stopped.json").exists()
