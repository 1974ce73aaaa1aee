"""The rung of the kernel template: a kernel that is complete but for its connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..kernel import template

if TYPE_CHECKING:
    from pathlib import Path


def prepare(ipython_dir: Path) -> None:
    """Make the kernel that all kernels here are forked from."""
    ipython_dir.mkdir()
    app = template.ForkedKernelApp()
    app.prepare(ipython_dir)
    template.keep(app)
