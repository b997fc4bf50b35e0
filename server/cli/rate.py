"""`whatworks rate`: say what you think of one record."""

from typing import TYPE_CHECKING, Literal

import click

from server.cli.options import examples, json_option, with_library
from server.terminal.output import print_json, print_text, shown

if TYPE_CHECKING:
    from learning_core.judging import Judged
    from learning_core.library import Library

Verdict = Literal["selected", "rejected"]


@click.command(
    "rate",
    short_help="Rate, select, tag or annotate one record.",
    epilog=examples(
        "whatworks rate rec:0123456789abcdef --stars 5",
        'whatworks rate rec:0123456789abcdef --select --tag keeper --note "soft light"',
        "whatworks rate rec:0123456789abcdef --undo",
    ),
)
@click.argument("ref")
@click.option("--stars", type=click.IntRange(1, 5), help="Stars from 1 to 5.")
@click.option("--select", "select", is_flag=True, help="Keep it: a pick.")
@click.option("--reject", "reject", is_flag=True, help="Throw it away.")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Put a tag on; may be repeated.")
@click.option("--untag", multiple=True, metavar="TAG", help="Take a tag off; may be repeated.")
@click.option("--note", help="A note in your words; an empty one clears it.")
@click.option("--image", type=click.IntRange(min=1), help="Only this image of the job; the first is 1.")
@click.option("--undo", is_flag=True, help="Take your last word on this record back.")
@json_option
@with_library
def command(
    library: "Library",
    ref: str,
    stars: int | None,
    tags: tuple[str, ...],
    untag: tuple[str, ...],
    note: str | None,
    image: int | None,
    *,
    select: bool,
    reject: bool,
    undo: bool,
    as_json: bool,
) -> int:
    """Say what you think of one record (rec:..., from `whatworks records`).

    Each word is a line of its own in the log: nothing is rewritten, the last word counts, and --undo takes it
    back. "saved" means that the disk has it.
    """
    from learning_core.judging import judge
    from learning_core.judging import undo as take_back
    from server.clock import new_event_id, now

    if select and reject:
        raise click.UsageError("Give either --select or --reject, not both.")
    verdict: Verdict | None = "selected" if select else "rejected" if reject else None
    said = any(value not in (None, ()) for value in (stars, verdict, tags, untag, note))
    if undo and (said or image is not None):
        raise click.UsageError("--undo stands alone: take back first, then rate anew.")
    if not undo and not said:
        raise click.UsageError("Say something: --stars, --select, --reject, --tag, --untag, --note, --undo.")
    if undo:
        judged = take_back(library, ref, now=now(), event_id=new_event_id)
    else:
        judged = judge(
            library,
            ref,
            now=now(),
            event_id=new_event_id,
            rating=stars,
            selection=verdict,
            tags=tags,
            untag=untag,
            note=note,
            image_index=None if image is None else image - 1,
        )
    _print(judged, as_json=as_json)
    return 0


def _print(judged: "Judged", *, as_json: bool) -> None:
    if as_json:
        print_json(judged.model_dump(mode="json"))
    else:
        print_text(shown(judged.sentence))
