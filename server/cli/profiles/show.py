"""`whatworks profiles show`: one profile in full."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.cli.options import examples, json_option, profile_folders_option, with_library
from server.terminal.output import print_json, print_text

if TYPE_CHECKING:
    from learning_core.library import Library


@click.command(
    "show",
    short_help="Show one profile in full.",
    epilog=examples("whatworks profiles show coastlineXL_v3", "whatworks profiles show film --json"),
)
@click.argument("name")
@profile_folders_option
@json_option
@with_library
def command(library: "Library", name: str, folders: tuple[Path, ...], *, as_json: bool) -> int:
    """Show all that the profile of a checkpoint or LoRA says, unknown keys too; both where both have the name."""
    from learning_core.profiles.telling import profile_in_full
    from server.profiles import profiles_of
    from server.terminal.profiles import in_full

    found = [profile_in_full(each) for each in profiles_of(library, folders).any_named(name)]
    if as_json:
        print_json([each.model_dump(mode="json") for each in found])
    else:
        print_text("\n\n".join(in_full(each) for each in found))
    return 0
