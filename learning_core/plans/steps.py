"""From a plan to its steps: every variant with every prompt and seed, in an order that no value shows in.

Blocks (a prompt with a seed) come in the order of a hash, and inside a block the variants do: so each beginning of the
order holds whole blocks, which can be compared, and neither drift of the rater nor position goes with a value.
"""

import hashlib
from itertools import product

from learning_core.plans.generation_config import GenerationConfig
from learning_core.plans.learning_plan import LearningPlan, LearningRunStep


def steps_of(plan: LearningPlan) -> list[LearningRunStep]:
    """Return the steps of a plan in the order in which they are made and rated (statistics.md 5, "Order")."""
    blocks = product(range(len(plan.prompts)), plan.seeds)
    ordered = sorted(blocks, key=lambda block: _digest(plan.plan_id, *block))
    places = [
        (variant, prompt, seed)
        for prompt, seed in ordered
        for variant in sorted(
            range(len(plan.variant_values)), key=lambda variant: _digest(plan.plan_id, prompt, seed, variant)
        )
    ]
    return [_step(plan, position, *place) for position, place in enumerate(places, 1)]


def config_of(plan: LearningPlan, variant_index: int) -> GenerationConfig:
    """Return the settings of a variant, without prompt and seed."""
    value = plan.variant_values[variant_index]
    config = plan.base_config
    for focus in plan.foci:
        setting = value[str(focus)] if plan.design == "screen" and isinstance(value, dict) else value
        config = config.varied(focus, setting)
    return config


def _step(plan: LearningPlan, position: int, variant: int, prompt: int, seed: int) -> LearningRunStep:
    config = config_of(plan, variant).model_copy(update={"prompt": plan.prompts[prompt], "seed": seed})
    return LearningRunStep(
        step_id=f"step-{_digest(plan.plan_id, 'step', variant, prompt, seed)[:16]}",
        plan_id=plan.plan_id,
        position=position,
        variant_index=variant,
        prompt_index=prompt,
        seed=seed,
        config_for_step=config,
        stage_sequence=plan.stage_sequence,
    )


def _digest(*parts: object) -> str:
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()
