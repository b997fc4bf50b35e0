"""`whatworks plan start`: a person says that a proposed plan is to be carried out."""

from typing import TYPE_CHECKING

import click

from server.cli.options import examples, with_library
from server.terminal.output import print_text, shown

if TYPE_CHECKING:
    from learning_core.library import Library


@click.command("start", short_help="Start a plan, or stop it.", epilog=examples("whatworks plan start PLAN"))
@click.argument("plan_id", metavar="PLAN")
@click.option("--stop", is_flag=True, help="Stop it instead: nothing more is asked of it.")
@with_library
def command(library: "Library", plan_id: str, *, stop: bool) -> int:
    """Start a plan: from now on `whatworks plan next` asks for its images and ratings.

    Assistants can only propose. Where learning is off (`whatworks plan mode`) nothing is started.
    """
    from learning_core.errors import PlanRefused
    from learning_core.modes import read_modes
    from learning_core.plans.filing import filed_plan, note_action
    from learning_core.plans.folder import PlanFolder
    from server.clock import new_event_id, now

    filed = library.ask(lambda snapshot: filed_plan(snapshot, PlanFolder(library.root), plan_id))
    mode = read_modes(library.root).of(prompt_pack=filed.plan.prompt_pack)
    if not stop and mode == "off":
        raise PlanRefused("learning is off here; `whatworks plan mode passive` turns it on")
    note_action(library, filed.plan, "stopped" if stop else "started", now=now(), event_id=new_event_id())
    print_text(f"Saved: {shown(filed.plan.plan_id)} {'stopped' if stop else 'started'}.")
    return 0
