"""`whatworks profiles validate`: everything that is wrong with sidecars."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.cli.ending import FAILED
from server.cli.options import examples, json_option, with_library
from server.terminal.output import print_json, print_text

if TYPE_CHECKING:
    from learning_core.library import Library


@click.command(
    "validate",
    short_help="Check profiles, file and field.",
    epilog=examples("whatworks profiles validate", "whatworks profiles validate models --json"),
)
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@json_option
@with_library
def command(library: "Library", paths: tuple[Path, ...], *, as_json: bool) -> int:
    """Check the profiles in PATHS, files or folders, or in the folders that you named.

    Names every field that is wrong, and values out of their usual range. Exits with 1 when a file cannot be used.
    """
    from learning_core.profiles.configured import model_folders
    from learning_core.profiles.validation import check_sidecars
    from server.terminal.profiles import checked

    found = check_sidecars([path.absolute() for path in paths] or model_folders(library.root))
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        print_text(checked(found))
    return 0 if found.ok else FAILED
