"""What an operator can configure about sandboxes that a start leaves behind."""

from __future__ import annotations

from traitlets import Bool, Float, Unicode
from traitlets.config import LoggingConfigurable


class LeftoverTraits(LoggingConfigurable):
    """The options that say how nothing is left over."""

    journal_file = Unicode(
        "forkd-journal.jsonl",
        help="""
        The file in which the hub writes down what it is about to create, so that a start that is
        interrupted, by a SIGKILL of the hub for example, leaves no sandbox behind. It belongs to
        the hub's database: keep it beside it, and give each hub one of its own. A relative path
        is seen from the hub's working directory. Empty: in memory only, so that nothing is known
        of what an earlier process of the hub had made.

        Default: 'forkd-journal.jsonl'.
        """,
    ).tag(config=True)

    sweep_interval = Float(
        60.0,
        min=0,
        help="""
        Seconds from one sweep to the next: each deletes the sandboxes that this hub had made and
        that no server of it owns. The first is at the hub's start. 0: never.

        Default: 60.
        """,
    ).tag(config=True)

    sweep_dry_run = Bool(
        default_value=False,
        help="""
        Only say in the log what a sweep would delete.

        Default: False.
        """,
    ).tag(config=True)

    create_lock_folder = Unicode(
        help="""
        A folder that all hubs which use the same controller see and may write to. A lock in it
        keeps their creates from overlapping: a forkd controller would give two sandboxes the same
        network namespace. Who may write to the folder can hold the lock: where hubs of several
        system users want nobody else to, give them a folder of a common group, with mode 2770. In
        a folder that everybody may write to, a process of another user that holds the lock for
        more than 30 s is not waited for again.

        Default: empty, the host's folder for locks (/run/lock), else the temporary one.
        """
    ).tag(config=True)
