"""The networks, by the names that `c.ForkdSpawner.network` may have beside `auto`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .dnat import DnatNetwork
from .forward import ForwardNetwork
from .ways import DirectNetwork, Network

NETWORKS: Mapping[str, Callable[[str], Network]] = {
    "direct": lambda _: DirectNetwork(),
    "forward": ForwardNetwork,
    "dnat": lambda _: DnatNetwork(),
}
"""Each is made with the path of the forwarder's socket."""
