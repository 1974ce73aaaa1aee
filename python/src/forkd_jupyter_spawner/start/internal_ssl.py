"""internal_ssl: the certificate of one sandbox's server, which travels in its activation.

Hub and proxy check that a server's certificate names the address they connect to. The hub
asks for certificates before start(), when no sandbox has an address yet; so they are made
when there is one.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from pathlib import Path

from jupyterhub.spawner import Spawner
from jupyterhub.utils import maybe_future

from ..errors import UnusableValueError
from ..facts import Certificates


async def certificates_for(spawner: Spawner, host: str) -> Certificates:
    """Return what the server at `host` needs.

    A spawner that brings its own (its create_certs() returned paths) keeps them.
    """
    try:
        return _read(spawner.cert_paths or await _issue(spawner, host))
    except (OSError, ValueError) as error:
        raise UnusableValueError(
            f"no certificate can be made for the server of {spawner.user.name!r}: {error}"
        ) from error


async def _issue(spawner: Spawner, host: str) -> Mapping[str, str]:
    """As JupyterHub does it, with one name more."""
    configured = spawner.ssl_alt_names
    names = await maybe_future(configured(spawner)) if callable(configured) else configured
    spawner.ssl_alt_names = [*names, _alt_name(host)]
    try:
        return await Spawner.create_certs(spawner)
    finally:
        spawner.ssl_alt_names = configured


def _alt_name(host: str) -> str:
    try:
        return f"IP:{ipaddress.ip_address(host)}"
    except ValueError:
        return f"DNS:{host}"


def _read(paths: Mapping[str, str]) -> Certificates:
    """A user's servers have their files under one name: read before the next ones are made."""
    return Certificates(
        key=Path(paths["keyfile"]).read_text(),
        certificate=Path(paths["certfile"]).read_text(),
        authorities=Path(paths["cafile"]).read_text(),
    )
