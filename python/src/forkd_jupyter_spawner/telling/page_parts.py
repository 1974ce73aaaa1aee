"""Parts of the hub's pages that are ours to write; all that is filled in is escaped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

TEMPLATES = Path(__file__).parent / "templates"

_templates = Environment(
    loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
)


def render_part(name: str, **values: Any) -> str:
    """Return the HTML of a template with these values in it."""
    return _templates.get_template(name).render(values)
