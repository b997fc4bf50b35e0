"""`whatworks undo`: restore a sidecar that an approved draft changed."""

from typing import TYPE_CHECKING

import click

from server.cli.options import examples, with_library
from server.terminal.output import print_text, shown

if TYPE_CHECKING:
    from learning_core.library import Library


@click.command(
    "undo",
    short_help="Restore a sidecar that a draft changed.",
    epilog=examples("whatworks undo --list"),
)
@click.argument("ref", required=False)
@click.option("--list", "only_list", is_flag=True, help="Only list what can be undone, the last first.")
@with_library
def command(library: "Library", ref: str | None, *, only_list: bool) -> int:
    """Restore, byte for byte, the sidecar that an approved draft changed: that of REF, else of the last one.

    It needs a person at a terminal, as `whatworks review` does, and the passphrase where the review is locked. A
    sidecar that was changed since is left alone. (`whatworks rate REF --undo` takes a rating back.)
    """
    from learning_core.deciding.deciding import Deciding

    applied = Deciding(library).undoable()
    if only_list or not applied:
        print_text(
            "\n".join(f"{each.ref}  {shown(each.content.sidecar)}: {shown(each.content.reason)}" for each in applied)
            or "No draft is applied, so there is nothing to undo."
        )
        return 0
    return _undo(library, ref or applied[0].ref)


def _undo(library: "Library", ref: str) -> int:
    from server.clock import now
    from server.review.session import Session
    from server.review.terminal import Left, person_at_terminal

    with person_at_terminal() as terminal:
        try:
            done = Session(library, terminal, now).undo(ref)
        except Left:
            raise click.Abort from None
    return 0 if done else 1
