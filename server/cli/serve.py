"""`whatworks serve`: answer an assistant over MCP."""

import sys
from typing import TYPE_CHECKING

import click

from server.cli.options import examples, with_library
from server.terminal.output import remark

if TYPE_CHECKING:
    from learning_core.library import Library


@click.command(
    "serve",
    short_help="Answer an assistant over MCP (stdio).",
    epilog=examples("whatworks serve", "claude mcp add whatworks -- whatworks serve"),
)
@with_library
def command(library: "Library") -> int:
    """Answer an assistant over MCP on stdin and stdout.

    Your MCP client starts this; you rarely run it yourself. It only reads: no tool rates or deletes.
    """
    from server.mcp.stdio import serve_stdio

    if sys.stdin.isatty():
        remark("Waiting for an MCP client on stdin; Ctrl-C ends.")
    serve_stdio(library)
    return 0
