"""The WebSocket of a kernel, with small messages sent at once."""

from __future__ import annotations

from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection


class PromptWebsocketConnection(ZMQChannelsWebsocketConnection):
    """jupyter_server's own, without Nagle's algorithm.

    A cell gives a row of small messages (busy, input, result, idle). Tornado
    leaves the algorithm on for WebSockets, so the second message waits until
    the first is acknowledged, which the other side puts off for 40 ms: every
    cell seems to take that long.

    ref: tornado.websocket.WebSocketHandler.set_nodelay
    """

    def connect(self) -> Any:
        """Called when the WebSocket is open, before the first message."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()
