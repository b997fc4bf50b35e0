"""`whatworks plan list`: all plans of the library."""

from typing import TYPE_CHECKING

import click

from server.cli.options import examples, json_option, with_library
from server.terminal.output import print_json, print_text, remark, shown

if TYPE_CHECKING:
    from learning_core.library import Library


@click.command(
    "list", short_help="List the plans.", epilog=examples("whatworks plan list", "whatworks plan list --json")
)
@json_option
@with_library
def command(library: "Library", *, as_json: bool) -> int:
    """List the plans, the oldest first, with how far each is."""
    from learning_core.plans.folder import PlanFolder
    from learning_core.plans.overview import plan_lines
    from server.terminal.plans import plan_list

    lines, problems = library.ask(lambda snapshot: plan_lines(snapshot, PlanFolder(library.root)))
    for problem in problems:
        remark(f"{shown(problem.path)}: {shown(problem.reason)}")
    if as_json:
        print_json([line.model_dump(mode="json") for line in lines])
    else:
        print_text(plan_list(lines))
    return 1 if problems else 0
