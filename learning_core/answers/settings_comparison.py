"""The shape of the answer to "is A better than B?": what `compare_settings` hands on."""

from typing import Literal

from pydantic import Field

from learning_core.answers.answer import Answer, MatchedTerm, Outcome, Share
from learning_core.stats.strength import Strength

ComparisonVerdict = Literal[
    "a_better", "b_better", "practically_equal", "not_separable", "entangled", "not_enough_evidence"
]
Basis = Literal["all_images", "same_prompt", "same_prompt_and_seed", "all_else_equal"]
Check = Literal["passed", "inconclusive", "confounded", "unchecked", "mostly_together", "always_together"]


class ArmEvidence(Answer):
    """What one of the two arms has."""

    filter: str
    jobs: int
    n: int = Field(description="Judged images that the shares rest on.")
    good: int = Field(description="Of these, how many came out well.")
    share: Share | None
    effective_n: float = Field(description="n after counting images of one prompt as partly the same evidence.")
    prompts: int
    judged_share: Share = Field(description="Judged images as a share of all; a job without judgement counts as one.")
    n_rated: int
    mean_rating: float | None
    n_judged: int = Field(description="Images selected or rejected.")
    n_selected: int
    evidence: list[str] = Field(description="Up to 3 of its best records.")


class ArmDifference(Answer):
    """A minus B with its 95 % interval."""

    value: float
    low: float
    high: float
    n_a: int
    n_b: int
    effective_n: float = Field(description="Pairs of independent images, one of each arm, that would tell as much.")
    prompts: int


class WeighedDifference(ArmDifference):
    """A difference with what it amounts to."""

    probability: Share = Field(description="That the arm that is ahead is the better one.")
    bayes_factor: float = Field(description="For a difference, against none.")
    probability_equal: Share = Field(description="That the difference is too small to matter.")


class Matching(Answer):
    """Images of both arms that are alike in more than the question asks for; prompts are the blocks."""

    match: Basis
    groups: int = Field(description="Groups with both arms: pairs, where each arm has one image.")
    difference: WeighedDifference


class FactorCheck(Answer):
    """The difference at equal values of something else that could explain it."""

    factor: str
    outcome: Check
    difference: ArmDifference | None = Field(description="Null where no value of it has both arms.")
    covered: Share = Field(description="Part of either arm's images with their like in the other arm.")


class Runtime(Answer):
    """How long jobs took, in seconds, beside the quality; null where it is not known."""

    a_median: float | None
    a_n: int
    b_median: float | None
    b_n: int
    ratio: float | None = Field(description="A over B.")
    ratio_alike: float | None = Field(description="A over B among jobs of the same size, steps and hires fix.")
    alike_n: int = Field(description="Jobs behind ratio_alike, of the arm that has fewer.")


class SettingsComparison(Answer):
    """Which of two arms came out better, how sure that is, and what else could explain it."""

    summary: str
    verdict: ComparisonVerdict
    leader: Literal["a", "b", ""] = Field(description="The arm that is ahead, however unsurely.")
    strength: Strength
    basis: Basis | None = Field(description="What the verdict rests on.")
    subject: list[list[str]]
    terms: list[MatchedTerm]
    exclude: list[str]
    where: str
    context: str = Field(description="What images of both arms have in common with those to be made.")
    outcome: Outcome = Field(description="What counts as having come out well.")
    a: ArmEvidence
    b: ArmEvidence
    left_out: int = Field(description="Jobs in both arms, which speak for neither.")
    difference: WeighedDifference | None = Field(description="Of all judged images, as a share of 1.")
    matched: list[Matching]
    at_equal: list[FactorCheck] = Field(description="At equal values of one other factor each.")
    stars: WeighedDifference | None = Field(description="Difference of mean ratings, 1 to 5; a figure of its own.")
    unjudged_low: float | None = Field(description="Lowest difference if every unjudged image were counted its worst.")
    unjudged_high: float | None
    runtime: Runtime
    ratings_to_settle: int | None
    prompts_to_settle: int | None
    why: list[str]
    notes: list[str]
    next: str
