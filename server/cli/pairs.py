"""`whatworks pairs`: which values did well for each keyword, or with each checkpoint."""

from typing import TYPE_CHECKING, get_args

import click

from server.cli.options import examples, json_option, known_parameter, where_option, with_library
from server.terminal.output import print_answer
from server.terminal.progress import index_bar

if TYPE_CHECKING:
    from learning_core.answers.pairs import Side
    from learning_core.library import Library


@click.command(
    "pairs",
    short_help="See what goes with each keyword or checkpoint.",
    epilog=examples(
        "whatworks pairs keyword checkpoint",
        "whatworks pairs keyword lora --only beach --only light --why",
        "whatworks pairs checkpoint lora --where stage:txt2img --json",
    ),
)
@click.argument("rows", type=click.Choice(["keyword", "checkpoint"]))
@click.argument("parameter")
@click.option("--only", multiple=True, metavar="NAME", help="Only this keyword or checkpoint; may be repeated.")
@where_option
@click.option(
    "--limit", type=click.IntRange(1, 100), default=10, show_default=True, help="Keywords or checkpoints shown."
)
@click.option("--values", type=click.IntRange(1, 50), default=3, show_default=True, help="Values shown for each.")
@click.option("--why", is_flag=True, help="Show the numbers that decided.")
@json_option
@with_library
def command(
    library: "Library",
    rows: "Side",
    parameter: str,
    only: tuple[str, ...],
    where: str,
    limit: int,
    values: int,
    *,
    why: bool,
    as_json: bool,
) -> int:
    """See which values of PARAMETER did well for each keyword, or with each checkpoint.

    Each keyword (or checkpoint) is looked at like a subject of its own: a value leads there only when its own images
    show it; otherwise what leads over all prompts is named. Those with the most judged images come first.
    """
    from learning_core.answers.answer import By
    from learning_core.answers.pairs import pairs
    from server.terminal.pairs import pairs as lay_out

    known: tuple[By, ...] = get_args(By)
    by = known_parameter(parameter, known, "PARAMETER")
    with index_bar() as progress:
        answer = library.ask(
            lambda snapshot: pairs(snapshot, rows, by, only=only, where=where, limit=limit, values=values), progress
        )
    print_answer(library, answer, lambda found: lay_out(found, why=why), as_json=as_json)
    return 0
