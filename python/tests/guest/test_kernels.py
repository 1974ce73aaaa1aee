"""Forked kernels behave as started ones."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness import Sandbox


async def test_the_first_kernel_is_the_one_that_was_forked_ahead(active: Sandbox) -> None:
    ahead = (await active.ask({"action": "exec", "args": ["true"]}))["exit_code"]
    assert ahead == 0
    first = await active.run(
        "from ipykernel.kernelapp import IPKernelApp; IPKernelApp.instance().shell_port"
    )
    second = await active.run(
        "from ipykernel.kernelapp import IPKernelApp; IPKernelApp.instance().shell_port"
    )
    assert first == "9001"
    assert second != "9001"


async def test_ten_kernels_run_side_by_side(active: Sandbox) -> None:
    ids = await asyncio.gather(*(active.start_kernel() for _ in range(10)))
    shown = await asyncio.gather(
        *(active.run(f"x = {n}; x * x", kernel_id) for n, kernel_id in enumerate(ids))
    )
    assert shown == [str(n * n) for n in range(10)]


async def test_a_restarted_kernel_has_forgotten_and_works(active: Sandbox) -> None:
    kernel_id = await active.start_kernel()
    assert await active.run("x = 1; x", kernel_id) == "1"
    await active.fetch("POST", f"api/kernels/{kernel_id}/restart", {})
    assert (await active.run_after_restart("x", kernel_id)).startswith("NameError")
    assert await active.run("2 + 2", kernel_id) == "4"


async def test_a_running_cell_can_be_interrupted(active: Sandbox) -> None:
    kernel_id = await active.start_kernel()
    async with active.kernel(kernel_id) as session:
        await session.send("execute_request", {"code": "print('on', flush=True)\nwhile True: pass"})
        while (await session.read())["msg_type"] != "stream":
            pass
        await active.fetch("POST", f"api/kernels/{kernel_id}/interrupt", {})
        while (message := await session.read())["msg_type"] != "error":
            pass
        assert message["content"]["ename"] == "KeyboardInterrupt"


async def test_a_kernel_that_dies_is_restarted_by_the_server(active: Sandbox) -> None:
    kernel_id = await active.start_kernel()
    before = await active.run("import os; os.getpid()", kernel_id)
    async with active.kernel(kernel_id) as session:
        await session.send("execute_request", {"code": "import os; os._exit(3)"})
        while True:
            message = await session.read()
            if message["content"].get("execution_state") == "restarting":
                break
    after = await active.run("import os; os.getpid()", kernel_id)
    assert after != before


async def test_a_deleted_kernel_is_gone(active: Sandbox) -> None:
    kernel_id = await active.start_kernel()
    await active.run(
        "open('gone', 'w').close(); import atexit; atexit.register(open, 'said-bye', 'w');",
        kernel_id,
    )
    await active.fetch("DELETE", f"api/kernels/{kernel_id}")
    assert await active.fetch("GET", "api/kernels") == []
    assert (active.directory / "home" / "said-bye").exists()


async def test_the_notebooks_folder_is_the_kernels(active: Sandbox) -> None:
    folder = active.directory / "home" / "work"
    folder.mkdir()
    model = {
        "path": "work/a.ipynb",
        "type": "notebook",
        "name": "a.ipynb",
        "kernel": {"name": "python3"},
    }
    session = await active.fetch("POST", "api/sessions", model)
    shown = await active.run(
        "import os; (os.getcwd(), __session__.endswith('a.ipynb'))", session["kernel"]["id"]
    )
    assert shown == f"('{folder}', True)"


async def test_another_kernel_spec_is_started_as_ever(active: Sandbox) -> None:
    spec = active.directory / "home" / ".local/share/jupyter/kernels/plain"
    spec.mkdir(parents=True)
    argv = [
        "python3",
        "-m",
        "ipykernel_launcher",
        "-f",
        "{connection_file}",
        "--IPKernelApp.quiet=False",
    ]
    import sys  # noqa: PLC0415

    argv[0] = sys.executable
    (spec / "kernel.json").write_text(
        json.dumps({"argv": argv, "display_name": "plain", "language": "python"})
    )
    kernel_id = await active.start_kernel("plain")
    shown = await active.run(
        "import sys; 'forkd_jupyter_guest.bind.user_kernel' in sys.modules", kernel_id
    )
    assert shown == "False"


@pytest.mark.parametrize("what", ["print('now')", "1 + 1"])
async def test_a_cell_that_is_run_the_moment_the_websocket_is_open_shows_its_output(
    active: Sandbox, what: str
) -> None:
    for _ in range(20):
        assert (await active.run(what)).strip() in {"now", "2"}


async def test_a_user_can_start_a_terminal(active: Sandbox) -> None:
    terminal = await active.fetch("POST", "api/terminals", {})
    names = [one["name"] for one in await active.fetch("GET", "api/terminals")]
    assert terminal["name"] in names


async def test_a_users_own_ipython_configuration_is_heeded(active: Sandbox) -> None:
    profile = active.directory / "home" / ".ipython" / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_config.py").write_text(
        "get_config().InteractiveShellApp.exec_lines = ['own = 7']"
    )
    await active.start_kernel()  # the one that was forked ahead of the configuration
    assert await active.run("own") == "7"


async def test_a_users_startup_files_are_run(active: Sandbox) -> None:
    startup = active.directory / "home" / ".ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True, exist_ok=True)
    (startup / "00-own.py").write_text("own = 8")
    await active.start_kernel()
    assert await active.run("own") == "8"


async def test_inputs_and_outputs_are_remembered(active: Sandbox) -> None:
    kernel_id = await active.start_kernel()
    await active.run("6 * 7", kernel_id)
    assert await active.run("(In[1], Out[1], _)", kernel_id) == "('6 * 7', 42, 42)"
    assert "6 * 7" in await active.run("%history", kernel_id)


async def test_the_kernel_has_nothing_of_the_warming_cell(active: Sandbox) -> None:
    assert await active.run("[n for n in dir() if not n.startswith('_')]") == (
        "['In', 'Out', 'exit', 'get_ipython', 'open', 'quit']"
    )


async def test_every_kernel_knows_of_which_notebook_it_is(active: Sandbox) -> None:
    for name in ("first", "second"):
        kernel = {"name": "python3"}
        notebook = {"path": f"{name}.ipynb", "name": name, "type": "notebook", "kernel": kernel}
        session = await active.fetch("POST", "api/sessions", notebook)
        shown = await active.run("__session__", session["kernel"]["id"])
        assert shown.endswith((f"/{name}.ipynb'", f"/{name}'")), shown
