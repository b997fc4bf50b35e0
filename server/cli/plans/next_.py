"""`whatworks plan next`: what a plan still lacks, and what to rate next."""

from typing import TYPE_CHECKING

import click

from server.cli.options import examples, json_option, with_library
from server.terminal.output import print_json, print_text

if TYPE_CHECKING:
    from learning_core.library import Library


@click.command("next", short_help="Say what to rate or make next.", epilog=examples("whatworks plan next PLAN"))
@click.argument("plan_id", metavar="PLAN")
@click.option("--limit", type=click.IntRange(1, 100), default=3, show_default=True, help="Steps shown of each kind.")
@json_option
@with_library
def command(library: "Library", plan_id: str, limit: int, *, as_json: bool) -> int:
    """Say which steps lack an image or a rating, and which to rate next: blind, in the plan's own order."""
    from learning_core.plans.attribution import attribute
    from learning_core.plans.filing import filed_plan
    from learning_core.plans.folder import PlanFolder
    from learning_core.plans.progress import progress_of
    from server.terminal.plans import progress as lay_out

    with library.snapshot() as snapshot:
        plan = filed_plan(snapshot, PlanFolder(library.root), plan_id).plan
        found = progress_of(plan, attribute(snapshot, plan), limit)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        print_text(lay_out(plan, found))
    return 0
