"""Tells of a failure that lasts once, and once of its end."""

from __future__ import annotations

import logging


class Trouble:
    """One kind of failure of one thing, which is tried again and again."""

    def __init__(self, logger: logging.Logger) -> None:
        """`logger` is told."""
        self._logger = logger
        self._lasts = False

    def begins(self, message: str, *args: object) -> None:
        """Tell of it, unless it was there already."""
        if not self._lasts:
            self._logger.error(message, *args)
        self._lasts = True

    def ends(self, message: str, *args: object) -> None:
        """Tell that it is over, if it was there."""
        if self._lasts:
            self._logger.info(message, *args)
        self._lasts = False
