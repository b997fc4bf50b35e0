"""`whatworks profiles list`: which profiles there are."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.cli.options import examples, json_option, profile_folders_option, with_library
from server.terminal.output import print_json, print_text

if TYPE_CHECKING:
    from learning_core.library import Library


@click.command(
    "list",
    short_help="List the profiles of your checkpoints and LoRAs.",
    epilog=examples("whatworks profiles list", "whatworks profiles list --profiles models --json"),
)
@profile_folders_option
@json_option
@with_library
def command(library: "Library", folders: tuple[Path, ...], *, as_json: bool) -> int:
    """List the profiles in the folders that you named, what each suggests, and what could not be used."""
    from learning_core.profiles.telling import profiles_in
    from server.profiles import profiles_of
    from server.terminal.profiles import listing

    found = profiles_in(profiles_of(library, folders))
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        print_text(listing(found))
    return 0
