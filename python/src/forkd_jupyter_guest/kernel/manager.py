"""The server's kernels, told at once that a forked kernel is up."""

from __future__ import annotations

from typing import Any

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

from .provisioner import ForkProvisioner


class ForkedKernelManager(AsyncMappingKernelManager):
    """jupyter_server's own, without the wait for a first sign of life that was given already.

    A new kernel counts as 'starting' until a message of it is seen, and a
    WebSocket that connects meanwhile looks again every 50 ms. A forked kernel
    has said that it is up before its start returns. (That the client's own
    subscription works is checked by the WebSocket as ever.)
    """

    async def _async_start_kernel(self, **kwargs: Any) -> str:
        """Called for each new kernel, by the API and by sessions."""
        kernel_id: str = await super()._async_start_kernel(**kwargs)
        kernel: Any = self.get_kernel(kernel_id)
        provisioner = kernel.provisioner
        if (
            isinstance(provisioner, ForkProvisioner)
            and provisioner.is_forked
            and kernel.execution_state == "starting"
        ):
            kernel.execution_state = "idle"
        return kernel_id

    start_kernel = _async_start_kernel
