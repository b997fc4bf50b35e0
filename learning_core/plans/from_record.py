"""Making a plan out of one record: its settings are held fixed, one of them varies."""

from collections.abc import Sequence
from typing import Any

from learning_core.errors import PlanRefused
from learning_core.index.snapshot import Snapshot
from learning_core.plans.generation_config import GenerationConfig
from learning_core.plans.job_config import config_of_job, stages_of_job
from learning_core.plans.learning_plan import LearningPlan, PlanMetadata, new_plan, seeds_for
from learning_core.plans.parameters import focus_of, sequence_of


def plan_from_record(
    snapshot: Snapshot,
    ref: str,
    focus: str,
    values: Sequence[Any],
    *,
    now: float,
    prompts: Sequence[str] = (),
    images_per_variant: int = 1,
    why: str = "",
    input_image: str | None = None,
) -> LearningPlan:
    """Return a plan that starts from a record; its own prompt and seed come first, so its image counts as a step.

    `input_image` is the file to start from instead of noise. `now` is epoch seconds. Raises UnknownReference, or
    PlanRefused when the record has no prompt and none is given.
    """
    job = snapshot.job(ref)
    config = config_of_job(job)
    own = [config.prompt] if config.prompt else []
    texts = list(dict.fromkeys([*own, *prompts]))
    if not texts:
        raise PlanRefused(f"{ref} has no prompt; give one")
    more = seeds_for("\n".join([ref, focus, *texts]), images_per_variant)
    seed = [config.seed] if config.seed is not None and config.seed < 2**32 else []
    return new_plan(
        focus_parameter=focus,
        stage_sequence=sequence_of(focus_of(focus), stages_of_job(job), from_image=input_image is not None),
        base_config=_base(config, input_image),
        variant_values=tuple(values),
        prompts=texts,
        seeds=tuple(dict.fromkeys([*seed, *more]))[:images_per_variant],
        metadata=PlanMetadata(created_by="person", created_at=now, why=why, evidence=(ref,)),
    )


def _base(config: GenerationConfig, input_image: str | None) -> GenerationConfig:
    """Return the settings to hold fixed; where a record from noise is to start from an image, its own are img2img's."""
    stages = dict(config.stages)
    if input_image is not None and "txt2img" in stages:
        stages.setdefault("img2img", stages.pop("txt2img"))
    return config.model_copy(update={"prompt": None, "seed": None, "input_image": input_image, "stages": stages})
