"""`whatworks ask`: which settings go with images that came out well."""

from typing import TYPE_CHECKING, get_args

import click

from server.cli.options import (
    context_option,
    examples,
    exclude_option,
    json_option,
    known_parameter,
    where_option,
    with_library,
)
from server.terminal.output import print_answer
from server.terminal.progress import index_bar

if TYPE_CHECKING:
    from learning_core.library import Library
    from learning_core.text.keywords import Match


@click.command(
    "ask",
    short_help="Ask which settings work for a subject.",
    epilog=examples(
        "whatworks ask beach",
        'whatworks ask beach,seaside "golden hour" --by checkpoint',
        "whatworks ask beach --where 'steps:25..35' --json",
        "whatworks ask portrait --context 'people:yes'",
        "whatworks ask beach --match semantic --exclude portrait",
    ),
)
@click.argument("subject", nargs=-1)
@click.option("--by", "by", multiple=True, metavar="PARAMETER", help="Only this parameter; may be repeated.")
@click.option(
    "--match",
    type=click.Choice(["exact", "words", "semantic"]),
    default="words",
    show_default=True,
    help="SUBJECT as a phrase within one tag, its words anywhere, or also what means nearly the same.",
)
@exclude_option
@where_option
@context_option
@click.option(
    "--limit",
    type=click.IntRange(1, 50),
    default=3,
    show_default=True,
    help="Settings shown for each parameter.",
)
@click.option("--why", is_flag=True, help="Show the numbers that decided.")
@json_option
@with_library
def command(
    library: "Library",
    subject: tuple[str, ...],
    by: tuple[str, ...],
    match: "Match",
    exclude: tuple[str, ...],
    where: str,
    context: str,
    limit: int,
    *,
    why: bool,
    as_json: bool,
) -> int:
    """Ask which settings go with images that came out well.

    SUBJECT is matched against positive prompts. All its words must occur; "beach" finds "beaches" but not
    "bench". A comma without a space means "or": beach,seaside. Without a subject the whole library is asked.
    --match semantic needs `whatworks embed` once; what it adds is shown and counted apart.
    """
    from learning_core.answers.answer import By
    from learning_core.answers.what_works import what_works
    from server.terminal.answer import what_works as lay_out

    known: tuple[By, ...] = get_args(By)
    parameters = [known_parameter(name, known, "--by") for part in by for name in part.split(",")] or None
    with index_bar() as progress:
        answer = library.ask(
            lambda snapshot: what_works(
                snapshot,
                " ".join(subject),
                by=parameters,
                match=match,
                exclude=exclude,
                where=where,
                context=context,
                limit=limit,
            ),
            progress,
        )
    print_answer(library, answer, lambda found: lay_out(found, why=why), as_json=as_json)
    return 0
