"""The networks, by the names that `c.ForkdSpawner.network` may have beside `auto`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..facts import Sandbox
from .dnat import DnatNetwork
from .forward import ForwardNetwork
from .ways import DirectNetwork, Network, choose_network

NETWORKS: Mapping[str, Callable[[str], Network]] = {
    "direct": lambda _: DirectNetwork(),
    "forward": ForwardNetwork,
    "dnat": lambda _: DnatNetwork(),
}
"""Each is made with the path of the forwarder's socket."""


def network_to(spawner: Any, sandbox: Sandbox) -> Network:
    """Return the network by which a sandbox is reached, as configured."""
    return NETWORKS[choose_network(spawner.network, sandbox)](spawner.forwarder_socket)
