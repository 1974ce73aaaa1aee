"""A form as a browser without JavaScript sees it, and what it would send."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class PageForm(HTMLParser):
    """Reads the controls of a page's forms; `values` are what a submit would send."""

    page: str
    values: dict[str, str] = field(default_factory=dict)
    offered: dict[str, list[str]] = field(default_factory=dict)
    """For each radio group and select: the values to choose from."""
    labels: set[str] = field(default_factory=set)
    """The ids that labels point at."""
    control_ids: set[str] = field(default_factory=set)
    text: list[str] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)
    _select: str = ""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.feed(self.page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        found = {name: value or "" for name, value in attrs}
        name, value = found.get("name", ""), found.get("value", "")
        match tag:
            case "label":
                self.labels.add(found["for"])
            case "select":
                self._select = name
                self.control_ids.add(found["id"])
            case "option":
                self._offer(self._select, value, picked="selected" in found)
            case "input" if found.get("type") == "radio":
                self.control_ids.add(found["id"])
                self._offer(name, value, picked="checked" in found)
            case "input" if name:
                self.values[name] = value
                if found.get("type") == "text":
                    self.control_ids.add(found["id"])
            case _:
                pass

    def _offer(self, name: str, value: str, *, picked: bool) -> None:
        self.offered.setdefault(name, []).append(value)
        if picked:
            self.values[name] = value

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.text.append(data.strip())
