"""The shapes of answers: what every tool, command and page hands on, each complete on its own."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from learning_core.text.keywords import Match

Tier = Literal["no_evidence", "review_only", "experiment_sparse_plus_review", "experiment_strong"]
Outcome = Literal["selected", "rated_4_or_5"]
By = Literal[
    "checkpoint",
    "lora",
    "lora_weight",
    "sampler",
    "scheduler",
    "steps",
    "cfg_scale",
    "size",
    "denoising_strength",
    "vae",
    "hires_fix",
]
Status = Literal[
    "clear_leader", "likely_leader", "overall_leader", "not_separable", "never_varied", "one_value_judged", "too_thin",
    "no_evidence",
]  # fmt: skip
"""`never_varied`: no other value was used; `one_value_judged`: images of others have no judgement of the kind."""

Strength = Literal["none", "weak", "moderate", "strong"]
Period = Literal["day", "week", "month"]
Share = Annotated[float, Field(ge=0, le=1)]


class Answer(BaseModel):
    """Base of all answers: frozen, no surprises."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class MatchedTerm(Answer):
    """One alternative of the subject and what it brought, so that a bad one is seen and can be dropped."""

    term: str
    how: Literal["given", "alias", "semantic"] = Field(description="Stated; by the alias list; nearly the same.")
    similarity: float | None = Field(description="Of a semantic term, to the alternative that it widens.")
    exact_phrase: int = Field(description="Prompts that hold it as a phrase within one tag.")
    all_words: int = Field(description="Prompts that hold all its words anywhere.")
    records: int = Field(description="Records of this answer whose prompt it matches.")


class Matched(Answer):
    """What the question selected, counted in images and jobs."""

    jobs: int
    prompts: int = Field(description="Different positive prompts among them.")
    rated: int = Field(description="Images with a person's stars.")
    judged: int = Field(description="Images selected or rejected.")
    selected: int
    mean_rating: float | None = Field(description="Mean of the stars, 1 to 5; null without any.")


class Setting(Answer):
    """One value of a parameter with its evidence."""

    setting: str
    n: int = Field(description="Images that the estimate rests on, those passed over in a batch among them.")
    good: int = Field(description="Of these, how many came out well (selected, or rated 4 or 5).")
    effective_n: float = Field(description="n after counting images of one prompt as partly the same evidence.")
    prompts: int = Field(description="Different prompts behind n.")
    n_rated: int
    mean_rating: float | None
    n_judged: int
    n_selected: int
    value: Share = Field(description="Estimated share that comes out well, shrunk towards the baseline.")
    low: Share = Field(description="Lower end of the 95 % credible interval.")
    high: Share = Field(description="Upper end of the 95 % credible interval.")
    lift: float = Field(description="value minus baseline.")
    chance_best: Share = Field(description="Chance that no other value shown or not is better.")
    regret: Share = Field(description="Share expected to be lost by taking it instead of the best.")
    strength: Strength = Field(description="How sure it is that the first value is better; of the first, its lead.")
    reason: str = Field(description="What decided that strength; empty where nothing is compared.")
    rated_share: Share = Field(description="Images with a judgement of this kind, of those made with it.")
    pooled_rating: float | None = Field(description="Mean stars drawn to those of all values; null by selections.")
    tier: Tier
    evidence: list[str] = Field(description="Up to 3 of its best records.")


class InPlans(Answer):
    """One value in plans that varied its parameter alone, with proof of what was held fixed."""

    setting: str
    n: int
    good: int
    mean_rating: float | None


class Parameter(Answer):
    """The evidence about one parameter."""

    by: By
    status: Status
    strength: Strength = Field(description="How sure the lead of the first value is; tier says what it rests on.")
    sentence: str
    why: list[str] = Field(description="The numbers that decided it.")
    tier: Tier
    regret: Share | None = Field(
        description="Share expected to be lost by the first value shown; null without a choice."
    )
    baseline: Share | None = Field(description="Share that comes out well over all images of this comparison.")
    baseline_n: int
    unknown: int = Field(description="Images left out because this parameter is not known for them.")
    ranked: list[Setting]
    shown: int
    total: int = Field(description="Different values in the evidence.")
    controlled: list[InPlans] = Field(description="Of these images, those of plans apart; best first.")


class RelatedTerm(Answer):
    """A term near one of the subject's in meaning, which is not counted: for "did you also mean"."""

    term: str
    similarity: float
    prompts: int


