"""`whatworks plan new`: a plan of a person's own, by flags or step by step."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from server.cli.options import examples, json_option, with_library
from server.terminal.output import print_json, print_text, remark, shown

if TYPE_CHECKING:
    from learning_core.library import Library
    from learning_core.plans.generation_config import GenerationConfig
    from learning_core.plans.learning_plan import LearningPlan


@click.command(
    "new",
    short_help="Make a plan of your own.",
    epilog=examples(
        "whatworks plan new --vary steps --values 20..40 --step 10 --prompt 'a beach at dawn' --set checkpoint=coast",
        "whatworks plan new --vary sampler --values 'Euler a,DPM++ 2M' --from rec:0123456789abcdef",
        "whatworks plan new --vary lora --lora film --values 0.3,0.6,0.9 --from rec:0123456789abcdef",
    ),
)
@click.option("--vary", metavar="PARAMETER", help="What varies, e.g. steps, txt2img.cfg_scale, checkpoint, lora.")
@click.option("--values", metavar="VALUES", help="Values between commas, or a range LOW..HIGH with --step.")
@click.option("--step", type=float, help="Step of a range; both ends belong to it.")
@click.option("--lora", metavar="NAME", help="The LoRA whose weights are tried.")
@click.option("--from", "ref", metavar="REF", help="Hold the settings of this record fixed (rec:...).")
@click.option("--set", "fixed", multiple=True, metavar="NAME=VALUE", help="Hold this setting fixed; may be repeated.")
@click.option("--prompt", "prompts", multiple=True, metavar="TEXT", help="A prompt; may be repeated.")
@click.option(
    "--prompts",
    "prompt_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A prompt pack: a text file with one prompt a line.",
)
@click.option("--negative", metavar="TEXT", help="The negative prompt.")
@click.option("--input-image", metavar="FILE", help="What img2img and later stages start from.")
@click.option(
    "--images", type=click.IntRange(1, 20), default=1, show_default=True, help="Images of each value a prompt."
)
@click.option("--why", default="", metavar="TEXT", help="What you want to find out.")
@click.option("--replaces", metavar="PLAN", help="The plan that this one takes the place of.")
@json_option
@with_library
def command(library: "Library", *, as_json: bool, **given: Any) -> int:
    """Make a plan: one setting varies, all others are held fixed. What is not given is asked for on a terminal."""
    from learning_core.plans.filing import file_plan
    from server.clock import new_event_id, now
    from server.terminal.plans import plan as lay_out

    _ask(given)
    at = now()
    made = _plan(library, given, at)
    file_plan(library, made, now=at, event_id=new_event_id())
    _keep_input(library, made)
    if as_json:
        print_json(made.model_dump(mode="json"))
    else:
        print_text(lay_out(made))
    return 0


def _keep_input(library: "Library", plan: "LearningPlan") -> None:
    """Keep the input image with the plan; where another computer has it, that is said and no fault."""
    from learning_core.errors import PlanRefused
    from learning_core.recipes.input_image import keep_input

    try:
        keep_input(library.root, plan)
    except PlanRefused as error:
        remark(f"{shown(str(error))} Run the plan where that image is.")


def _ask(given: dict[str, Any]) -> None:
    """Ask for what a plan needs and was not given; without a terminal that is wrong usage."""
    missing = [name for name in ("vary", "values") if not given[name]]
    if not given["prompts"] and given["prompt_file"] is None and given["ref"] is None:
        missing.append("prompt")
    if missing and not sys.stdin.isatty():
        raise click.UsageError(f"Say --{' and --'.join(missing)}; they are only asked for on a terminal.")
    if "vary" in missing:
        given["vary"] = click.prompt("What varies (steps, cfg_scale, sampler, checkpoint, lora, ...)", err=True)
    if given["vary"].rpartition(".")[2].strip().casefold() == "lora" and not given["lora"]:
        if not sys.stdin.isatty():
            raise click.UsageError("Say whose weights are tried: --lora NAME.")
        given["lora"] = click.prompt("Weights of which LoRA", err=True)
    if "values" in missing:
        given["values"] = click.prompt("Which values (20,30,40 or 20..40)", err=True)
    if ".." in given["values"] and given["step"] is None:
        if not sys.stdin.isatty():
            raise click.UsageError("A range needs --step.")
        given["step"] = click.prompt("In steps of", type=float, err=True)
    if "prompt" in missing:
        given["prompts"] = _asked_prompts()


def _asked_prompts() -> tuple[str, ...]:
    prompts: list[str] = []
    while True:
        text = click.prompt("A prompt (an empty line ends)", default="", show_default=False, err=True)
        if not text.strip():
            return tuple(prompts)
        prompts.append(text)


def _plan(library: "Library", given: dict[str, Any], at: float) -> "LearningPlan":
    from learning_core.plans.from_record import plan_from_record
    from learning_core.plans.learning_plan import PlanMetadata, new_plan, seeds_for
    from learning_core.plans.parameters import focus_of, sequence_of
    from learning_core.plans.prompt_pack import read_prompts
    from learning_core.plans.written_values import fixed_settings, values_of

    focus = focus_of(given["vary"])
    values = values_of(focus, given["values"], step=given["step"], lora=given["lora"])
    pack = read_prompts(given["prompt_file"]) if given["prompt_file"] else ()
    prompts = tuple(dict.fromkeys([*given["prompts"], *pack]))
    pack_name = given["prompt_file"].stem if given["prompt_file"] else None
    more = {"negative_prompt": given["negative"], "input_image": given["input_image"]}
    if given["ref"]:
        plan = library.ask(
            lambda snapshot: plan_from_record(
                snapshot, given["ref"], str(focus), values, now=at, prompts=prompts, images_per_variant=given["images"],
                why=given["why"], input_image=given["input_image"],
            )
        )  # fmt: skip
        base, prompts, seeds = plan.base_config, plan.prompts, plan.seeds
        stages = plan.stage_sequence
        metadata = plan.metadata
    else:
        from learning_core.plans.generation_config import GenerationConfig

        base, stages = GenerationConfig(), ()
        seeds = seeds_for("\n".join([str(focus), *prompts]), given["images"])
        metadata = PlanMetadata(created_by="person", created_at=at, why=given["why"])
    fixed = fixed_settings(given["fixed"], focus.stage)
    return new_plan(
        focus_parameter=str(focus),
        stage_sequence=sequence_of(focus, stages, [each for each, _ in fixed], from_image=bool(given["input_image"])),
        base_config=_fixed(base, fixed, more),
        variant_values=values,
        prompts=prompts,
        prompt_pack=pack_name,
        seeds=seeds,
        metadata=metadata.model_copy(update={"replaces": given["replaces"]}),
    )


def _fixed(base: "GenerationConfig", fixed: list[tuple[Any, Any]], more: dict[str, str | None]) -> "GenerationConfig":
    for focus, value in fixed:
        base = base.varied(focus, value)
    return base.model_copy(update={name: value for name, value in more.items() if value is not None})
