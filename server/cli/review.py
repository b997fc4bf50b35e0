"""`whatworks review`: decide about drafts, at a terminal."""

from typing import TYPE_CHECKING

import click

from server.cli.options import examples, json_option, with_library
from server.terminal.output import print_json, print_text, shown

if TYPE_CHECKING:
    from learning_core.drafts.view import DraftPage
    from learning_core.library import Library

LISTED = 50


@click.command(
    "review",
    short_help="Decide about drafts of preset updates.",
    epilog=examples("whatworks review", "whatworks review --list --json"),
)
@click.argument("refs", nargs=-1, metavar="[REF]...")
@click.option("--list", "only_list", is_flag=True, help="Only list drafts, the newest first; decides nothing.")
@click.option("--lock", is_flag=True, help="From now on, decisions need a passphrase and are signed.")
@click.option("--unlock", is_flag=True, help="Take the passphrase off; it is asked for.")
@json_option
@with_library
def command(
    library: "Library", refs: tuple[str, ...], *, only_list: bool, lock: bool, unlock: bool, as_json: bool
) -> int:
    """Decide about drafts: each is shown with its evidence, and you approve, edit, refuse or leave it.

    REF names drafts to decide about, also ones that were refused, withdrawn or undone; without it all that wait are
    asked about. It needs a person at a terminal: no option, variable or pipe approves. A sidecar is written only
    when it is still what the draft was made from; whatworks undo restores it.
    """
    from learning_core.drafts.waiting import list_drafts

    if lock and unlock:
        raise click.UsageError("Give either --lock or --unlock, not both.")
    if lock or unlock:
        return _set_lock(library, lock=lock)
    if as_json and not only_list:
        raise click.UsageError("--json goes with --list: a review is for people.")
    if only_list:
        page = list_drafts(library, limit=LISTED)
        if as_json:
            print_json(page.model_dump(mode="json"))
        else:
            print_text(_listed(page))
        return 0
    waiting = list(refs) or [each.ref for each in reversed(list_drafts(library, status="pending", limit=LISTED).items)]
    if not waiting and not list_drafts(library, status="approved").total:
        print_text("No draft waits for review. `whatworks draft MODEL` makes one; assistants can, too.")
        return 0
    return _review(library, waiting)


def _set_lock(library: "Library", *, lock: bool) -> int:
    from server.clock import now, random_bytes
    from server.review import locking
    from server.review.terminal import person_at_terminal

    with person_at_terminal() as terminal:
        if lock:
            locking.lock(library, terminal, at=now(), random_bytes=random_bytes)
        else:
            locking.unlock(library, terminal, at=now())
    return 0


def _review(library: "Library", refs: list[str]) -> int:
    from server.clock import now
    from server.review.session import Session
    from server.review.terminal import Left, person_at_terminal

    with person_at_terminal() as terminal:
        try:
            Session(library, terminal, now).review(refs)
        except Left:
            raise click.Abort from None
    return 0


def _listed(page: "DraftPage") -> str:
    from server.review.layout import strength

    lines = [page.summary]
    for each in page.items:
        lines += ["", f"{each.ref}  {each.status}, {strength(each.strength)}", f"  {shown(each.summary)}"]
        lines.append(f"  {shown(each.reason)}")
    if page.next_cursor:
        lines += ["", f"{page.shown} of {page.total} are shown; --list --json has the same."]
    return "\n".join(lines)
