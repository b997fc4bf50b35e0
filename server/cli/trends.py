"""`whatworks trends`: what was made over time, and whether it is judged better."""

from typing import TYPE_CHECKING, get_args

import click

from server.cli.options import (
    examples,
    exclude_option,
    json_option,
    known_parameter,
    match_option,
    where_option,
    with_library,
)
from server.terminal.output import print_answer
from server.terminal.progress import index_bar

if TYPE_CHECKING:
    from learning_core.answers.answer import Period
    from learning_core.answers.trend_answer import TimeOf
    from learning_core.library import Library
    from learning_core.text.keywords import Stated


@click.command(
    "trends",
    short_help="See how images and judgements changed over time.",
    epilog=examples(
        "whatworks trends",
        "whatworks trends beach --per month --split checkpoint",
        "whatworks trends --per day --where 'sampler:euler' --json",
        "whatworks trends --time judged",
    ),
)
@click.argument("subject", nargs=-1)
@match_option
@exclude_option
@click.option(
    "--per",
    type=click.Choice(["day", "week", "month"]),
    default="week",
    show_default=True,
    help="How long a period is; all times are UTC, weeks begin on Monday.",
)
@click.option(
    "--time",
    "time_of",
    type=click.Choice(["made", "judged"]),
    default="made",
    show_default=True,
    help="Periods of making, or of the last judgement.",
)
@click.option("--split", metavar="PARAMETER", help="Figures for each value of one, e.g. checkpoint, lora, stage.")
@where_option
@click.option(
    "--limit", type=click.IntRange(1, 400), default=26, show_default=True, help="Periods shown, the newest ones."
)
@click.option("--groups", type=click.IntRange(1, 20), default=5, show_default=True, help="Values shown with --split.")
@json_option
@with_library
def command(
    library: "Library",
    subject: tuple[str, ...],
    match: "Stated",
    exclude: tuple[str, ...],
    per: "Period",
    time_of: "TimeOf",
    split: str | None,
    where: str,
    limit: int,
    groups: int,
    *,
    as_json: bool,
) -> int:
    """See what was made over time, how it was judged, and whether that changed.

    A change is shown with its 95 % interval, beside the change at equal prompts: better images, or easier
    prompts? SUBJECT is matched as in `whatworks ask`.
    """
    from learning_core.answers.summarize_trends import summarize_trends
    from learning_core.answers.trend_answer import Dimension
    from server.terminal.trends import trends as lay_out

    known: tuple[Dimension, ...] = get_args(Dimension)
    dimension = None if split is None else known_parameter(split, known, "--split")
    with index_bar() as progress:
        answer = library.ask(
            lambda snapshot: summarize_trends(
                snapshot,
                " ".join(subject),
                per=per,
                time_of=time_of,
                split=dimension,
                match=match,
                exclude=exclude,
                where=where,
                limit=limit,
                groups=groups,
            ),
            progress,
        )
    print_answer(library, answer, lay_out, as_json=as_json)
    return 0
