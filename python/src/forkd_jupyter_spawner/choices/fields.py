"""Reads a dictionary that an operator wrote: what isn't asked for in it is a mistake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from ..errors import MisconfiguredError


class WrongFieldError(MisconfiguredError):
    """A field is missing, unknown or of another type; the text says which, and where."""


class Fields:
    """The fields of one dictionary."""

    def __init__(self, value: Any, where: str, what: str) -> None:
        """`where` leads to it from the option's name on; `what` says what it describes."""
        if not isinstance(value, Mapping):
            raise WrongFieldError(f"{where} must be a dictionary, not {value!r}")
        self._fields = cast("Mapping[str, Any]", value)
        self.where = where
        self._what = what
        self._asked: list[str] = []

    def _get(self, name: str) -> Any:
        self._asked.append(name)
        return self._fields.get(name)

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text; one without a default must be there and not empty."""
        value = self._get(name)
        if value is None and default is not None:
            return default
        if value is None:
            raise WrongFieldError(f"{self.where}: {self._what} needs {name!r}")
        if not isinstance(value, str) or not (value or default == ""):
            raise WrongFieldError(f"{self.where}[{name!r}] must be a text, not {value!r}")
        return value

    def flag(self, name: str) -> bool:
        """Return a flag; False where it is missing."""
        value = self._get(name)
        if value is None:
            return False
        if not isinstance(value, bool):
            raise WrongFieldError(f"{self.where}[{name!r}] must be True or False, not {value!r}")
        return value

    def mapping(self, name: str) -> Mapping[str, Any]:
        """Return a dictionary; an empty one where it is missing."""
        value = self._get(name)
        if value is None:
            return {}
        if not isinstance(value, Mapping) or not all(
            isinstance(key, str) for key in cast("Mapping[Any, Any]", value)
        ):
            raise WrongFieldError(
                f"{self.where}[{name!r}] must be a dictionary with texts as keys, not {value!r}"
            )
        return cast("Mapping[str, Any]", value)

    def entries(self, name: str, what: str) -> list[tuple[str, Fields]]:
        """Return the entries of a dictionary of dictionaries."""
        return [
            (key, Fields(value, f"{self.where}[{name!r}][{key!r}]", what))
            for key, value in self.mapping(name).items()
        ]

    def optional(self, name: str, what: str) -> Fields | None:
        """Return the fields of a dictionary, None where it is missing."""
        value = self._get(name)
        return None if value is None else Fields(value, f"{self.where}[{name!r}]", what)

    def end(self) -> None:
        """Refuse what nobody has asked for: it is misspelt, or of another spawner's."""
        for name in self._fields:
            if name not in self._asked:
                raise WrongFieldError(
                    f"{self.where}: {name!r} is nothing that {self._what} has; "
                    f"it has {', '.join(sorted(self._asked))}"
                )
