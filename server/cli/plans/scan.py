"""`whatworks plan scan`: images made before that look like an experiment."""

from typing import TYPE_CHECKING

import click

from server.cli.options import examples, json_option, with_library
from server.terminal.output import print_json, print_text
from server.terminal.progress import index_bar

if TYPE_CHECKING:
    from learning_core.library import Library


@click.command(
    "scan",
    short_help="Find sweeps among images made before.",
    epilog=examples("whatworks plan scan", "whatworks plan scan beach --json"),
)
@click.argument("subject", nargs=-1)
@click.option("--limit", type=click.IntRange(1, 200), default=20, show_default=True, help="Groups to show.")
@json_option
@with_library
def command(library: "Library", subject: tuple[str, ...], limit: int, *, as_json: bool) -> int:
    """Find groups of three or more images of one prompt and stage whose settings differ, outside of any plan.

    Rate what is unrated in them and it counts like all that is observed; to be sure of a setting, make a plan from
    one of the images. Images with the same settings and seed count once; where only the seed differs there is no
    group.
    """
    from learning_core.plans.discovered import discovered_groups
    from server.terminal.discovered import groups as lay_out

    with index_bar() as progress:
        found = library.ask(lambda snapshot: discovered_groups(snapshot, " ".join(subject), limit=limit), progress)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        print_text(lay_out(found))
    return 0
