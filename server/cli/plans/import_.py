"""`whatworks plan import`: take over an experiment of StableNew as a plan."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.cli.options import examples, json_option, with_library
from server.terminal.output import print_json, print_text, remark, shown

if TYPE_CHECKING:
    from learning_core.library import Library


@click.command(
    "import",
    short_help="Take over an experiment of StableNew as a plan.",
    epilog=examples("whatworks plan import WORKSPACE"),
)
@click.argument("workspace", type=click.Path(exists=True, path_type=Path), metavar="WORKSPACE")
@json_option
@with_library
def command(library: "Library", workspace: Path, *, as_json: bool) -> int:
    """File the experiment in a workspace of StableNew as a proposed plan; its files are only read.

    WORKSPACE is a folder of data/learning/experiments, or the session.json in it. What it does not say, such as
    seeds, is named. Ratings of finished sweeps come with `whatworks import`, from its learning records.
    """
    from learning_core.plans.filing import file_plan
    from learning_core.recipes.stablenew_reading import read_workspace
    from server.clock import new_event_id, now

    moment = now()
    plan, remarks = read_workspace(workspace, now=moment)
    is_new = file_plan(library, plan, now=moment, event_id=new_event_id())
    if as_json:
        print_json({"plan_id": plan.plan_id, "new": is_new, "images": plan.size, "remarks": remarks})
        return 0
    for each in remarks:
        remark(shown(each))
    print_text(f"{'Filed' if is_new else 'Known already'}: {plan.plan_id}, {plan.focus_parameter}, {plan.size} images.")
    return 0
