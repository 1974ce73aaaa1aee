"""Initialise a server in one of three ways and write down all that it consists of, as JSON.

`describe_server.py WAY SANDBOX OUT`, in a process of its own, since it becomes a server:

* `ordinary`: as `jupyterhub-singleuser` would, in a process that was started for this user;
* `forked`: in a process that had imported everything before it took the user's place;
* `bound`: as nobody's, and then made the user's.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any

from forkd_jupyter_guest.bind import nobody
from forkd_jupyter_guest.machine.place import take_place
from forkd_jupyter_guest.machine.site import SandboxSite
from forkd_jupyter_guest.server.activation_request import ActivationRequest

PREFIX = "/user/zo%C3%AB%40x.org/named/"
SCOPES = json.dumps(["access:servers!server=zoë@x.org/named", "access:servers!user=zoë@x.org"])

ENVIRONMENT = {
    "JUPYTERHUB_API_TOKEN": "0123456789abcdef",
    "JPY_API_TOKEN": "0123456789abcdef",
    "JUPYTERHUB_CLIENT_ID": "jupyterhub-user-zo%C3%AB%40x.org-named",
    "JUPYTERHUB_HOST": "",
    "JUPYTERHUB_OAUTH_CALLBACK_URL": f"{PREFIX}oauth_callback",
    "JUPYTERHUB_OAUTH_SCOPES": SCOPES,
    "JUPYTERHUB_OAUTH_ACCESS_SCOPES": SCOPES,
    "JUPYTERHUB_OAUTH_CLIENT_ALLOWED_SCOPES": "[]",
    "JUPYTERHUB_COOKIE_HOST_PREFIX_ENABLED": "False",
    "JUPYTERHUB_USER": "zoë@x.org",
    "JUPYTERHUB_SERVER_NAME": "named",
    "JUPYTERHUB_API_URL": "http://127.0.0.1:9/hub/api",
    "JUPYTERHUB_ACTIVITY_URL": "http://127.0.0.1:9/hub/api/users/zo%C3%AB@x.org/activity",
    "JUPYTERHUB_BASE_URL": "/",
    "JUPYTERHUB_SERVICE_PREFIX": PREFIX,
}

ATOMS = (str, bytes, int, float, bool, type(None), PurePath, re.Pattern, dt.datetime)
OWNERS = ("jupyter", "jupyterlab", "notebook", "forkd", "tornado", "jinja2", "traitlets")
INTERNALS = {"_trait_notifiers", "_trait_validators", "_trait_values"}


def describe(app: Any) -> list[str]:
    """`Holder.name = value` for everything that can be reached from the app."""
    # What an unread trait would be is part of the server as well.
    for name in ("base_url", "access_scopes", "cookie_name", "oauth_redirect_uri", "api_url"):
        getattr(app.identity_provider.hub_auth, name)
    found = {f"route {pattern} {target}" for pattern, target in _routes(app.web_app.default_router)}
    seen: dict[int, Any] = {}
    waiting = [("app", app)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, ATOMS):
            found.add(f"{name} = {value!r}")
        elif id(value) not in seen and not isinstance(value, type):
            # Kept, so that no other object gets its id.
            seen[id(value)] = value
            waiting += _parts(name, value)
    return sorted(found)


def _parts(holder: str, value: Any) -> Iterator[tuple[str, Any]]:
    kind = type(value).__name__
    if isinstance(value, Mapping):
        yield from ((f"[{key!r}]", part) for key, part in value.items())
    elif isinstance(value, (list, tuple, set, frozenset)):
        yield from ((f"{holder} []", part) for part in value)
    elif type(value).__module__.startswith(OWNERS) and hasattr(value, "__dict__"):
        attributes = vars(value) | getattr(value, "_trait_values", {})
        yield from (
            (f"{kind}.{name}", attributes[name])
            for name in attributes.keys() - INTERNALS
            if not callable(attributes[name])
        )


def _routes(router: Any) -> Iterator[tuple[str, str]]:
    for rule in router.rules:
        if hasattr(rule.target, "rules"):
            yield from _routes(rule.target)
            continue
        # Some routes have the prefix escaped.
        pattern = rule.matcher.regex.pattern.replace("\\", "")
        prefix = getattr(rule.matcher, "_prefix", None)
        if prefix is not None:
            pattern = pattern.replace(prefix.compiled, prefix.requested)
        yield pattern, getattr(rule.target, "__name__", str(rule.target))


def main(way: str, sandbox: Path, out: Path) -> None:
    """Initialise and describe."""
    site = SandboxSite("sb-1", "127.0.0.1", sandbox)
    site.make_folders()
    request = ActivationRequest("zoë@x.org", ENVIRONMENT)
    if way == "ordinary":
        take_place(str(site.home), _environment(site, request))
    else:
        prepared = _warm_up()
        take_place(str(site.home), _environment(site, request))
    if way == "bound":
        assert prepared.suits(request, dict(os.environ))
        app = prepared.bind(site, os.environ)
    else:
        app = _initialise(site)
    out.write_text(json.dumps(describe(app)))


def _environment(site: SandboxSite, request: ActivationRequest) -> dict[str, str]:
    own = {
        "HOME": str(site.home),
        "TMPDIR": str(site.temporary),
        "JUPYTER_RUNTIME_DIR": str(site.runtime),
        "JUPYTERHUB_SERVICE_URL": f"http://{site.address}:8000/",
    }
    return dict(os.environ) | own | request.environment


def _warm_up() -> Any:
    """As `ladder.warm_up`, but for what has to do with kernels."""
    with nobody.at_home() as owner:
        from jupyterlab import labapp  # noqa: F401, PLC0415 (which a server imports by itself)

        from forkd_jupyter_guest.warm import prepared_server  # noqa: PLC0415

        owner.note_places()
        return prepared_server.prepare(owner)


def _initialise(site: SandboxSite) -> Any:
    from forkd_jupyter_guest.server import single_user  # noqa: PLC0415 (not before its place is taken)

    nobody.give_way()
    asyncio.set_event_loop(asyncio.new_event_loop())
    return single_user.initialize(single_user.command_line(site, ()))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
