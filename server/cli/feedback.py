"""`whatworks feedback`: what validations and feedback say of the attempts at a subject."""

from typing import TYPE_CHECKING

import click

from server.cli.options import examples, exclude_option, json_option, match_option, where_option, with_library
from server.terminal.output import print_answer
from server.terminal.progress import index_bar

if TYPE_CHECKING:
    from learning_core.library import Library
    from learning_core.text.keywords import Stated


@click.command(
    "feedback",
    short_help="Pass rates, common issues, and whether feedback helped.",
    epilog=examples(
        "whatworks feedback",
        "whatworks feedback beach --where 'sampler:euler'",
        "whatworks feedback --limit 20 --json",
    ),
)
@click.argument("subject", nargs=-1)
@match_option
@exclude_option
@where_option
@click.option("--limit", type=click.IntRange(1, 100), default=10, show_default=True, help="Rows of each table.")
@json_option
@with_library
def command(
    library: "Library",
    subject: tuple[str, ...],
    match: "Stated",
    exclude: tuple[str, ...],
    where: str,
    limit: int,
    *,
    as_json: bool,
) -> int:
    """Report on attempts: records with the score or the verdict of a validation.

    How many passed, which issues and categories of feedback were mentioned how often and in how many attempts, and
    whether attempts at the same prompts came out better after feedback. SUBJECT is matched as in `whatworks ask`.
    """
    from learning_core.answers.feedback import feedback_report
    from server.terminal.feedback import report

    with index_bar() as progress:
        answer = library.ask(
            lambda snapshot: feedback_report(
                snapshot, subject=" ".join(subject), match=match, exclude=exclude, where=where, limit=limit
            ),
            progress,
        )
    print_answer(library, answer, report, as_json=as_json)
    return 0
