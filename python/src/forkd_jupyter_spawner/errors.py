"""What can go wrong between the hub and a user's server, one class per remedy."""

from __future__ import annotations

from typing import Literal

Outcome = Literal["completed", "failed", "timed-out", "aborted"]
"""How a start ended."""

TELL_ADMIN = "You can't mend this yourself: tell the administrator of this hub."
TRY_AGAIN = "Try again. If it fails again, tell the administrator of this hub."
TRY_LATER = "Try again in a few minutes. If it fails again, tell the administrator of this hub."
NOT_SET_UP = "This hub is not set up in a way that your server can start."


class ForkdError(Exception):
    """Any failure below the spawner; its text is one sentence for who operates the hub."""

    reason = "forkd"
    """The short label under which the hub counts such failures."""
    hint = ""
    """What an admin can do."""
    status_code = 500
    """The HTTP status of the failed request to the hub."""
    outcome: Outcome = "failed"
    """How the start ended that failed with it."""
    happened = "Your server could not be started."
    """The same for its user: a sentence without the names of options, addresses or processes."""
    advice = TRY_AGAIN
    """What the user can do."""


class ControllerError(ForkdError):
    """The controller did not do what it was asked."""

    reason = "controller"


class ControllerUnreachableError(ControllerError):
    """Nothing answers at the controller's URL."""

    reason = "controller-unreachable"
    hint = "check that forkd-controller runs and that c.ForkdSpawner.controller_url is right"
    status_code = 503
    happened = "The service that runs the servers does not answer."
    advice = TRY_LATER


class ControllerTimeoutError(ControllerError):
    """The controller took longer than `request_timeout`."""

    reason = "controller-timeout"
    hint = "look at the controller's log; c.ForkdSpawner.request_timeout sets the limit"
    status_code = 504
    happened = "The service that runs the servers took too long to answer."
    advice = TRY_LATER


class UnauthorizedError(ControllerError):
    """The controller does not accept the token."""

    reason = "controller-token"
    hint = "check c.ForkdSpawner.token or token_file against the controller's --token-file"
    happened = NOT_SET_UP
    advice = TELL_ADMIN


class UnknownSnapshotError(ControllerError):
    """There is no snapshot with this tag."""

    reason = "snapshot-unknown"
    hint = "check c.ForkdSpawner.snapshot_tag against the controller's list of snapshots"
    happened = "The software that your server is made of was not found."
    advice = TELL_ADMIN


class SnapshotNotBootableError(ControllerError):
    """The snapshot exists but can't be forked."""

    reason = "snapshot-not-bootable"
    hint = "build the snapshot again"
    happened = "The software that your server is made of is damaged."
    advice = TELL_ADMIN


class SandboxNotFoundError(ControllerError):
    """The controller knows no sandbox with this id: it is gone for certain."""

    reason = "sandbox-gone"
    happened = "Your server was removed while it was starting."


class RequestRefusedError(ControllerError):
    """The controller says that the request is wrong (another 4xx)."""

    reason = "controller-refused"
    happened = NOT_SET_UP
    advice = TELL_ADMIN


class ControllerFailedError(ControllerError):
    """The controller failed (5xx); the text carries its own reason."""

    reason = "controller-failed"
    hint = "look at the controller's log"
    status_code = 502
    happened = "The service that runs the servers has failed."
    advice = TRY_LATER


class GuestSilentError(ControllerFailedError):
    """The controller got no answer out of a sandbox that it has."""

    reason = "guest-silent"
    hint = "the microVM is dead or overloaded: look at the load and memory of the controller's host"
    status_code = 504
    happened = "Your server did not answer while it was starting."
    advice = TRY_LATER


class NamespaceTakenError(ControllerFailedError):
    """A microVM that the controller no longer knows holds the network namespace of the new one."""

    reason = "namespace-taken"
    hint = (
        "a forkd-controller that was killed has left a microVM behind: `forkd-spawner doctor "
        "--controller URL --token-file FILE` names it and the command that ends it"
    )


class CapacityError(ControllerFailedError):
    """The controller, or its host, has no place for another sandbox."""

    reason = "capacity"
    hint = (
        "the controller's host is out of network namespaces (`ip netns` lists forkd-child-*, one a "
        "sandbox), memory, processes or disk space: add some, or stop servers"
    )
    status_code = 503
    happened = "There is no room for another server at the moment."
    advice = (
        "Try again in a few minutes, when others may have stopped theirs. If it fails again, "
        "tell the administrator of this hub."
    )


