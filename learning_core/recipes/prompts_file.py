"""Steps as lines for A1111's script "Prompts from file or textbox"."""

from collections.abc import Iterable, Sequence

from learning_core.errors import NotExpressible
from learning_core.plans.learning_plan import LearningPlan, LearningRunStep
from learning_core.recipes.infotext import tagged_prompt
from learning_core.text.names import number_text

PLACE = "lines for Prompts from file"
VARIED = ("steps", "cfg_scale", "sampler", "size", "lora")
"""What the script can change from line to line."""


def prompt_lines(plan: LearningPlan, steps: Sequence[LearningRunStep]) -> list[str]:
    """Return one line a step; raises NotExpressible for what the script would drop or read otherwise."""
    for focus in plan.foci:
        if focus.parameter.name not in VARIED:
            raise NotExpressible(PLACE, f"the script cannot change {focus}; it can change {', '.join(VARIED)}")
    if plan.stage_sequence != ("txt2img",):
        raise NotExpressible(
            PLACE, f"they make txt2img images only, and this plan has {', '.join(plan.stage_sequence)}"
        )
    return [_line(step) for step in steps]


def left_to_set(plan: LearningPlan) -> list[str]:
    """Return what a person has to set on the page before the lines are run: the script has no option for it."""
    base = plan.base_config
    fixed = {
        "Stable Diffusion checkpoint": base.checkpoint,
        "Schedule type": base.stage("txt2img").scheduler,
        "VAE": base.vae,
        "Clip skip": base.clip_skip,
    }
    return [f"{name}: {value}" for name, value in fixed.items() if value is not None]


def _line(step: LearningRunStep) -> str:
    config = step.config_for_step
    main = config.stage("txt2img")
    options = {
        "prompt": tagged_prompt(config),
        "negative_prompt": config.negative_prompt or None,
        "seed": config.seed,
        "steps": main.steps,
        "cfg_scale": None if main.cfg_scale is None else number_text(main.cfg_scale),
        "sampler_name": main.sampler,
        "width": config.width,
        "height": config.height,
    }
    return " ".join(_option(name, value) for name, value in options.items() if value is not None)


def _option(name: str, value: object) -> str:
    text = str(value)
    if not isinstance(value, str) or name == "cfg_scale":
        return f"--{name} {text}"
    _refuse(text, ("--", "\n", "\r"))
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'--{name} "{escaped}"'


def _refuse(text: str, unusable: Iterable[str]) -> None:
    for each in unusable:
        if each in text:
            shown = {"\n": "a line break", "\r": "a line break"}.get(each, repr(each))
            raise NotExpressible(PLACE, f"the prompt {text[:40]!r} holds {shown}, at which the script would cut it")
