"""Our server object with the fixtures of the SDK's everything-server in it, over HTTP and without the token gate.

    python -m tests.public_suites.fixture_server PORT SDK_SOURCES

Most scenarios of the conformance suite call fixtures by name; so merged they go through our own server object, with
its strictness. Only for the suite: nothing of it is reachable in the product.
"""

import sys
import tempfile
from pathlib import Path

import uvicorn
from mcp.server.transport_security import TransportSecuritySettings

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from library_factory import make_library, rated_jobs

from server.mcp.app import build_server, configure_logging


def main(port: int, sources: Path) -> None:
    """Serve until killed."""
    sys.path.insert(0, str(sources / "examples" / "servers" / "everything-server"))
    configure_logging()
    library = make_library(Path(tempfile.mkdtemp(prefix="whatworks-conformance-")), rated_jobs())
    server = build_server(library, now=lambda: 0.0)
    from mcp_everything_server import server as everything

    fixtures = everything.mcp
    for ours, theirs in (
        (server._tool_manager._tools, fixtures._tool_manager._tools),
        (server._resource_manager._resources, fixtures._resource_manager._resources),
        (server._resource_manager._templates, fixtures._resource_manager._templates),
        (server._prompt_manager._prompts, fixtures._prompt_manager._prompts),
    ):
        for name, fixture in theirs.items():
            ours.setdefault(name, fixture)  # type: ignore[attr-defined]
    hosts = [f"127.0.0.1:{port}", f"localhost:{port}"]
    exact = TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=[f"http://{host}" for host in hosts])
    app = server.streamable_http_app(transport_security=exact, event_store=everything.event_store, retry_interval=100)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
