"""The way in and out of forkd's network namespaces, in a process of its own.

forkd puts each microVM into a network namespace in which the guest is always 10.42.0.2 behind a
tap with 10.42.0.1: the hub can't reach the guest, nor the guest the hub. This process can enter
namespaces (it needs CAP_SYS_ADMIN, and nothing else of the hub's side does). For each sandbox it
listens on a loopback address of the host, with the guest's own port numbers, and inside the
namespace on 10.42.0.1, at the hub's port, and hands bytes on in both directions.

A hub tells it what to open through a Unix socket (docs/protocols.md §5). It outlives the hub, so
that a hub's restart cuts no connection.
"""

__version__ = "0.1.0"
