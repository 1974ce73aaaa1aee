"""Which of JupyterHub's own tests are collected: all that `left_out.py` doesn't list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import jupyterhub
import jupyterhub.tests
import pytest

from hub_suite import left_out

RUN = (
    "test_spawner",
    "test_api",
    "test_app",
    "test_auth_expiry",
    "test_internal_ssl_connections",
    "test_internal_ssl_connections_external_authorities",
    "test_named_servers",
    "test_orm",
    "test_pages",
    "test_proxy",
    "test_singleuser",
)
"""The modules with cases that are run."""


def listed() -> tuple[Mapping[str, str], Mapping[str, Mapping[str, str]]]:
    """The table's modules and cases, as far as this JupyterHub has them."""
    absent = left_out.SINCE_HUB_6 if jupyterhub.version_info < (6,) else frozenset[str]()
    modules = {name: why for name, why in left_out.MODULES.items() if name not in absent}
    cases = {
        module: {name: why for name, why in reasons.items() if name not in absent}
        for module, reasons in left_out.CASES.items()
    }
    return modules, cases


def check_modules() -> None:
    """Every module of the suite is run or listed, and only those."""
    there = {file.stem for file in Path(jupyterhub.tests.__file__).parent.glob("test_*.py")}
    modules, _ = listed()
    _check("module", there=there, known={*RUN, *modules})


def check_cases(items: Iterable[pytest.Item]) -> None:
    """Every case that is listed for a collected module exists."""
    _, cases = listed()
    found: dict[str, set[str]] = {}
    for item in items:
        module, case = names_of(item)
        found.setdefault(module, set()).update({case, item.name})
    for module, there in found.items():
        _check(f"case of {module}", there=there, known={*cases.get(module, {}), *there})


def is_listed(item: pytest.Item) -> bool:
    """Whether a case is not to be run."""
    module, case = names_of(item)
    return not {case, item.name}.isdisjoint(listed()[1].get(module, {}))


def names_of(item: pytest.Item) -> tuple[str, str]:
    """Module and case, without parameters."""
    assert isinstance(item, pytest.Function)
    return item.module.__name__.rpartition(".")[2], item.originalname


def _check(what: str, *, there: set[str], known: set[str]) -> None:
    for name in sorted(there - known):
        raise pytest.UsageError(f"the {what} {name!r} is neither run nor in left_out.py")
    for name in sorted(known - there):
        raise pytest.UsageError(
            f"left_out.py lists the {what} {name!r}, not in JupyterHub {jupyterhub.__version__}"
        )
