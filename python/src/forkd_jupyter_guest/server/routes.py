"""Routes that were compiled for one base URL and serve another.

Compiling a server's hundred routes for each user's prefix costs more than all
requests until the first cell. So they stay as they were compiled in the parent,
and the path of a request is put into their terms when it is matched.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tornado.routing import PathMatches, Rule, RuleRouter

if TYPE_CHECKING:
    from collections.abc import Iterator


class Prefix:
    """The prefix that routes were compiled for, and the one that requests have."""

    def __init__(self, compiled: str) -> None:
        """Both end with a slash; until there is another, requests have the same."""
        self.compiled = compiled
        self.requested = compiled
        self._last: tuple[str, str | None] = ("", None)

    def compiled_path(self, path: str) -> str | None:
        """A request's path as the routes know it; None for one that is not below the prefix."""
        if self._last[0] is not path:
            # Every route asks for the same request's path.
            self._last = (path, self._translate(path))
        return self._last[1]

    def _translate(self, path: str) -> str | None:
        if path.startswith(self.requested):
            return self.compiled + path[len(self.requested) :]
        # Routes to the prefix itself are written '/prefix/?'.
        return self.compiled[:-1] if path == self.requested[:-1] else None


class _Request:
    """All that matching a path asks of a request."""

    def __init__(self, path: str) -> None:
        self.path = path


class PrefixedPathMatches(PathMatches):
    """A compiled route below the prefix; what it extracts and hands on is the request's own."""

    def __init__(self, original: PathMatches, prefix: Prefix) -> None:
        self.regex = original.regex
        self._path, self._group_count = original._path, original._group_count  # noqa: SLF001
        self._prefix = prefix

    def match(self, request: Any) -> dict[str, Any] | None:
        """Called by tornado for each request, until a route matches."""
        path = self._prefix.compiled_path(request.path)
        return None if path is None else super().match(_Request(path))  # type: ignore[arg-type]


def compiled_below(prefix: Prefix, pattern: re.Pattern[str]) -> bool:
    """Whether a route was compiled for the prefix (as it is, or escaped)."""
    return pattern.pattern.startswith((prefix.compiled, re.escape(prefix.compiled)))


def follow_prefix(web_app: Any, prefix: Prefix) -> list[re.Pattern[str]]:
    """Make all present routes of a tornado application follow the prefix; returns what they are."""
    followers: list[re.Pattern[str]] = []
    for rule in _rules(web_app.default_router):
        matcher = rule.matcher
        if isinstance(matcher, PathMatches) and compiled_below(prefix, matcher.regex):
            rule.matcher = PrefixedPathMatches(matcher, prefix)
            followers.append(matcher.regex)
    return followers


def _rules(router: RuleRouter) -> Iterator[Rule]:
    for rule in router.rules:
        yield rule
        if isinstance(rule.target, RuleRouter):
            yield from _rules(rule.target)
