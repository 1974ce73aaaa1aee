"""A fork stands for a kernel spec's command only where it is the same kernel."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from forkd_jupyter_guest.kernel.provisioner import is_this_python

if TYPE_CHECKING:
    from harness import Sandbox


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of programs of an environment, with two interpreters; this one is 3.11."""
    base = tmp_path / "base"
    folder = tmp_path / "environment" / "bin"
    for made in (base, folder, tmp_path / "other" / "bin"):
        made.mkdir(parents=True)
    for version in ("python3.11", "python3.12"):
        (base / version).touch()
        (folder / version).symlink_to(base / version)
    (folder / "python").symlink_to("python3")
    (folder / "python3").symlink_to("python3.11")
    (tmp_path / "other" / "bin" / "python3.11").symlink_to(base / "python3.11")
    (tmp_path / "link").symlink_to(tmp_path / "environment")
    monkeypatch.setattr(sys, "executable", str(folder / "python3.11"))
    return folder


@pytest.mark.parametrize("name", ["python", "python3", "python3.11", "../bin/python"])
def test_every_name_of_this_interpreter_is_it(environment: Path, name: str) -> None:
    assert is_this_python(f"{environment}/{name}")
    assert is_this_python(f"{environment.parent.parent}/link/bin/{name}")


@pytest.mark.parametrize(
    "path",
    [
        "{bin}/python3.12",
        "{bin}/no-such-python",
        "{bin}/",
        "{bin}",
        "{bin}/../../other/bin/python3.11",
        "{bin}/../../base/python3.11",
        "bin/python3.11",
        "./python3.11",
        "python3.11",
        "",
    ],
)
def test_no_other_is_taken_for_it(
    environment: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.chdir(environment.parent)
    assert not is_this_python(path.format(bin=environment))


ARGV = ["-m", "ipykernel_launcher", "-f", "{connection_file}"]


async def _start(active: Sandbox, name: str, **spec: Any) -> str:
    folder = active.directory / "home/.local/share/jupyter/kernels" / name
    folder.mkdir(parents=True)
    described = {"display_name": name, "language": "python", **spec}
    (folder / "kernel.json").write_text(json.dumps(described))
    return await active.start_kernel(name)


WAS_FORKED = "import sys; 'forkd_jupyter_guest.bind.user_kernel' in sys.modules"


async def test_another_interpreter_of_the_same_folder_is_started(active: Sandbox) -> None:
    # Another file beside this one; that it runs the same Python in the end doesn't show.
    other = Path(sys.executable).parent / "python-of-another-version"
    other.write_text(f'#!/bin/sh\nFORKD_OTHER=yes exec {sys.executable} "$@"\n')
    other.chmod(0o755)
    try:
        kernel_id = await _start(active, "other", argv=[str(other), *ARGV])
        assert await active.run(WAS_FORKED, kernel_id) == "False"
        assert await active.run("import os; os.environ['FORKD_OTHER']", kernel_id) == "'yes'"
    finally:
        other.unlink()


@pytest.mark.parametrize(
    ("words", "env", "forked"),
    [
        ([], {}, "True"),
        (["-Xfrozen_modules=off"], {}, "True"),
        (["-X", "dev"], {}, "False"),
        (["-W", "error::UserWarning"], {}, "False"),
        (["-I"], {}, "False"),
        ([], {"PYTHONPATH": "/elsewhere"}, "False"),
        ([], {"OMP_NUM_THREADS": "1"}, "False"),
    ],
)
async def test_what_a_fork_cannot_honour_is_started(
    active: Sandbox, words: list[str], env: dict[str, str], forked: str
) -> None:
    kernel_id = await _start(active, "own", argv=[sys.executable, *words, *ARGV], env=env)
    assert await active.run(WAS_FORKED, kernel_id) == forked
    for name, value in env.items():
        assert await active.run(f"import os; os.environ[{name!r}]", kernel_id) == repr(value)
