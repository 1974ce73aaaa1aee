"""What kind of sandbox a server gets, and how it is reached."""

from __future__ import annotations

from jupyterhub.traitlets import Callable
from traitlets import Bool, Enum, Unicode
from traitlets.config import LoggingConfigurable

from ..network.by_name import NETWORKS


class SandboxTraits(LoggingConfigurable):
    """The options that say what to ask a controller for."""

    per_child_netns = Bool(
        default_value=True,
        help="""
        Give each sandbox a network namespace of its own. False makes sandboxes of a genuine
        forkd share one address, which works for one sandbox at a time only.

        Default: True.
        """,
    ).tag(config=True)

    prewarm = Bool(
        None,
        allow_none=True,
        help="""
        forkd's `prewarm`: whether a sandbox's memory is read in as it is restored, which makes
        the restore take longer and the server's first steps shorter. The embedded controller
        accepts it without effect.

        Default: None, which leaves the field out of the request: forkd's own default.
        """,
    ).tag(config=True)

    live_fork = Bool(
        None,
        allow_none=True,
        help="""
        forkd's `live_fork`: whether sandboxes share the memory of the running parent, which needs
        forkd's patched Firecracker. The embedded controller refuses it.

        Default: None, which leaves the field out of the request: forkd's own default.
        """,
    ).tag(config=True)

    hugepages = Bool(
        None,
        allow_none=True,
        help="""
        forkd's `hugepages`: whether a sandbox's memory is backed by huge pages of the host, which
        the host must have set aside. The embedded controller accepts it without effect.

        Default: None, which leaves the field out of the request: forkd's own default.
        """,
    ).tag(config=True)

    modify_request_hook = Callable(
        None,
        allow_none=True,
        help="""
        Called at each start, before anything is forked, with the spawner and a dictionary: the
        body of forkd's `POST /v1/sandboxes` without `n`. Sync or async; it may change the
        dictionary or return another. Fields that this release doesn't know are handed on.

        Starts that come together share a request where their bodies are equal: a value that
        differs for each user (a name, say) makes each a request of its own, one after another.

        Default: None.
        """,
    ).tag(config=True)

    after_created_hook = Callable(
        None,
        allow_none=True,
        help="""
        Called at each start with the spawner and the new sandbox (`id`, `host`, `netns`,
        `snapshot_tag`), before it becomes the user's server. Sync or async. When it raises, the
        sandbox is deleted and the start fails.

        Default: None.
        """,
    ).tag(config=True)

    network = Enum(
        ["auto", *NETWORKS],
        default_value="auto",
        help="""
        How hub and sandboxes reach each other. 'direct': by the address that the controller
        gives, as with the embedded controller. 'forward': through the forwarder, a process on
        the controller's host that can enter network namespaces; the hub may stay on loopback,
        and a guest reaches nothing else of the host through it. 'dnat': by rules that
        `forkd-spawner network up` makes once; the kernel hands packets on, and the hub must
        listen on forkd's bridge (10.43.0.1). See docs/forkd-network.md.

        Default: 'auto', which is 'forward' for a sandbox whose address is forkd's 10.42.0.2,
        else 'direct'.
        """,
    ).tag(config=True)

    forwarder_socket = Unicode(
        "/run/forkd-forwarder/control.sock",
        help="""
        The Unix socket of the forwarder (`python -m forkd_jupyter_forwarder`), for
        network = 'forward'. The hub's user must be allowed to use it.

        Default: '/run/forkd-forwarder/control.sock'.
        """,
    ).tag(config=True)
