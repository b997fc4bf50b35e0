"""`whatworks demo`: the whole way once, on samples."""

import click

from server.cli.options import examples


@click.command(
    "demo",
    short_help="See it work on sample images; keeps nothing.",
    epilog=examples("whatworks demo", "whatworks demo --keep"),
)
@click.option("--keep", is_flag=True, help="Keep the demo's library and say where it is.")
def command(*, keep: bool) -> int:
    """Import samples, start the MCP server, ask it a question, and show it all.

    Uses a temporary library and leaves nothing behind. The samples were made with a known truth hidden in
    them, which is shown at the end.
    """
    from server.demo.tour import show_tour

    return show_tour(keep=keep)
