"""What is open, in a file: a forwarder that was restarted opens it again."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from .errors import ForwarderError
from .forwards import Forwards, Target

log = logging.getLogger(__name__)


class Memory:
    """The file. Its folder must be one that a restart of the host empties, as /run is."""

    def __init__(self, path: Path, forwards: Forwards) -> None:
        self._path = path
        self._forwards = forwards

    def save(self) -> None:
        """Write what is open now, all of it or nothing."""
        text = json.dumps([forward.as_json() for forward in self._forwards.all])
        beside = self._path.with_suffix(".new")
        beside.write_text(text, encoding="utf-8")
        beside.replace(self._path)

    async def restore(self) -> None:
        """Open what was open; a sandbox that is gone meanwhile is left out."""
        for known in self._read():
            await self._restore(known)

    def _read(self) -> list[dict[str, Any]]:
        try:
            return json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return []
        except ValueError:
            log.warning("%s cannot be read and is begun anew", self._path)
            return []

    async def _restore(self, known: dict[str, Any]) -> None:
        sandbox = known["sandbox"]
        hub = Target(*known["hub"])
        try:
            await self._forwards.open(sandbox, known["netns"], hub, host=known["host"])
            await self._forwards.expose(sandbox, known["ports"])
        except (ForwarderError, OSError) as error:
            log.warning("the way to sandbox %s is not opened again: %s", sandbox, error)
