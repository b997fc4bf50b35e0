"""The shapes of a recommendation for a prompt: a checkpoint, LoRAs that go with it, and a preset."""

from typing import Literal

from pydantic import Field

from learning_core.answers.answer import Answer, By, Outcome, Share, Status, Strength, Tier

Mode = Literal["exploit", "explore", "given", "prior", "nothing"]
Basis = Literal["words", "checkpoint", "checkpoint_and_words", "library", "profile", "nothing"]


class Candidate(Answer):
    """One value that has judged images, with what is to be expected of it for the prompt."""

    value: str
    n: int = Field(description="Judged images with it: of all prompts, or with the recommended checkpoint.")
    good: int = Field(description="Of these, how many came out well.")
    prompts: int = Field(description="Different prompts behind n.")
    effective_n: float = Field(description="n after counting images of one prompt as partly the same evidence.")
    n_with_words: int = Field(description="Of n, images whose prompts have one of the words.")
    good_with_words: int
    estimate: Share = Field(description="Share to expect for this prompt, drawn towards what is usual.")
    low: Share | None = Field(description="95 % credible interval; null for prompts of several words.")
    high: Share | None
    chance_best: Share = Field(description="Chance to be the best of those that have judged images.")
    tier: Tier
    evidence: list[str] = Field(description="Up to 3 of its best records.")


class Try(Answer):
    """A value that is worth images, and why."""

    value: str
    chance_best: Share | None = Field(description="null where it is unknown: never tried is not one half.")
    why: str


class NotKnown(Answer):
    """A name that was asked for and that the library does not hold."""

    by: By
    name: str
    near: list[str] = Field(description="Names of the library that look like it.")


class Advice(Answer):
    """What to take for one parameter, or what to try."""

    by: By
    mode: Mode
    values: list[str] = Field(description="What to take: several where they are tied, none where nothing is known.")
    status: Status
    strength: Strength = Field(description="How sure the lead is.")
    basis: Basis = Field(
        description="Which images decide; library is a cold start: all prompts; profile: none, a profile's prior."
    )
    sentence: str
    why: list[str]
    tier: Tier
    regret: Share | None = Field(description="Share expected to be lost by taking the first value; null if no choice.")
    candidates: list[Candidate]
    shown: int
    total: int
    try_next: list[Try]


class WeightBand(Answer):
    """The images of a LoRA with the checkpoint whose weights lie in one band."""

    band: str
    weight: float = Field(description="The weight used most often in it.")
    n: int
    good: int
    prompts: int
    estimate: Share


class LoraChoice(Answer):
    """One LoRA with the recommended checkpoint, set against no LoRA."""

    name: str
    weight: float | None = Field(description="null where no weight is known.")
    weight_strength: Strength
    strength: Strength = Field(description="How sure it is that it does better than no LoRA with this checkpoint.")
    n: int = Field(description="Judged images of this LoRA with this checkpoint.")
    good: int
    bands: list[WeightBand]
    why: list[str]


class Together(Answer):
    """How often all that is recommended was used together."""

    n: int
    good: int
    evidence: list[str]


class PriorLora(Answer):
    """A LoRA that a profile suggests."""

    name: str
    weight: float
    why: str


class PriorPreset(Answer):
    """What the profile of the recommended checkpoint suggests: a start, never evidence."""

    checkpoint: str
    preset: str
    rating: str = Field(description="A word of the profile: bad, neutral, good, better, best.")
    source: str
    settings: dict[str, str]
    loras: list[PriorLora]
    left_out: list[str] = Field(description="LoRAs that do not fit the checkpoint, with the reason.")
    runs_observed: int | None = Field(description="As the profile states it.")
    mean_rating: float | None


class Recommendation(Answer):
    """Which checkpoint, LoRAs and settings to take for a prompt, and how sure that is."""

    summary: str
    mode: Mode = Field(
        description="exploit: a checkpoint leads surely enough; explore: not; given: one was named; prior: no image "
        "decides, a profile suggests it; nothing: no choice."
    )
    words: list[str] = Field(description="Topic words of the prompt, the first ten.")
    words_unknown: list[str] = Field(description="Those that none of the prompts has that the rates rest on.")
    where: str
    context: str = Field(description="What images were preferred for having in common with those to be made.")
    outcome: Outcome
    with_checkpoint: str | None = Field(description="LoRAs and preset are as seen with this checkpoint.")
    checkpoint: Advice
    lora: Advice
    loras: list[LoraChoice] = Field(description="LoRAs that do better than none with this checkpoint.")
    preset: list[Advice]
    together: Together | None
    prior: PriorPreset | None
    not_known: list[NotKnown]
    notes: list[str]
    next: str
