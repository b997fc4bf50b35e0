"""`whatworks plan propose`: the plan that promises most for a subject."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.cli.options import examples, json_option, with_library
from server.terminal.output import print_json, print_text
from server.terminal.progress import index_bar

if TYPE_CHECKING:
    from learning_core.library import Library


@click.command(
    "propose",
    short_help="Propose what to try next.",
    epilog=examples("whatworks plan propose beach", "whatworks plan propose beach --vary cfg_scale --json"),
)
@click.argument("subject", nargs=-1)
@click.option("--vary", metavar="PARAMETER", help="Keep to this parameter, e.g. steps or txt2img.steps.")
@click.option("--stage", default="txt2img", show_default=True, metavar="STAGE", help="txt2img, img2img and so on.")
@click.option("--prompts", type=click.IntRange(1, 60), default=12, show_default=True, help="Prompts to try it on.")
@click.option(
    "--input-image",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What another stage than txt2img starts from.",
)
@click.option("--dry-run", is_flag=True, help="Show it, but do not file it.")
@json_option
@with_library
def command(
    library: "Library",
    subject: tuple[str, ...],
    vary: str | None,
    stage: str,
    prompts: int,
    input_image: Path | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Propose the plan that is expected to gain most for its images, with the reasons in numbers.

    SUBJECT as in `whatworks ask`. The proposal is filed with the library's plans; nothing is started.
    """
    from learning_core.plans.filing import file_plan
    from learning_core.plans.folder import PlanFolder
    from learning_core.plans.parameters import focus_of, stage_of
    from learning_core.plans.propose import propose
    from learning_core.recipes.input_image import keep_input
    from server.clock import new_event_id, now
    from server.terminal.plans import proposal as lay_out

    chosen = stage_of(stage)
    focus = "" if vary is None else str(focus_of(vary if "." in vary else f"{chosen}.{vary}"))
    at = now()
    with index_bar() as progress:
        found = library.ask(
            lambda snapshot: propose(
                snapshot,
                PlanFolder(library.root),
                " ".join(subject),
                now=at,
                stage=chosen,
                focus=focus,
                prompts=prompts,
                input_image=None if input_image is None else str(input_image.absolute()),
            ),
            progress,
        )
    if not dry_run:
        file_plan(library, found.plan, now=at, event_id=new_event_id())
        keep_input(library.root, found.plan)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        print_text(lay_out(found))
    return 0