class OftenWith(Answer):
    """A word that stands beside the subject more often than elsewhere: it need not mean the same, and never counts."""

    term: str
    prompts: int = Field(description="Matched prompts that hold it.")
    share: Share = Field(description="Of the matched prompts.")
    share_elsewhere: Share = Field(description="Of all other prompts.")


class WidenedParameter(Answer):
    """What the widened evidence says of one parameter, in short."""

    by: By
    status: Status
    sentence: str
    tier: Tier = Field(description="Never above that of what was stated.")
    setting: str = Field(description="The value with the highest estimate; empty without any.")
    n: int
    value: Share | None
    low: Share | None
    high: Share | None


class Widened(Answer):
    """The stated evidence and that of the semantic terms together."""

    summary: str
    matched: Matched
    added: int = Field(description="Records that only semantic terms brought.")
    tier: Tier
    parameters: list[WidenedParameter]


class WhatWorks(Answer):
    """Which settings go with images that came out well; all but `widened` rests on what was stated."""

    summary: str
    subject: list[list[str]] = Field(description="Facets: all must match, each by one of its alternatives.")
    match: Match = "words"
    exclude: list[str] = Field(default=[], description="What no matched prompt holds.")
    where: str
    context: str = Field(description="Stage|subject|filter|context|outcome of the evidence; mixed, any for stages.")
    matched: Matched
    terms: list[MatchedTerm]
    related_not_counted: list[RelatedTerm] = []
    often_with: list[OftenWith] = []
    widened: Widened | None = Field(default=None, description="Null where no semantic term brought a record.")
    outcome: Outcome = Field(description="What counts as having come out well.")
    baseline_of: str = Field(description="What baselines are shares of, where the parameter is known.")
    tier: Tier
    automation_eligible: list[By] = Field(
        description="Parameters of which a plan concluded: a draft may be prepared, a person approves."
    )
    parameters: list[Parameter]
    notes: list[str]
    next: str = Field(description="The next useful step.")


class NamedCount(Answer):
    """A name and how many jobs carry it."""

    name: str
    jobs: int
    judged: int = Field(description="Jobs with stars or a selection.")


class Named(Answer):
    """The most frequent names of one field."""

    field: str
    top: list[NamedCount]
    shown: int
    total: int


class Curation(Answer):
    """Curation decisions, which are not ratings."""

    evidence_class: str
    decision: str
    events: int


class Overview(Answer):
    """What the library holds."""

    summary: str
    jobs: int
    prompts: int
    jobs_rated: int
    jobs_judged: int
    images_selected: int
    images_rejected: int
    mean_rating: float | None
    first_day: str | None = Field(description="UTC day of the oldest job with a known time.")
    last_day: str | None
    sources: list[NamedCount]
    names: list[Named]
    tags: list[NamedCount]
    curation: list[Curation]
    unreadable_lines: int
    conflicts: int
    withdrawn: int
    notes: list[str]
    next: str


class RecordLine(Answer):
    """One record in a list."""

    ref: str
    line: str = Field(description="Settings and judgement in one line.")
    prompt: str = Field(description="Start of the positive prompt: stored text, not an instruction.")


class RecordPage(Answer):
    """A page of records."""

    summary: str
    where: str
    items: list[RecordLine]
    shown: int
    total: int
    next_cursor: str = Field(description="Pass it as cursor for the next page; empty on the last.")
    notes: list[str]
    next: str


class JudgementLine(Answer):
    """One event of a record."""

    event_id: str
    kind: str
    stands: bool = Field(description="False when superseded or undone.")
    text: str
    recorded_at: str | None


class Item(Answer):
    """One record in full. Seeds are strings: JavaScript would round them."""

    ref: str
    job_id: str
    settings: dict[str, str] = Field(description="Canonical settings that are known.")
    raw: dict[str, str] = Field(description="Values as the producer wrote them, where they differ.")
    positive_prompt: str | None
    negative_prompt: str | None
    rating: float | None = Field(description="Stars that stand now; the mean if several images were rated.")
    selection: Literal["selected", "rejected", "mixed", "none"]
    tags: list[str]
    note: str | None
    judgements: list[JudgementLine]
    images: list[str] = Field(description="File names as the producer wrote them; they may have moved.")
    source: str | None
    experiment: str | None
    truncated: list[str] = Field(description="Fields that were cut because they are too long to show.")


class Items(Answer):
    """Records in full."""

    summary: str
    items: list[Item]
    notes: list[str]
    next: str
