"""The user for whom everything is imported and initialised before there is a user.

Whatever is computed from a home folder, a prefix or a name while a parent warms
up - a library's default, a server's settings - is computed from these, and can
be found again by them (`placeholders.py`). Without this, the folders of whoever
started the parent would be every user's.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..machine.place import take_place
from ..machine.site import SandboxSite
from .placeholders import MARK, Replacements, Slot, find_slots

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

USER = f"{MARK}user"
PREFIX = f"/{MARK}prefix/"

IDENTITY = {
    "JUPYTERHUB_API_TOKEN": f"{MARK}token",
    "JUPYTERHUB_CLIENT_ID": f"{MARK}client",
    "JUPYTERHUB_OAUTH_CALLBACK_URL": f"{PREFIX}oauth_callback",
    "JUPYTERHUB_OAUTH_SCOPES": f'["{MARK}scope"]',
    "JUPYTERHUB_OAUTH_ACCESS_SCOPES": f'["{MARK}scope"]',
    "JUPYTERHUB_USER": USER,
    "JUPYTERHUB_SERVER_NAME": f"{MARK}name",
    "JUPYTERHUB_API_URL": f"http://{MARK}api/hub/api",
    "JUPYTERHUB_ACTIVITY_URL": f"http://{MARK}activity/activity",
    "JUPYTERHUB_BASE_URL": f"/{MARK}base/",
    "JUPYTERHUB_SERVICE_PREFIX": PREFIX,
    "JUPYTERHUB_HOST": "",
}
"""What a spawner hands over for every user. (No host: with one, servers are set up differently.)"""

BOUND = frozenset(name for name, text in IDENTITY.items() if text)
"""The variables whose values are found again."""


@dataclass(frozen=True)
class Place:
    """Where a process lives, in texts that get into what it makes."""

    cwd: str
    home: str
    runtime: str = ""
    address: str = ""

    @classmethod
    def of_this_process(cls, site: SandboxSite) -> Place:
        """After it was taken (`take_place`)."""
        home, runtime = (os.environ[name] for name in ("HOME", "JUPYTER_RUNTIME_DIR"))
        return cls(str(Path.cwd()), home, runtime, site.address)


class Nobody:
    """One parent's: the folders it has while it warms up, and the places that know of them."""

    def __init__(self, folder: Path) -> None:
        self.site = SandboxSite("nobody", f"{MARK}address", folder)
        self.cwd = folder / "cwd"
        self.place = Place(
            str(self.cwd), str(self.site.home), str(self.site.runtime), self.site.address
        )
        self._slots: list[Slot] = []

    def note_places(self) -> None:
        """Look for what the imports and the kernel's template have computed from the home."""
        self._slots, unreachable = find_slots(b"", stay=self.own_objects())
        for text in unreachable:
            sys.stderr.write(f"it stays as it was when the parent warmed up: {text}\n")

    def give_way(self) -> None:
        """In a new process that has taken its place: what was computed from the home is its own."""
        texts = {self.place.cwd: str(Path.cwd()), self.place.home: os.environ["HOME"]}
        write(self._slots, Replacements(texts))

    def texts(self, real: Place, environment: Mapping[str, str]) -> dict[str, str]:
        """Placeholder to value, for one user."""
        identity = {IDENTITY[name]: environment[name] for name in BOUND}
        return identity | {
            self.place.cwd: real.cwd,
            self.place.home: real.home,
            self.place.runtime: real.runtime,
            self.place.address: real.address,
        }

    def own_objects(self) -> list[object]:
        """What is about nobody, and stays so."""
        ours = (self, self.place, self.site)
        return [*ours, *map(vars, ours), IDENTITY, globals()]


def write(slots: list[Slot], replacements: Replacements) -> None:
    """Write to all places whose value changes."""
    for slot in slots:
        value = replacements(slot.value)
        if value != slot.value:
            slot.write(value)


_nobody: Nobody | None = None


def give_way() -> None:
    """In a new process that has taken its place: have the parent's nobody give way to its user."""
    if _nobody is not None:
        _nobody.give_way()


@contextlib.contextmanager
def at_home() -> Generator[Nobody]:
    """Be nobody, for as long as it takes to warm up; the folders are gone afterwards."""
    global _nobody  # noqa: PLW0603 (it is what the fork carries)
    cwd, environment = str(Path.cwd()), dict(os.environ)
    # No TemporaryDirectory: a forked kernel runs its exit handlers, and would remove it.
    # Without symbolic links: that is how a process is told where it is.
    nobody = Nobody(Path(tempfile.mkdtemp(prefix=MARK)).resolve())
    nobody.site.make_folders()
    nobody.cwd.mkdir()
    take_place(str(nobody.cwd), environment | {"HOME": nobody.place.home})
    try:
        yield nobody
    finally:
        take_place(cwd, environment)
        shutil.rmtree(nobody.site.directory, ignore_errors=True)
    _nobody = nobody
