"""Loaded before JupyterHub's tests: has their mocks made of our spawner, and holds the table."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from typing import Any
from unittest import mock

import jupyterhub.spawner
import pytest
from jupyterhub.handlers import pages

from embedded_command import NODE_PROGRAMS
from hub_suite import collecting
from hub_suite.controller import embedded_controller
from hub_suite.hub_api import hub_api
from hub_suite.spawners import SuiteSpawner, with_normal_states

# Before jupyterhub.tests.mocking takes it as the base of all its mocks.
jupyterhub.spawner.SimpleLocalProcessSpawner = SuiteSpawner

PATIENCE_S = {"test_start_stop_race": 3.0, "test_rename_server": 0.0}
"""How long the hub waits for a start before it answers, in cases that count on its mocks' speed.

A process is there at once and its server after 0.1 s or more; a fork when its server is. So the
one case must wait for what it stops (of the 5 s that the mocks wait after that), and the other
must not, or the start that it awaits is over."""


@pytest.fixture(scope="session", autouse=True)
def controller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One warm snapshot for all cases."""
    os.environ["PATH"] = os.pathsep.join([str(NODE_PROGRAMS), os.environ["PATH"]])
    folder = tmp_path_factory.mktemp("controller")
    with embedded_controller(folder) as warm, hub_api() as url:
        os.environ |= {"FORKD_URL": warm.url, "FORKD_TOKEN_FILE": str(warm.token_file)}
        SuiteSpawner.controller, SuiteSpawner.hub_api_url = warm, url
        yield


@pytest.fixture(autouse=True)
def patience(request: pytest.FixtureRequest) -> Iterator[None]:
    """As `PATIENCE_S` has it, whatever `no_patience` says."""
    slow_after_s = PATIENCE_S.get(collecting.names_of(request.node)[1])
    if slow_after_s is None:
        yield
        return
    app = request.getfixturevalue("app")
    request.getfixturevalue("no_patience")
    with mock.patch.dict(app.tornado_settings, {"slow_spawn_timeout": slow_after_s}):
        yield


class _PatientAsyncio:
    """asyncio as the page `spawn` uses it, which waits a second for a start that fails at once.

    A busy machine takes longer than that to write the hub's database.
    """

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    @staticmethod
    def wait(futures: Any, *, timeout: float) -> Any:
        return asyncio.wait(futures, timeout=60 * timeout)


@pytest.fixture(autouse=True)
def patient_page(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a case asks whether a failure is shown at once, and not how soon."""
    if collecting.names_of(request.node)[1] == "test_spawn_fails_custom_message":
        monkeypatch.setattr(pages, "asyncio", _PatientAsyncio())


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Called with all that was found: leave out what the table lists, and check the table."""
    if not any("::" in argument for argument in config.args):
        collecting.check_modules()
        collecting.check_cases(items)
    left_out = [item for item in items if collecting.is_listed(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]
    for module in {item.module for item in items if isinstance(item, pytest.Function)}:
        if hasattr(module, "normalize_user"):
            module.normalize_user = _normalizing(module.normalize_user)


def _normalizing(original: Any) -> Any:
    return lambda user: original(with_normal_states(user))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """A case that skips itself is neither run nor listed."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped ({call.excinfo}): list it in left_out.py"
    return report
