"""The document of what came of a plan: steps with ratings, values with figures, and what may be concluded."""

import hashlib
from typing import Literal

import orjson
from pydantic import Field, StrictInt, StrictStr

from learning_core.answers.answer import Strength, Tier
from learning_core.plans.learning_plan import Design, Document, PlanId
from learning_core.plans.values import VariantValue

Verdict = Literal["difference", "best_among_equals", "equivalent", "inconclusive", "insufficient"]
"""`difference`: one value is better than each other. `best_among_equals`: some are better than all the rest, and
practically the same. `equivalent`: all are. `inconclusive`: not settled. `insufficient`: not enough to look at."""


Says = Literal["better", "same", "open"]


class RatedStep(Document):
    """One step with its images, what they were rated, and their tags."""

    step_id: StrictStr
    variant_index: StrictInt
    prompt_index: StrictInt
    seed: StrictInt
    outputs: tuple[StrictStr, ...]
    rated: StrictInt
    stars: StrictInt
    tags: tuple[StrictStr, ...]


class ValueOutcome(Document):
    """What came of one value, over whole blocks.

    `mean_rating` is raw, `spread` the standard deviation of its ratings; `effect` is in stars against the mean of the
    blocks, drawn towards none. `seconds` is the median runtime.
    """

    value: VariantValue
    n: StrictInt
    mean_rating: float | None
    spread: float | None
    effect: float | None
    chance_best: float | None
    seconds: float | None


class ValueComparison(Document):
    """The leader against another value in stars, paired by prompt and seed.

    `low` and `high` bound the 95 % credible interval, `effective_n` is how many prompts of equal weight it rests on,
    `wins` of `blocks` prompts went to the leader and `losses` against it, which holds for any scale of stars.
    """

    factor: StrictStr
    value: VariantValue
    against: VariantValue
    difference: float
    low: float
    high: float
    probability: float
    bayes_factor: float
    equivalence: float
    effective_n: float
    blocks: StrictInt
    wins: StrictInt
    losses: StrictInt
    says: Says


class LearningRunResult(Document):
    """What came of a plan, from its ratings alone: the same ratings give the same bytes in any order.

    `best_value` is the value to take, which among equals is the fastest; `equal_values` are the ones that are
    practically the same as it. `stop` tells that more ratings would not change the verdict by the stopping rule.
    """

    kind: Literal["learning_run_result"] = "learning_run_result"
    schema_version: Literal[1] = 1
    result_id: StrictStr = ""
    plan_id: PlanId
    focus_parameter: StrictStr
    design: Design
    verdict: Verdict
    summary: StrictStr
    strength: Strength
    tier: Tier
    automation_eligible: bool
    stop: bool
    stop_reason: StrictStr
    best_value: VariantValue | None
    equal_values: tuple[VariantValue, ...] = ()
    blocks: StrictInt = Field(description="Prompts of which every variant is rated.")
    values: tuple[ValueOutcome, ...]
    comparisons: tuple[ValueComparison, ...]
    missing: tuple[StrictStr, ...]
    notes: tuple[StrictStr, ...]
    steps: tuple[RatedStep, ...]

    def identified(self) -> "LearningRunResult":
        """Return the result with an id derived from all else in it."""
        content = self.model_dump(mode="json", exclude={"result_id"})
        digest = hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
        return self.model_copy(update={"result_id": f"result-{digest[:16]}"})
