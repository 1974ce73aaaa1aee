"""`python -m forkd_jupyter_spawner`: an operator's questions about running servers."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from .errors import ForkdError
from .operator_commands import HubApi, kernel_connection, server_log, write_privately


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0: done, 1: it can't be, with a sentence on standard error."""
    options = _parser().parse_args(arguments)
    try:
        hub = HubApi(options.hub_url, _secret(options.token_file, "JUPYTERHUB_API_TOKEN"))
        state = hub.server_state(options.user, options.server)
        if options.command == "kernel-connection":
            _write(options.output, json.dumps(kernel_connection(state), indent=2))
        else:
            token = _secret(options.controller_token_file, "FORKD_TOKEN")
            log = server_log(state, options.lines, controller_token=token, ca_file=options.ca_file)
            _write(None, "\n".join(asyncio.run(log)))
    except (ForkdError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m forkd_jupyter_spawner", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    kernel = commands.add_parser(
        "kernel-connection",
        help="the connection file of a server's first kernel, for `jupyter console --existing`",
    )
    kernel.add_argument("--output", metavar="FILE", help="write it there, readable for you only")
    log = commands.add_parser("server-log", help="the last lines of a running server's log")
    log.add_argument("--lines", type=int, default=50)
    log.add_argument(
        "--controller-token-file",
        metavar="FILE",
        default=os.environ.get("FORKD_TOKEN_FILE"),
        help="default: FORKD_TOKEN_FILE, else the token itself in FORKD_TOKEN",
    )
    log.add_argument("--ca-file", metavar="FILE", default="", help="for an https controller")
    for command in (kernel, log):
        _add_server(command)
    return parser


def _add_server(command: argparse.ArgumentParser) -> None:
    command.add_argument("user")
    command.add_argument("server", nargs="?", default="", help="the name of a named server")
    command.add_argument(
        "--hub-url",
        metavar="URL",
        default=os.environ.get("JUPYTERHUB_API_URL") or "http://127.0.0.1:8081/hub/api",
        help="the hub's API; default: JUPYTERHUB_API_URL, else http://127.0.0.1:8081/hub/api",
    )
    command.add_argument(
        "--token-file",
        metavar="FILE",
        help="a hub token with admin:server_state; default: the token in JUPYTERHUB_API_TOKEN",
    )


def _secret(path: str | None, variable: str) -> str:
    return Path(path).read_text().strip() if path else os.environ.get(variable, "")


def _write(path: str | None, text: str) -> None:
    if path is None:
        sys.stdout.write(f"{text}\n")
    else:
        write_privately(path, f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
