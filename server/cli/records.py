"""`whatworks records`: list records, or show some in full."""

from typing import TYPE_CHECKING, Literal

import click

from server.cli.options import examples, json_option, where_option, with_library
from server.terminal.output import hint_when_empty, print_json, print_text
from server.terminal.progress import index_bar

if TYPE_CHECKING:
    from learning_core.answers.answer import Items, RecordPage
    from learning_core.library import Library

Sort = Literal["newest", "best", "worst", "slowest"]


@click.command(
    "records",
    short_help="List records, or show some in full.",
    epilog=examples(
        "whatworks records --where 'beach rating:>=4' --sort best",
        "whatworks records --limit 50 --json",
        "whatworks records rec:0123456789abcdef",
    ),
)
@click.argument("refs", nargs=-1, metavar="[REF]...")
@where_option
@click.option(
    "--sort",
    type=click.Choice(["newest", "best", "worst", "slowest"]),
    default="newest",
    show_default=True,
    help="Which come first.",
)
@click.option("--limit", type=click.IntRange(1, 50), default=10, show_default=True, help="Records on a page.")
@click.option("--cursor", default="", help="Where the last page ended, as it said.")
@json_option
@with_library
def command(
    library: "Library",
    refs: tuple[str, ...],
    where: str,
    sort: Sort,
    limit: int,
    cursor: str,
    *,
    as_json: bool,
) -> int:
    """List records with settings and judgement, a page at a time.

    With REF arguments (rec:...) these records are shown in full instead.
    """
    from learning_core.answers.items import get_items
    from learning_core.answers.records import search_records
    from server.terminal.records import in_full, page

    if refs and (where or cursor):
        raise click.UsageError("Give either REF arguments or a filter, not both.")
    with index_bar() as progress:
        answer: Items | RecordPage
        if refs:
            answer = items = library.ask(lambda snapshot: get_items(snapshot, refs, detail="full"), progress)
            words = in_full(items)
        else:
            answer = listed = library.ask(
                lambda snapshot: search_records(snapshot, where=where, sort=sort, limit=limit, cursor=cursor), progress
            )
            words = page(listed)
    if as_json:
        print_json(answer.model_dump(mode="json"))
    else:
        print_text(words)
    hint_when_empty(library)
    return 0
