"""How far a plan is: which steps still lack an image or a rating, and which to rate next."""

from typing import Literal

from pydantic import Field

from learning_core.answers.answer import Answer
from learning_core.plans.attribution import Attribution
from learning_core.plans.learning_plan import LearningPlan, LearningRunStep

RATED_NEXT = 3

Lacks = Literal["image", "rating", "nothing"]


class StepLine(Answer):
    """One step: what it lacks, and the record to rate."""

    position: int
    step_id: str
    variant_index: int
    prompt: str
    seed: str
    lacks: Lacks
    ref: str = Field(description="Its record, the first one where there are several; empty without an image.")
    file: str = Field(description="Where the image to look at was written; empty when unknown.")


class Progress(Answer):
    """How far a plan is, in steps."""

    steps: int
    with_image: int
    rated: int
    blocks: int
    blocks_rated: int = Field(description="Prompts with seed of which every variant is rated: these can be compared.")
    rate_next: list[StepLine]
    make_next: list[StepLine]
    lacking: list[StepLine]
    not_taken: list[str]

    @property
    def is_complete(self) -> bool:
        """Tell whether every step has a rating."""
        return self.rated == self.steps


def progress_of(plan: LearningPlan, found: Attribution, limit: int = RATED_NEXT) -> Progress:
    """Return how far a plan is; what to rate next is blind: in the plan's own order, begun blocks first."""
    lines = [_line(plan, step, found) for step in found.steps]
    of_block = len(plan.variant_values)
    blocks = [lines[start : start + of_block] for start in range(0, len(lines), of_block)]
    ordered = sorted(blocks, key=_nearness)
    to_rate = [line for block in ordered for line in block if line.lacks == "rating"]
    to_make = [line for line in lines if line.lacks == "image"]
    return Progress(
        steps=len(lines),
        with_image=sum(line.lacks != "image" for line in lines),
        rated=sum(line.lacks == "nothing" for line in lines),
        blocks=len(blocks),
        blocks_rated=sum(all(line.lacks == "nothing" for line in block) for block in blocks),
        rate_next=to_rate[:limit],
        make_next=to_make[:limit],
        lacking=[line for line in lines if line.lacks != "nothing"],
        not_taken=[f"{each.ref}: {each.reason}" for each in found.not_taken],
    )


def _nearness(block: list[StepLine]) -> int:
    """Return what blocks are rated by, the least first: those that rating alone completes, the fullest before."""
    if any(line.lacks == "image" for line in block):
        return 1
    return -sum(line.lacks == "nothing" for line in block)


def _line(plan: LearningPlan, step: LearningRunStep, found: Attribution) -> StepLine:
    images = found.images.get(step.step_id, [])
    lacks: Lacks = "image" if not images else "nothing" if any(image.rated for image in images) else "rating"
    return StepLine(
        position=step.position,
        step_id=step.step_id,
        variant_index=step.variant_index,
        prompt=plan.prompts[step.prompt_index],
        seed=str(step.seed),
        lacks=lacks,
        ref=images[0].ref if images else "",
        file=images[0].file if images else "",
    )
