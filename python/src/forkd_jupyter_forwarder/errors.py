"""What the forwarder can't do, in a sentence for the hub's log and its user."""

from __future__ import annotations


class ForwarderError(Exception):
    """Any of them."""


class BadRequestError(ForwarderError):
    """The hub asks for something that makes no sense."""


class NoSuchNamespaceError(ForwarderError):
    """The sandbox's namespace is not on this host: the controller is elsewhere, or it is gone."""


class NotPermittedError(ForwarderError):
    """This process may not enter namespaces."""


class AddressInUseError(ForwarderError):
    """Somebody else listens where the sandbox is to be reached."""


class ClosedError(ForwarderError):
    """The sandbox's forward was closed while somebody waited for it."""
