"""Makes the hub's own pages say what has become of a server that failed to start, or has ended.

JupyterHub looks for templates in the operator's folders first, then in its own. Ours come in
between: each extends JupyterHub's, and a page that the operator has changed stays as it is.
"""

from __future__ import annotations

from typing import Any

from jinja2 import FileSystemLoader
from markupsafe import Markup

from ..life.server_ends import ends_of
from ..telling.page_parts import TEMPLATES, render_part
from .proxy_errors import look_when_the_proxy_fails

PAGES = str(TEMPLATES / "hub")


def prepare_pages(app: Any, settings: dict[str, Any]) -> None:
    """Called once, with the settings of the hub's web application before it is made."""
    environments = [settings["jinja2_env"], settings["jinja2_env_sync"]]
    for environment in environments:
        environment.globals["forkd_ended"] = _ended
    hubs_own = app._template_paths_default()[0]  # noqa: SLF001 (there is no other name for it)
    for loader in environments[0].loader.loaders:  # both have the same
        if isinstance(loader, FileSystemLoader) and hubs_own in loader.searchpath:
            loader.searchpath.insert(loader.searchpath.index(hubs_own), PAGES)
    look_when_the_proxy_fails(app)


def _ended(user: Any, server: str | None = None) -> Markup:
    """In a template: why the user's servers, or one of them, have ended; else nothing."""
    return Markup(render_part("ended.html", ends=ends_of(user, server)))  # noqa: S704 (escaped there)
