"""`whatworks compare`: which of two settings came out better, and how sure that is."""

from typing import TYPE_CHECKING

import click

from server.cli.options import (
    context_option,
    examples,
    exclude_option,
    json_option,
    match_option,
    where_option,
    with_library,
)
from server.terminal.output import print_answer
from server.terminal.progress import index_bar

if TYPE_CHECKING:
    from learning_core.library import Library
    from learning_core.text.keywords import Stated


@click.command(
    "compare",
    short_help="Set two settings against each other.",
    epilog=examples(
        "whatworks compare 'sampler:\"Euler a\"' 'sampler:\"DPM++ 2M\"'",
        "whatworks compare steps:20..25 steps:30..40 --subject beach",
        "whatworks compare 'cfg:<6' 'cfg:>=6' --where stage:txt2img --json",
        "whatworks compare steps:20..25 steps:30..40 --context people:yes",
    ),
)
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option("--subject", default="", metavar="WORDS", help='Only prompts with these words, e.g. "beach,seaside".')
@match_option
@exclude_option
@where_option
@context_option
@json_option
@with_library
def command(
    library: "Library",
    a: str,
    b: str,
    subject: str,
    match: "Stated",
    exclude: tuple[str, ...],
    where: str,
    context: str,
    *,
    as_json: bool,
) -> int:
    """Tell whether A came out better than B, how sure that is, and what else could explain it.

    A and B are filters, written as for --where: 'sampler:"Euler a"', steps:20..25, 'checkpoint:realvis lora:film'.
    Images of the same prompt and seed are compared first; records that both filters select are left out.
    """
    from learning_core.answers.compare_settings import compare_settings
    from server.terminal.comparison import comparison

    with index_bar() as progress:
        answer = library.ask(
            lambda snapshot: compare_settings(
                snapshot, a, b, subject=subject, match=match, exclude=exclude, where=where, context=context
            ),
            progress,
        )
    print_answer(library, answer, comparison, as_json=as_json)
    return 0
