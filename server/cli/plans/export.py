"""`whatworks plan export`: write a plan for the program that makes its images."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.cli.options import examples, json_option, with_library
from server.terminal.output import print_json, print_text, shown

if TYPE_CHECKING:
    from learning_core.library import Library
    from learning_core.recipes.export import PlanFormat

FORMATS = ("a1111", "prompts", "comfyui", "comfyui-workflow", "stablenew", "csv", "json", "jobs")


@click.command(
    "export",
    short_help="Write a plan for the program that makes its images.",
    epilog=examples(
        "whatworks plan export PLAN paste.txt --format a1111",
        "whatworks plan export PLAN jobs --jobs",
    ),
)
@click.argument("plan_id", metavar="PLAN")
@click.argument("target", type=click.Path(path_type=Path, allow_dash=True), metavar="TARGET")
@click.option("--format", "form", type=click.Choice(FORMATS), help="In which form; json unless said otherwise.")
@click.option("--jobs", is_flag=True, help="One self-contained job a step, for a cluster; short for --format jobs.")
@click.option("--force", is_flag=True, help="Replace files that exist.")
@json_option
@with_library
def command(
    library: "Library", plan_id: str, target: Path, form: "PlanFormat | None", *, jobs: bool, force: bool, as_json: bool
) -> int:
    """Write all steps of a plan; no image is made, no server is called.

    \b
    format            TARGET    what is written
    a1111             a file    one text to paste: settings and an X/Y/Z grid (A1111, Forge, SD.Next)
    prompts           a file    lines for the script Prompts from file
    comfyui           a folder  one graph a step; drop it on ComfyUI's page
    comfyui-workflow  a file    one request that makes all images
    stablenew         a folder  experiment workspaces
    csv, json         a file    a table of the steps; the plan with its steps
    jobs              a folder  one job a step: `whatworks plan run JOB` on any computer

    `-` is the standard output, for formats that are one file. Images of ComfyUI carry plan and step, so that
    `whatworks import` knows them; those of the others are known by settings and seed.
    """
    from learning_core.recipes.export import export_plan, plan_bytes
    from server.cli.plans.named import find_plan

    if jobs and form not in (None, "jobs"):
        raise click.UsageError("--jobs is a format of its own: give it without --format.")
    chosen: PlanFormat = "jobs" if jobs else form or "json"
    plan = find_plan(library, plan_id)
    if str(target) == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(plan_bytes(plan, chosen))
        sys.stdout.buffer.flush()
        return 0
    written = export_plan(plan, chosen, target, replace=force)
    if as_json:
        print_json(written.model_dump(mode="json"))
    else:
        print_text("\n".join([f"Wrote {_count(written.files, written.images)} to {shown(written.path)}.", *(
            f"  {shown(line)}" for line in written.by_hand)]))  # fmt: skip
    return 0


def _count(files: int, images: int) -> str:
    from learning_core.text.wording import count

    return f"{count(images, 'image')} in {count(files, 'file')}"
