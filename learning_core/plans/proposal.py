"""The shape of a proposal: the plan, why it, and what else could be tried, in numbers."""

from pydantic import Field

from learning_core.answers.answer import Answer
from learning_core.plans.learning_plan import LearningPlan


class ValueBelief(Answer):
    """What is believed of one value, in stars against the other values of its parameter."""

    value: str
    expected: float
    sd: float
    in_use: bool
    is_tried: bool = Field(description="Whether the plan tries it.")


class Alternative(Answer):
    """Something that could be tried, with its expected gain in stars."""

    focus_parameter: str
    gain: float
    images: int
    is_screen: bool


class Proposal(Answer):
    """What to try next, and why."""

    summary: str
    plan: LearningPlan
    gain: float = Field(description="Stars by which the best known value is expected to rise.")
    detectable: float = Field(description="Difference in stars that the plan finds with 80 % power.")
    images: int
    prompts: int
    minutes: float | None = Field(description="To make the images, by past runtimes; null when none are known.")
    observed: int = Field(description="Judged images behind the belief, made for no plan.")
    in_plans: int = Field(description="Rated images of plans behind it.")
    beliefs: list[ValueBelief]
    reasons: list[str]
    alternatives: list[Alternative]
    notes: list[str]
    next: str
