"""Serving one library over stdin and stdout, the way assistants start a local server."""

from typing import TYPE_CHECKING

from server.mcp.ending import end_on_signals, leave
from server.mcp.one_heap import share_one_heap

if TYPE_CHECKING:
    from learning_core.library import Library
    from server.mcp.hiding import HideList


def serve_stdio(library: "Library", hide_list: "HideList") -> None:
    """Serve until stdin ends or the process is told to stop; nothing but JSON-RPC reaches stdout."""
    # The transport reads stdin in a thread, which would hold an interrupt back until the next line arrives.
    end_on_signals()
    share_one_heap()
    from server.clock import now
    from server.mcp.app import build_server, configure_logging

    configure_logging()
    build_server(library, now=now, hide_list=hide_list).run("stdio")
    leave()
