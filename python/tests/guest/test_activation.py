"""An activated clone is one user's server, unlike any other clone's."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING

from harness import until

if TYPE_CHECKING:
    from harness import Parent, Sandbox, StubHub


async def test_the_server_answers_as_soon_as_the_activation_does(
    sandbox: Sandbox, hub: StubHub
) -> None:
    reply = await sandbox.activate(hub)
    result = json.loads(reply["result"])
    assert result["server"]["port"] == 8000
    assert result["kernel"]["connection"]["ip"] == sandbox.address
    assert "version" in await sandbox.fetch("GET", "api")
    assert await sandbox.fetch("GET", "api/kernels") == []


async def test_a_sandbox_knows_whose_it_is(sandbox: Sandbox, hub: StubHub) -> None:
    assert await sandbox.value("activated()") is None
    await sandbox.activate(hub, "bob")
    assert await sandbox.value("activated()") == {
        "username": "bob",
        "server_name": "",
        "nonce": "nonce-bob",
    }
    again = await sandbox.activate(hub, "eve")
    assert again["error"] == "AlreadyActivatedError: this sandbox is 'bob''s already"


async def test_a_claimed_sandbox_says_whose_it_is_going_to_be(
    sandbox: Sandbox, hub: StubHub
) -> None:
    claimed = {"username": "", "server_name": "", "nonce": "nonce-bob"}
    assert await sandbox.value('claim("nonce-bob")') == claimed
    assert await sandbox.value('claim("nonce-eve")') == claimed
    assert await sandbox.value("activated()") == claimed
    await sandbox.activate(hub, "bob")
    assert (await sandbox.value("activated()"))["username"] == "bob"


async def test_the_first_cell_is_number_one_and_runs_in_the_users_home(active: Sandbox) -> None:
    shown = await active.run("import os; print(os.getcwd()); (len(In) - 1, len(Out))")
    assert shown == f"{active.directory / 'home'}\n(1, 0)"


async def test_clones_share_no_random_numbers_and_no_keys(parent: Parent, hub: StubHub) -> None:
    sandboxes = await parent.fork(2)
    code = (
        "import random, numpy, uuid, secrets, tempfile, ssl\n"
        "[random.random(), numpy.random.rand(), str(uuid.uuid1()), str(uuid.uuid4()),"
        " secrets.token_hex(8), next(tempfile._get_candidate_names()), ssl.RAND_bytes(8).hex()]"
    )
    drawn: list[list[str]] = []
    keys: list[str] = []
    for user, sandbox in zip(("alice", "bob"), sandboxes, strict=True):
        reply = json.loads((await sandbox.activate(hub, user))["result"])
        keys.append(reply["kernel"]["connection"]["key"])
        keys.append((sandbox.directory / "runtime" / "jupyter_cookie_secret").read_text())
        drawn.append((await sandbox.run(code)).split(","))
        # The second kernel of one user is a clone of the same parent, too.
        drawn.append((await sandbox.run(code)).split(","))
    assert len(set(keys)) == len(keys)
    for same in zip(*drawn, strict=True):
        assert len(set(same)) == len(same)
    for sandbox in sandboxes:
        await parent.kill(sandbox)


async def test_hostile_values_arrive_as_data(sandbox: Sandbox, hub: StubHub) -> None:
    evil = '\'"\n\\"); import os; os._exit(1) #\u2028 é 😀'
    large = "x" * (1 << 20)
    reply = await sandbox.activate(hub, environment={"EVIL": evil, "LARGE": large})
    assert reply["error"] is None
    shown = await sandbox.run(
        f"import os; (os.environ['EVIL'] == {evil!r}, len(os.environ['LARGE']))"
    )
    assert shown == "(True, 1048576)"


async def test_a_value_that_no_environment_can_hold_is_refused(
    sandbox: Sandbox, hub: StubHub
) -> None:
    reply = await sandbox.activate(hub, environment={"BAD": "a\0b"})
    assert reply["error"] == (
        "ActivationError: environment 'BAD' cannot be set: NUL, or '=' in a name"
    )
    assert await sandbox.value("activated()") is None


async def test_a_server_that_cannot_start_fails_at_once_with_its_log_and_without_secrets(
    sandbox: Sandbox, hub: StubHub
) -> None:
    reply = await sandbox.activate(
        hub, args=["--ServerApp.root_dir=/nowhere", f"--ServerApp.tornado_settings={'{'}"]
    )
    first, _, log = reply["error"].partition("\n")
    assert first.startswith("ActivationError: the server ended with exit code")
    assert log.startswith("--- last lines of the server's log ---")
    assert sandbox.token not in reply["error"]


async def test_a_hub_that_cannot_be_reached_is_named(sandbox: Sandbox, hub: StubHub) -> None:
    reply = await sandbox.activate(
        hub, environment={"JUPYTERHUB_API_URL": "http://127.0.0.1:9/hub/api"}, timeout_s=5
    )
    assert "http://127.0.0.1:9/hub/api" in reply["error"]


async def test_the_end_of_the_server_is_told(active: Sandbox) -> None:
    assert await active.value("server_exit()") is None
    info = (active.directory / "runtime").glob("jpserver-*.json")
    pid = json.loads(next(info).read_text())["pid"]
    os.kill(pid, signal.SIGKILL)
    ended: list[object] = []

    async def ask() -> None:
        ended.append(await active.value("server_exit()"))

    for _ in range(200):
        await ask()
        if ended[-1] is not None:
            break
    assert ended[-1] == {"exit_code": None, "signal": 9, "out_of_memory": False}


async def test_the_log_can_be_read_without_secrets(active: Sandbox) -> None:
    await until(lambda: (active.directory / "server.log").stat().st_size > 0, "a log")
    log = await active.value("server_log(500)")
    assert "Jupyter Server" in log
    assert active.token not in log
