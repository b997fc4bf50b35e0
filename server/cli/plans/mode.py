"""`whatworks plan mode`: how much the library may learn."""

from typing import TYPE_CHECKING

import click

from server.cli.options import examples, json_option, with_library
from server.terminal.output import print_json, print_text, shown

if TYPE_CHECKING:
    from learning_core.library import Library
    from learning_core.model.job import LearningMode


@click.command(
    "mode",
    short_help="Show or choose how much is learned.",
    epilog=examples("whatworks plan mode", "whatworks plan mode active", "whatworks plan mode off --pack portraits"),
)
@click.argument("mode", required=False, type=click.Choice(["off", "passive", "active"]))
@click.option("--pack", metavar="NAME", help="Only for this prompt pack.")
@json_option
@with_library
def command(library: "Library", mode: "LearningMode | None", pack: str | None, *, as_json: bool) -> int:
    """Show or choose how much is learned.

    off logs no jobs and starts no plan, passive logs what you make, active also lets programs make what plans lack.

    It holds for the library, or for one prompt pack; a run may say otherwise in its record (learning_mode).
    """
    from learning_core.modes import read_modes, write_modes

    modes = read_modes(library.root)
    if mode is not None:
        modes = modes.changed(mode, pack)
        write_modes(library.root, modes)
    if as_json:
        print_json(modes.model_dump(mode="json"))
    else:
        lines = [f"library: {modes.mode}", *(f"{shown(name)}: {each}" for name, each in modes.prompt_packs.items())]
        print_text("\n".join(lines))
    return 0
