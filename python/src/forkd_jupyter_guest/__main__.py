"""`python -m forkd_jupyter_guest parent|init|agent`."""

from __future__ import annotations

import sys

USAGE = """usage: python -m forkd_jupyter_guest parent|init|agent

  parent   warm up, then fork one sandbox per request of the embedded controller
           (control channel: file descriptor 3, docs/protocols.md §3)
  init     PID 1 of a microVM: mounts, network and signals, then as agent; what
           is snapshotted
  agent    warm up, then serve forkd's guest agent on port 8888, under an init of
           another's
"""


def main() -> int:
    """Run the sub-command that the first argument names."""
    match sys.argv[1:]:
        case ["parent"]:
            from .parent import main as run  # noqa: PLC0415 (imports decide what the parent holds)
        case ["init"]:
            from .init import main as run  # noqa: PLC0415
        case ["agent"]:
            from .microvm import main as run  # noqa: PLC0415
        case _:
            sys.stderr.write(USAGE)
            return 2
    return run()


if __name__ == "__main__":
    sys.exit(main())
