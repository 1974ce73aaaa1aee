"""The embedded controller in a process of its own, with a warm snapshot."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedded_command import WARM_DEADLINE_S, embedded_command

END_DEADLINE_S = 30.0

ENABLES_ECHO = Path(__file__).parent / "jupyter"


@dataclass(frozen=True)
class Controller:
    """Where it listens, and what of its API the suite needs beside the spawner."""

    url: str
    token_file: Path

    def sandbox_ids(self) -> list[str]:
        """All sandboxes that it knows."""
        return [row["id"] for row in self._call("GET", "/v1/sandboxes")]

    def delete(self, sandbox_id: str) -> None:
        """Delete a sandbox behind the hub's back."""
        self._call("DELETE", f"/v1/sandboxes/{sandbox_id}")

    def _call(self, method: str, path: str) -> Any:
        headers = {"Authorization": f"Bearer {self.token_file.read_text().strip()}"}
        request = urllib.request.Request(f"{self.url}{path}", method=method, headers=headers)  # noqa: S310
        with contextlib.suppress(urllib.error.HTTPError):  # it is gone already
            with urllib.request.urlopen(request, timeout=END_DEADLINE_S) as answer:  # noqa: S310
                body = answer.read()
            return json.loads(body) if body else None
        return None


@contextlib.contextmanager
def embedded_controller(folder: Path) -> Iterator[Controller]:
    """Start it with this interpreter's Jupyter warm; afterwards nothing of it is left."""
    token_file, output = folder / "token", folder / "controller.log"
    command = embedded_command(token_file, 0, "--env-keep", "JUPYTER_CONFIG_PATH")
    environment = {**os.environ, "JUPYTER_CONFIG_PATH": str(ENABLES_ECHO)}
    with output.open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=folder)  # noqa: S603
    try:
        yield Controller(_url_once_warm(process, output), token_file)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(END_DEADLINE_S)


def _url_once_warm(process: subprocess.Popen[bytes], output: Path) -> str:
    deadline = time.monotonic() + WARM_DEADLINE_S
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r"^controller: +(\S+)", output.read_text(), re.MULTILINE)
        if found:
            return found[1]
        time.sleep(0.1)
    raise RuntimeError(f"the embedded controller did not get warm:\n{output.read_text()}")
