"""`whatworks plan show`: one plan with its steps."""

from typing import TYPE_CHECKING

import click

from server.cli.options import examples, json_option, with_library
from server.terminal.output import print_json, print_text

if TYPE_CHECKING:
    from learning_core.library import Library


@click.command(
    "show",
    short_help="Show a plan and its steps.",
    epilog=examples("whatworks plan show PLAN", "whatworks plan show PLAN --values"),
)
@click.argument("plan_id", metavar="PLAN")
@click.option("--values", "unblinded", is_flag=True, help="Show which step has which value; spoils blind rating.")
@json_option
@with_library
def command(library: "Library", plan_id: str, *, unblinded: bool, as_json: bool) -> int:
    """Show a plan: what varies, what is held fixed, and its steps in the order of making and rating.

    PLAN is an id from `whatworks plan list`, or its beginning. The values of single steps are not shown unless
    asked for, so that rating stays blind.
    """
    from learning_core.plans.attribution import attribute
    from learning_core.plans.filing import filed_plan
    from learning_core.plans.folder import PlanFolder
    from learning_core.plans.progress import progress_of
    from server.terminal.plans import steps as lay_out

    with library.snapshot() as snapshot:
        filed = filed_plan(snapshot, PlanFolder(library.root), plan_id)
        found = attribute(snapshot, filed.plan)
    progress = progress_of(filed.plan, found)
    if as_json:
        print_json(
            {
                "plan": filed.plan.model_dump(mode="json"),
                "status": filed.status,
                "progress": progress.model_dump(mode="json"),
                "steps": [step.model_dump(mode="json") for step in found.outputs()],
            }
        )
    else:
        print_text(lay_out(filed, found, progress, unblinded=unblinded))
    return 0
