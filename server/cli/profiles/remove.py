"""`whatworks profiles remove`: no longer look in a folder of models."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.cli.ending import FAILED
from server.cli.options import examples, with_library
from server.terminal.output import print_text, remark, shown

if TYPE_CHECKING:
    from learning_core.library import Library


@click.command(
    "remove",
    short_help="No longer look in a folder of models.",
    epilog=examples("whatworks profiles remove models"),
)
@click.argument("folder", type=click.Path(path_type=Path))
@with_library
def command(library: "Library", folder: Path) -> int:
    """Take a folder off the list; nothing in it is touched."""
    from learning_core.profiles.configured import remove_model_folder

    if not remove_model_folder(library.root, folder):
        remark(f"{shown(folder)} was not on the list; `whatworks profiles list` shows it.")
        return FAILED
    print_text(f"No longer looked in: {shown(folder.absolute())}.")
    return 0
