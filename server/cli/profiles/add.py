"""`whatworks profiles add`: name a folder of models."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.cli.options import examples, with_library
from server.terminal.output import print_text, shown

if TYPE_CHECKING:
    from learning_core.library import Library


@click.command(
    "add", short_help="Name a folder of models to look in.", epilog=examples("whatworks profiles add models")
)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@with_library
def command(library: "Library", folder: Path) -> int:
    r"""Name a folder to look for profiles in, such as D:\sd\webui, ~/ComfyUI or a folder of models.

    It is only read. The list stands in model_folders.json in the library's folder.
    """
    from learning_core.profiles.configured import add_model_folder
    from learning_core.profiles.folders import search

    added = add_model_folder(library.root, folder)
    found = search(folder.absolute())
    lines = [f"{'Added' if added else 'Already named'}: {shown(folder.absolute())} ({found.layout})."]
    lines.append(f"Profiles there: {len(found.sidecars)}. Model files there: {len(found.model_files)}.")
    print_text("\n".join([*lines, *(f"Note: {shown(note)}" for note in found.notes)]))
    return 0
