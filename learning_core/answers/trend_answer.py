"""The shape of the answer to "is it getting better": figures by period, by value, and changes with their doubts."""

from typing import Literal

from pydantic import Field

from learning_core.answers.answer import Answer, MatchedTerm, Outcome, Period, Share
from learning_core.stats.check_outcome import CheckOutcome
from learning_core.stats.strength import Strength

TimeOf = Literal["made", "judged"]
Dimension = Literal[
    "checkpoint",
    "lora",
    "sampler",
    "scheduler",
    "steps",
    "cfg_scale",
    "size",
    "stage",
    "source",
    "denoising_strength",
    "vae",
    "hires_fix",
]
Measure = Literal["came_out_well", "mean_rating"]
Compared = Literal["later_half", "last_period"]
Verdict = Literal[
    "changed",
    "no_change_shown",
    "too_thin",
    "hint",
    "mix_of_prompts",
    "batch_sizes",
    "another_rater",
    "hidden_by_prompts",
    "unchecked",
    "scale_may_have_drifted",
]


class TrendFigures(Answer):
    """What was made in some time, and how it was judged."""

    jobs: int
    rated: int = Field(description="Images with a person's stars.")
    mean_rating: float | None = Field(description="Mean of the stars, 1 to 5; null without any.")
    judged: int = Field(description="Images selected or rejected.")
    selected: int
    passed_over: int = Field(description="Unjudged beside a selected one, or in a batch rejected whole: not selected.")
    selection_rate: Share | None = Field(description="selected of judged and passed_over.")
    came_out_well: Share | None = Field(description="Share of good images, in the sense of `outcome`.")
    median_runtime: float | None = Field(description="Seconds a job, of those whose runtime is known.")
    runtimes: int = Field(description="Jobs whose runtime is known.")


class TrendPeriod(TrendFigures):
    """One period in which something was made."""

    start: str = Field(description="First UTC day of the period; weeks begin on Monday.")


class TrendGap(Answer):
    """Periods, one after the other, in which nothing was made."""

    first: str = Field(description="First day of the first one.")
    last: str = Field(description="First day of the last one.")
    periods: int


class TrendGroup(Answer):
    """The jobs of one value of the dimension, or of all that are not shown alone."""

    name: str
    holds: Literal["value", "other_values", "unknown", "comparisons"]
    values: int = Field(description="Different values in it.")
    total: TrendFigures
    periods: list[TrendPeriod] = Field(description="Of the periods shown, those in which it has jobs.")


class ChangeArm(Answer):
    """One of the two times that are compared."""

    first: str = Field(description="First day of its first period.")
    last: str = Field(description="First day of its last period.")
    images: int
    effective_n: float
    prompts: int
    value: float = Field(description="Share, or mean of the stars.")
    judged_jobs: Share = Field(description="Share of its jobs with such a judgement.")


class HeldEqual(Answer):
    """The change at equal values of something else."""

    equal: str = Field(description="Prompts, their words, prompts and settings, batch size, rater, or a parameter.")
    change: float
    low: float
    high: float
    covered: Share = Field(description="Part of either time's images that have their like in the other.")
    prompts: int
    outcome: CheckOutcome


class Change(Answer):
    """A later time against an earlier one, in the judgement of its images."""

    compared: Compared
    measure: Measure
    before: ChangeArm
    after: ChangeArm
    change: float = Field(description="after minus before.")
    low: float = Field(description="Lower end of the 95 % interval, from the variance between prompts.")
    high: float
    probability: float = Field(description="That the change has this sign.")
    bayes_factor: float = Field(description="Of a change against none.")
    strength: Strength
    verdict: Verdict
    sentence: str
    reason: str
    adjusted: list[HeldEqual] = Field(description="For the mix of prompts, batch size, rater, then each parameter.")
    repeats: HeldEqual | None = Field(description="Same prompts and settings in both times: the scale itself.")
    evidence: list[str] = Field(description="Up to 3 of the newest judged records.")


class TrendSummary(Answer):
    """What was made over time, how it was judged, and whether that changed."""

    summary: str
    subject: list[list[str]]
    terms: list[MatchedTerm]
    exclude: list[str]
    where: str
    per: Period
    time_of: TimeOf = Field(description="Whether periods are those of making or of the last judgement.")
    outcome: Outcome = Field(description="What counts as having come out well.")
    total: TrendFigures
    jobs_of_unknown_time: int = Field(description="In the total, but in no period.")
    periods: list[TrendPeriod]
    shown: int
    periods_total: int = Field(description="Periods in which something was made.")
    gaps: list[TrendGap] = Field(description="Among the periods shown.")
    gaps_total: int
    split: Dimension | None
    groups: list[TrendGroup]
    changes: list[Change]
    why: list[str]
    notes: list[str]
    next: str
