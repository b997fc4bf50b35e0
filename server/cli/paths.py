"""`whatworks paths`: where things lie."""

from typing import TYPE_CHECKING

import click

from server.cli.options import examples, json_option, with_library
from server.terminal.output import print_json, print_text, shown

if TYPE_CHECKING:
    from learning_core.library import Library


@click.command(
    "paths",
    short_help="Show where library, log and index lie.",
    epilog=examples("whatworks paths", "whatworks paths --json"),
)
@json_option
@with_library
def command(library: "Library", *, as_json: bool) -> int:
    """Show where library, log and index lie.

    The log is yours: keep it, back it up. The index can be deleted at any time and is built again. Choose
    another library with --library or WHATWORKS_LIBRARY, another place for indexes with WHATWORKS_CACHE.
    """
    from server.place import reports_folder

    places = {
        "library": str(library.root),
        "log": str(library.log_folder),
        "index": str(library.cache),
        "reports": str(reports_folder()),
    }
    if as_json:
        print_json(places)
    else:
        print_text("\n".join(f"{name:8} {shown(place)}" for name, place in places.items()))
    return 0
