"""Be a hub and a user of one machine, at the other end of its network; prints as JSON what it saw.

Run by `test_init.py` there.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from harness import Sandbox, StubHub  # noqa: E402 (it is beside this program)

from guest.machine import GUEST, HOST  # noqa: E402
from guest.user_server import DEADLINE_S  # noqa: E402

CELL = """
import json, os, pathlib, socket, tempfile
home = pathlib.Path.home()
(home / 'own').write_text('mine')
try:
    pathlib.Path('/run/forkd/other').write_text('not mine')
    elsewhere = 'written'
except PermissionError:
    elsewhere = 'refused'
print(json.dumps({
    'ids': [os.getuid(), os.getgid(), os.geteuid(), os.getegid(), os.getgroups()],
    'names': [os.environ[name] for name in ('USER', 'LOGNAME', 'HOME')],
    'locale': os.environ['LANG'],
    'zone': os.environ['TZ'],
    'own_environment': pathlib.Path('/proc/self/environ').stat().st_uid,
    'temporary': tempfile.gettempdir(),
    'host': socket.gethostname(),
    'elsewhere': elsewhere,
}))
"""


async def main() -> dict[str, Any]:
    """Activate, look at server and kernels, and tell."""
    hub = StubHub(HOST)
    hub.open()
    machine = Sandbox("vm", GUEST, Path("/run/forkd"))
    reply = await machine.activate(hub)
    assert reply["error"] is None, reply["error"]
    activation = json.loads(reply["result"])
    first = json.loads(await machine.run(CELL))
    second = json.loads(await machine.run(CELL))
    kernel_id = await machine.start_kernel()
    await machine.fetch("POST", f"api/kernels/{kernel_id}/restart", {})
    seen = {
        "ping": await machine.ask({"action": "ping"}),
        "agent": await machine.eval("__import__('os').getuid()"),
        "server": await _output(
            machine, "stat", "-c", "%u", f"/proc/{activation['server']['pid']}"
        ),
        "loopback": await _output(machine, "cat", "/sys/class/net/lo/flags"),
        "orphan": await _orphan(machine),
        "hostname": activation["hostname"],
        "kernels": [first, second],
        "after_restart": await machine.run("1 + 1", kernel_id),
    }
    await hub.close()
    return seen


async def _output(machine: Sandbox, *command: str) -> str:
    return (await machine.ask({"action": "exec", "args": list(command)}))["stdout"].strip()


async def _orphan(machine: Sandbox) -> str:
    """What is left of a process whose parent ended before it; waits until nothing is."""
    orphan = await _output(machine, "sh", "-c", "sleep 0.05 >/dev/null & echo $!")
    async with asyncio.timeout(DEADLINE_S):
        while state := await _output(machine, "cat", f"/proc/{orphan}/stat"):  # noqa: ASYNC110 (another process ends)
            await asyncio.sleep(0.01)
    return state


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(main())))