class ProtocolError(ControllerError):
    """Something answers, but not as forkd does (HTML, for example)."""

    reason = "not-forkd"
    hint = "check that c.ForkdSpawner.controller_url points at a forkd controller, not at a proxy"
    status_code = 502
    happened = NOT_SET_UP
    advice = TELL_ADMIN


class AnswerTooLongError(ControllerError):
    """An answer goes on and on; a guest's, or what stands between controller and hub."""

    reason = "answer-too-long"
    hint = "the sandbox does not behave as it should, or controller_url is no forkd controller's"
    status_code = 502


class GuestError(ForkdError):
    """The guest inside the sandbox raised an error."""

    reason = "guest"
    happened = "Your server could not be prepared."


class ActivationError(GuestError):
    """The sandbox did not become the user's server."""

    reason = "activation"
    hint = "the last lines of the server's log tell more"
    happened = "Your server failed while it was starting."

    def __init__(self, sentence: str, log_lines: tuple[str, ...] = ()) -> None:
        """`log_lines` are the last ones of the server's log, when it died."""
        super().__init__(sentence)
        self.log_lines = log_lines


class ActivationTimeoutError(ActivationError):
    """The sandbox took longer than `activation_timeout` to become the user's server."""

    reason = "activation-timeout"
    hint = "c.ForkdSpawner.activation_timeout sets the limit; a busy host needs more"
    status_code = 504
    happened = "Your server took too long to start."
    advice = TRY_LATER


class HubOutOfReachError(ActivationError):
    """The server is up, but gets no answer from the hub's API."""

    reason = "hub-out-of-reach"
    hint = "c.JupyterHub.hub_connect_url must be an address that sandboxes can reach"
    happened = "Your server started, but could not reach this hub."
    advice = TELL_ADMIN


class OutOfMemoryError(ActivationError):
    """The server, or its sandbox, was ended by its memory limit."""

    reason = "out-of-memory"
    hint = "c.ForkdSpawner.mem_limit is too small for the snapshot, or its host's memory is used up"
    happened = "Your server ran out of memory while it was starting."
    advice = "Choose a server with more memory, or ask the administrator of this hub for it."


class SandboxDiedError(ForkdError):
    """The sandbox ended before it was the user's server."""

    reason = "sandbox-died"
    hint = "the controller's log tells how it ended; c.ForkdSpawner.mem_limit may be too small"
    happened = "Your server ended while it was starting."


class ServerDiedError(ForkdError):
    """The server was ready and ended before the hub had seen it."""

    reason = "server-died"
    hint = "the last lines of the server's log tell more"
    happened = "Your server ended right after it had started."


class StartTimeoutError(ForkdError):
    """The hub gave the start up: it took longer than `start_timeout`."""

    reason = "start-timeout"
    hint = "c.ForkdSpawner.start_timeout sets the limit"
    status_code = 504
    outcome = "timed-out"
    happened = "Your server took too long to start."
    advice = TRY_LATER


class StoppedError(ForkdError):
    """The server was stopped while it was starting."""

    reason = "stopped"
    status_code = 409
    outcome = "aborted"
    happened = "Your server was stopped while it was starting."
    advice = "Start it again when you need it."


class UnusableValueError(ForkdError):
    """Something that is to be handed to the sandbox can't be."""

    reason = "unusable-value"
    status_code = 400
    happened = "A setting of your server can't be used."
    advice = TELL_ADMIN


class ChoiceError(ForkdError):
    """A user has chosen what isn't offered."""

    reason = "choice"
    status_code = 400
    advice = "Choose something else."


class MisconfiguredError(ForkdError):
    """An option, or what its callable gave, can't be used."""

    reason = "configuration"
    hint = "correct c.ForkdSpawner in jupyterhub_config.py; the hub's log tells more"
    happened = NOT_SET_UP
    advice = TELL_ADMIN


class NotReachableError(ForkdError):
    """The hub has no way to the sandbox's network."""

    reason = "network"
    hint = "see c.ForkdSpawner.network, and whether the forwarder runs (docs/forkd-network.md)"
    happened = "Your server started, but this hub could not reach it."
    advice = TELL_ADMIN
