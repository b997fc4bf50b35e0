"""Serving one library over HTTP on this machine alone, for clients that cannot start a program."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec import Struct

from learning_core.errors import PortRefused
from server.mcp.ending import end_on_signals
from server.mcp.one_heap import share_one_heap

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer
    from starlette.types import ASGIApp

    from learning_core.library import Library
    from server.mcp.hiding import HideList

HOST = "127.0.0.1"
PATH = "/mcp"
BODY_BYTES = 1024 * 1024
"""Arguments are bounded far below; what is longer is no call of a client."""

MOST_SESSIONS = 100
MOST_REQUESTS_AT_ONCE = 64


class Listening(Struct, frozen=True):
    """A socket that listens already, on this machine's own address alone."""

    socket: socket.socket
    port: int

    @property
    def address(self) -> str:
        """The address for clients."""
        return f"http://{HOST}:{self.port}{PATH}"


def listen(port: int) -> Listening:
    """Listen on a port of 127.0.0.1, 0 for any that is free; raises PortRefused."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((HOST, port))
        bound.listen(MOST_REQUESTS_AT_ONCE)
    except OSError as error:
        bound.close()
        raise PortRefused(port, error.strerror or str(error)) from error
    return Listening(bound, bound.getsockname()[1])


def serve_http(library: "Library", listening: Listening, token: str, hide_list: "HideList") -> None:
    """Serve until the process is told to stop, by SIGINT or SIGTERM."""
    end_on_signals()
    share_one_heap()
    from server.clock import now
    from server.mcp.app import build_server, configure_logging

    configure_logging()
    server = build_server(library, now=now, hide_list=hide_list)
    _run(http_app(server, token, listening.port), listening.socket)


def http_app(server: "MCPServer[object]", token: str, port: int) -> "ASGIApp":
    """Return the application behind its gate; plain JSON answers, so without progress."""
    from mcp.server.transport_security import TransportSecuritySettings

    from server.mcp.gate import OWN_NAMES, Gate

    hosts = [f"{name}:{port}" for name in OWN_NAMES]
    exact = TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=[f"http://{host}" for host in hosts])
    app = server.streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,
        max_request_body_size=BODY_BYTES,
        max_sessions=MOST_SESSIONS,
        transport_security=exact,
    )
    return Gate(app, token, port)


def _run(app: "ASGIApp", listening: socket.socket) -> None:
    import uvicorn

    class Server(uvicorn.Server):
        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            """Leave signals alone: waiting for open connections would take longer than a second."""
            yield

    settings = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, ws="none",
        limit_concurrency=MOST_REQUESTS_AT_ONCE,
    )  # fmt: skip
    Server(settings).run(sockets=[listening])
