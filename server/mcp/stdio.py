"""Serving one library over stdin and stdout, the way assistants start a local server."""

import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from learning_core.library import Library


def serve_stdio(library: "Library") -> None:
    """Serve until stdin ends or the process is told to stop; nothing but JSON-RPC reaches stdout."""
    # The transport reads stdin in a thread, which would hold an interrupt back until the next line arrives.
    # Nothing here needs tidying up: every write is one transaction or one append.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    from server.clock import now
    from server.mcp.app import build_server, configure_logging

    configure_logging()
    build_server(library, now=now).run("stdio")
    _leave()


def _leave() -> None:
    """Leave at once although a thread may still be indexing.

    The log is whole, and the index catches up later.
    """
    sys.stderr.flush()
    if any(thread is not threading.main_thread() and not thread.daemon for thread in threading.enumerate()):
        os._exit(0)
