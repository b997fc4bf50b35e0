"""`whatworks plan conclude`: what the ratings of a plan support."""

from typing import TYPE_CHECKING

import click

from server.cli.options import examples, json_option, with_library
from server.terminal.output import print_json, print_text

if TYPE_CHECKING:
    from learning_core.library import Library


@click.command("conclude", short_help="Conclude a plan.", epilog=examples("whatworks plan conclude PLAN"))
@click.argument("plan_id", metavar="PLAN")
@click.option("--dry-run", is_flag=True, help="Look, but do not keep the result.")
@json_option
@with_library
def command(library: "Library", plan_id: str, *, dry_run: bool, as_json: bool) -> int:
    """Say what came of a plan: which value to take, how sure, or what is still missing.

    Look as often as you like: the rule allows for it. The result is kept beside the plan, and once the rule is
    met the plan counts as concluded.
    """
    from learning_core.plans.conclude import conclude
    from learning_core.plans.filing import filed_plan, keep_result
    from learning_core.plans.folder import PlanFolder
    from server.clock import new_event_id, now
    from server.terminal.plans import conclusion as lay_out

    with library.snapshot() as snapshot:
        plan = filed_plan(snapshot, PlanFolder(library.root), plan_id).plan
        result = conclude(snapshot, plan)
    if not dry_run:
        keep_result(library, plan, result, now=now(), event_id=new_event_id())
    if as_json:
        print_json(result.model_dump(mode="json"))
    else:
        print_text(lay_out(result))
    return 0
