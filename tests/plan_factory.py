"""Small plans with everything set that a server needs to know."""

from typing import Any

from learning_core.plans.generation_config import GenerationConfig, LoraWeight, StageSettings
from learning_core.plans.learning_plan import LearningPlan, new_plan

BASE = GenerationConfig(
    checkpoint="coast",
    negative_prompt="blurry, low quality",
    loras=(LoraWeight(name="film", weight=0.6),),
    clip_skip=2,
    width=832,
    height=1216,
    stages={"txt2img": StageSettings(sampler="DPM++ 2M", scheduler="Karras", steps=28, cfg_scale=6.5)},
)


def make_plan(base: GenerationConfig = BASE, **fields: Any) -> LearningPlan:
    """Return a plan of four images: two numbers of steps, two prompts."""
    content = {
        "focus_parameter": "txt2img.steps",
        "base_config": base,
        "variant_values": (20, 30),
        "prompts": ('beach at dawn, "golden" hour', "harbour: boats, fog"),
        "seeds": (11,),
    }
    return new_plan(**(content | fields))
