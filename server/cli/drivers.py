"""`whatworks drivers`: what the differences between judgements go with."""

from typing import TYPE_CHECKING

import click

from server.cli.options import examples, exclude_option, json_option, match_option, where_option, with_library
from server.terminal.output import print_answer
from server.terminal.progress import index_bar

if TYPE_CHECKING:
    from learning_core.library import Library
    from learning_core.text.keywords import Stated


@click.command(
    "drivers",
    short_help="See what drives quality: prompt, settings, words.",
    epilog=examples(
        "whatworks drivers",
        "whatworks drivers beach --where stage:txt2img",
        "whatworks drivers --limit 20 --json",
    ),
)
@click.argument("subject", nargs=-1)
@match_option
@exclude_option
@where_option
@click.option(
    "--limit",
    type=click.IntRange(1, 100),
    default=10,
    show_default=True,
    help="Words shown that lift, and that sink, of either kind of prompt.",
)
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
    """See what the differences between your ratings go with.

    Shows the share of the differences that goes with the prompt, with each setting, and with neither; which settings
    always moved together; and the words of positive and negative prompts that stand out. SUBJECT as in whatworks ask;
    without one the whole library is looked at.
    """
    from learning_core.answers.drivers import drivers
    from server.terminal.drivers import drivers as lay_out

    with index_bar() as progress:
        answer = library.ask(
            lambda snapshot: drivers(
                snapshot, subject=" ".join(subject), match=match, exclude=exclude, where=where, limit=limit
            ),
            progress,
        )
    print_answer(library, answer, lay_out, as_json=as_json)
    return 0
