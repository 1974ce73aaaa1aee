"""What JupyterHub's `tests/mocksu.py` answers, given by the real server inside a sandbox.

An extension of the server. For one whose environment says so it answers every request
with the request's path, `…/env` with its environment and `…/args` with the arguments
that the spawner gave it; the hub's probe, `<prefix>/api`, is still the real server's to
answer. The others get a page `/tree`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import JupyterHandler
from tornado import web
from tornado.httputil import HTTPServerRequest
from tornado.routing import Matcher, Rule

from forkd_jupyter_guest.machine.site import SandboxSite
from forkd_jupyter_guest.server.single_user import command_line

VARIABLE = "HUB_SUITE_ECHO"


class EchoedRequests(Matcher):
    """Matches what the mocked server would answer."""

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        """Called by tornado for each request."""
        probe = f"{os.environ.get('JUPYTERHUB_SERVICE_PREFIX', '/')}api"
        return {} if os.environ.get(VARIABLE) and request.path != probe else None


class EchoHandler(web.RequestHandler):
    """Three answers for everybody."""

    def get(self) -> None:
        """Answer by the path's end."""
        match self.request.path.rpartition("/")[2]:
            case "env":
                self.write(json.dumps(dict(os.environ)))
            case "args":
                self.write(
                    json.dumps(["jupyterhub-singleuser", *self.settings["hub_suite_args"]()])
                )
            case _:
                self.write(self.request.path)


class TreePage(JupyterHandler):
    """The page that the mocks send users to, and that a server with Jupyter Notebook has."""

    @web.authenticated
    def get(self) -> None:
        """Called for users of this server only."""
        self.write("a tree")


def _load_jupyter_server_extension(server_app: Any) -> None:
    """Called by jupyter_server."""
    ours = len(command_line(SandboxSite("", "", Path()), ()))
    server_app.web_app.settings["hub_suite_args"] = lambda: server_app.argv[ours:]
    server_app.web_app.add_handlers(".*$", [(f"{server_app.base_url}tree/?", TreePage)])
    server_app.web_app.default_router.rules.insert(0, Rule(EchoedRequests(), EchoHandler))
