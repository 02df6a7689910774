"""Runs the sandbox with uvicorn, on a socket that is bound before anything is said of it."""

import socket

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol


class ConnectionProtocol(H11Protocol):
    """Shows the application its connection, so that a fault can cut it."""

    def data_received(self, data: bytes) -> None:
        """The transport is `request.state.connection`."""
        self.app_state = {**self.app_state, "connection": self.transport}
        super().data_received(data)


def listen(host: str, port: int) -> tuple[socket.socket, str]:
    """A listening socket and the URL it is reached at; port 0 is any free one."""
    listener = socket.create_server((host, port))
    # asyncio sees to this only for sockets it made itself; without it every answer waits 40 ms for an acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener, f"http://{host}:{listener.getsockname()[1]}"


def build_uvicorn_server(app: ASGIApp) -> uvicorn.Server:
    """One event loop, no log of its own, a second for requests that hang at the end.

    Connections are kept as long as servers on the internet keep them: who comes again just when one is closed gets a
    reset for an answer.
    """
    config = uvicorn.Config(
        app,
        http=ConnectionProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)
