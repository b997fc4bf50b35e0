"""`whatworks audit`: which client called which tool, and when."""

from typing import TYPE_CHECKING

import click

from server.cli.options import examples, json_option, with_library
from server.terminal.output import print_json, print_text

if TYPE_CHECKING:
    from learning_core.library import Library


@click.command(
    "audit",
    short_help="See which assistant called which tool.",
    epilog=examples("whatworks audit", "whatworks audit --limit 5 --json"),
)
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Calls shown, the newest.")
@json_option
@with_library
def command(library: "Library", *, limit: int, as_json: bool) -> int:
    """See which client called which tool, when, how long it took, how much it got and which records it was shown.

    The log holds no prompt and no question, only a digest of the arguments, by which equal calls can be told. A client
    chooses the name it gives itself.
    """
    from msgspec.structs import asdict

    from learning_core.calls import CallLog
    from server.terminal.calls import calls

    log = CallLog(library.root)
    newest = log.newest(limit)
    if as_json:
        print_json({"folder": str(log.folder), "calls": [asdict(call) for call in newest]})
    else:
        print_text(calls(newest, str(log.folder)))
    return 0
