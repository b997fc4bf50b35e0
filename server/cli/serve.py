"""`whatworks serve`: answer an assistant over MCP."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.cli.options import examples, with_library
from server.terminal.output import print_text, remark

if TYPE_CHECKING:
    from learning_core.library import Library
    from server.mcp.hiding import HideList

PORT = 8477


@click.command(
    "serve",
    short_help="Answer an assistant over MCP.",
    epilog=examples(
        "whatworks serve",
        "claude mcp add whatworks -- whatworks serve",
        "whatworks serve --http --port 8477",
        "whatworks serve --hide-words private.txt",
    ),
)
@click.option("--http", "over_http", is_flag=True, help="Serve over HTTP on this machine instead of stdin and stdout.")
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=PORT, show_default=True, help="With --http; 0 for any free one."
)
@click.option("--new-token", is_flag=True, help="With --http: make a new token; clients with the old one must change.")
@click.option("--hide-prompts", is_flag=True, help="Show no prompt, note or file name to the assistant.")
@click.option(
    "--hide-words",
    "words",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Show no prompt with a word, or of a record with a tag, that this file lists: one a line, a tag as tag:NAME.",
)
@with_library
def command(
    library: "Library", *, over_http: bool, port: int, new_token: bool, hide_prompts: bool, words: Path | None
) -> int:
    """Answer an assistant over MCP on stdin and stdout, or over HTTP.

    Your MCP client starts the first; you rarely run it yourself. The second listens on 127.0.0.1 alone and asks for a
    token, which it prints. It only reads: no tool rates or deletes. Hidden prompts still count.
    """
    from server.mcp.hiding import HideList, read_hide_list

    hide_list = read_hide_list(words, all_prompts=hide_prompts) if words else HideList(hide_prompts)
    if over_http:
        _serve_http(library, hide_list, port, new_token=new_token)
        return 0
    from server.mcp.stdio import serve_stdio

    if sys.stdin.isatty():
        remark("Waiting for an MCP client on stdin; Ctrl-C ends.")
    serve_stdio(library, hide_list)
    return 0


def _serve_http(library: "Library", hide_list: "HideList", port: int, *, new_token: bool) -> None:
    from server.mcp.bearer_token import TOKEN_FILE, kept_token, make_token
    from server.mcp.http import listen, serve_http

    listening = listen(port)
    token = (None if new_token else kept_token(library.cache)) or make_token(library.cache)
    print_text(
        f"Serving {listening.address} until Ctrl-C.\n"
        f"Token: {token}\n"
        f"It is kept in {library.cache / TOKEN_FILE}, readable by you alone; --new-token makes another.\n"
        f"claude mcp add --transport http whatworks {listening.address} --header 'Authorization: Bearer {token}'"
    )
    sys.stdout.flush()
    serve_http(library, listening, token, hide_list)
