"""The local hub of `forkd-spawner bench`, `smoke` and `hub` (started by src/hub/local/local-hub.ts).

Everything that differs from run to run comes from a JSON file. What a user of
ForkdSpawner has to configure is one line: the spawner's class.
"""

import json
import os
import sys
from pathlib import Path

settings = json.loads(Path(os.environ["FORKD_LOCAL_HUB_SETTINGS"]).read_text())
folder = Path(settings["folder"])

c = get_config()  # noqa: F821 (given by traitlets)

c.JupyterHub.bind_url = settings["url"]
c.JupyterHub.hub_bind_url = settings["hubUrl"]
c.ConfigurableHTTPProxy.api_url = settings["proxyApiUrl"]
c.ConfigurableHTTPProxy.auth_token = settings["proxyToken"]
c.ConfigurableHTTPProxy.command = settings["proxyCommand"]
c.ConfigurableHTTPProxy.pid_file = str(folder / "proxy.pid")
c.JupyterHub.db_url = f"sqlite:///{folder}/jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = str(folder / "cookie_secret")

# One password for everybody: this hub listens on loopback and lives for one run.
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = settings["password"]
c.Authenticator.allow_all = True

c.JupyterHub.services = [{"name": "forkd-spawner", "api_token": settings["apiToken"]}]
c.JupyterHub.load_roles = [
    {
        "name": "forkd-spawner",
        "services": ["forkd-spawner"],
        "scopes": [
            "admin:users",
            "admin:servers",
            "admin:server_state",
            "access:servers",
            "tokens",
            "shutdown",
            "read:hub",
        ],
    }
]

# A request for a server is acknowledged at once (202): what follows is timed by its progress.
c.JupyterHub.tornado_settings = {"slow_spawn_timeout": 0}
# Many users at once are the point here: no limit may stand in their way.
c.JupyterHub.concurrent_spawn_limit = 0
c.Spawner.consecutive_failure_limit = 0
c.JupyterHub.cleanup_servers = True
c.JupyterHub.cleanup_proxy = True

sys.path.insert(0, str(Path(__file__).parent))

# By them the processes of a run are found, when whoever started it was killed.
c.LocalProcessSpawner.env_keep.extend(settings["variables"])

if settings["spawner"] in {"forkd", "floor"}:
    c.JupyterHub.spawner_class = (
        "forkd_jupyter_spawner.ForkdSpawner"
        if settings["spawner"] == "forkd"
        else "floor_spawner.FloorSpawner"
    )
    c.ForkdSpawner.controller_url = settings["controller"]["url"]
    if settings["controller"]["tokenFile"]:
        c.ForkdSpawner.token_file = settings["controller"]["tokenFile"]
    if settings["controller"]["forwarderSocket"]:
        c.ForkdSpawner.forwarder_socket = settings["controller"]["forwarderSocket"]
    c.ForkdSpawner.snapshot_tag = settings["controller"]["snapshotTag"]
elif settings["spawner"] in {"simple", "local"}:
    c.JupyterHub.spawner_class = {"simple": "simple", "local": "localprocess"}[settings["spawner"]]
    c.SimpleLocalProcessSpawner.home_dir_template = str(folder / "homes" / "{username}")
    c.Spawner.cmd = settings["singleuserCommand"]
    if os.geteuid() == 0:
        c.Spawner.args = ["--allow-root"]
else:
    # A class of somebody else's, as in 'package.module:Class'; what it needs is in --hub-config.
    c.JupyterHub.spawner_class = settings["spawner"].replace(":", ".")

if settings["hubConfig"]:
    # Modules beside the file can be imported, by it and as the spawner's class.
    sys.path.insert(0, str(Path(settings["hubConfig"]).parent))
    load_subconfig(settings["hubConfig"])  # noqa: F821 (given by traitlets)

# What is measured inside of the hub; a benchmark of the hub as it is has neither file.
if settings["loopLagFile"]:
    from loop_lag import LoopLag

    LoopLag(Path(settings["loopLagFile"]))
if settings["spansFile"]:
    import hub_spans

    hub_spans.install(Path(settings["spansFile"]))
