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
@click.argument(
    "folders",
    nargs=-1,
    required=True,
    metavar="FOLDER...",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
@with_library
def command(library: "Library", folders: tuple[Path, ...]) -> int:
    r"""Name folders to look for profiles in, such as D:\sd\webui, ~/ComfyUI or a folder of models.

    They are only read. The list stands in model_folders.json in the library's folder.
    """
    for folder in folders:
        print_text("\n".join(_added(library, folder)))
    return 0


def _added(library: "Library", folder: Path) -> list[str]:
    from learning_core.profiles.configured import add_model_folder
    from learning_core.profiles.folders import search

    added = add_model_folder(library.root, folder)
    found = search(folder.absolute())
    return [
        f"{'Added' if added else 'Already named'}: {shown(folder.absolute())} ({found.layout}).",
        f"Profiles there: {len(found.sidecars)}. Model files there: {len(found.model_files)}.",
        *(f"Note: {shown(note)}" for note in found.notes),
    ]
