"""A network namespace in which a guest could be, without a guest."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count

import pytest

from forkd_jupyter_forwarder.namespaces import Namespaces
from namespaces import namespace_with

_numbers = count(1)


@pytest.fixture
def namespace() -> Iterator[str]:
    """Its name. Both ends of forkd's tap are addresses of its loopback interface."""
    name = f"forwarder-test-{os.getpid()}-{next(_numbers)}"
    with namespace_with(name, "10.42.0.1/24", "10.42.0.2/24"):
        yield name


@pytest.fixture
def namespaces() -> Iterator[Namespaces]:
    """What makes sockets in them."""
    made = Namespaces()
    yield made
    made.close()
