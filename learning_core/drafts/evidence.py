"""What the library's answer says of a checkpoint's settings: the figures that a draft may rest on, and no more."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from learning_core.answers.answer import By, Strength
from learning_core.answers.recommend import recommend_settings
from learning_core.answers.recommendation import Advice, Candidate, LoraChoice, Recommendation
from learning_core.drafts.draft import Evidence, Figures, Ground, Question
from learning_core.errors import DraftRefused
from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot
from learning_core.limits import DRAFT_REFERENCES
from learning_core.text.names import file_stem, same_name
from learning_core.text.wording import moment, percent

STRENGTHS: tuple[Strength, ...] = ("none", "weak", "moderate", "strong")
VALUES_READ = 50
"""Most values of each parameter that are looked at."""


class Observed(Struct, frozen=True):
    """Records of one checkpoint or LoRA: how many, the mean of their stars, and when the newest was made (UTC)."""

    runs: int
    mean_rating: float | None
    newest: str | None


class Known(Struct, frozen=True):
    """What is known of one checkpoint's settings, for prompts of a subject."""

    question: Question
    recommendation: Recommendation

    def advice(self, by: By) -> Advice:
        """Return what the answer says of one parameter of the preset."""
        return next(each for each in self.recommendation.preset if each.by == by)

    def candidate(self, by: By, value: str) -> Candidate | None:
        """Return the figures of one value, None when no judged image has it."""
        wanted = same_name(value)
        return next((each for each in self.advice(by).candidates if same_name(each.value) == wanted), None)

    def lora(self, name: str) -> LoraChoice | None:
        """Return what is known of a LoRA with the checkpoint, None unless it does better than none."""
        wanted = same_name(file_stem(name) or name)
        return next((each for each in self.recommendation.loras if same_name(each.name) == wanted), None)


def known_of(snapshot: Snapshot, question: Question) -> Known:
    """Return what the library knows of a checkpoint. Raises DraftRefused when it has no judged image with it.

    Raises QuestionError or OverLimit for a subject or filter put wrongly.
    """
    found = recommend_settings(
        snapshot, question.subject, checkpoints=[question.checkpoint], where=question.where, limit=VALUES_READ
    )
    if found.with_checkpoint is None:
        raise DraftRefused(f"the library has no judged image with {question.checkpoint}, so nothing speaks for it")
    return Known(question, found)


def observed(snapshot: Snapshot, checkpoint: str = "", lora: str = "") -> Observed:
    """Return the records of one checkpoint, one LoRA, or of both together."""
    rows = np.array(snapshot.standing_jobs())
    if checkpoint:
        rows &= _of_checkpoint(snapshot, checkpoint)
    if lora:
        rows &= _of_lora(snapshot, lora)
    rated, stars = (int(snapshot.column(name)[rows].sum()) for name in ("rated", "rating_sum"))
    newest = float(snapshot.column("time")[rows].max(initial=0))
    return Observed(int(rows.sum()), round(stars / rated, 2) if rated else None, moment(newest))


def evidence_of(known: Known, seen: Observed, grounds: list[Ground], surest: Strength, refs: Sequence[str]) -> Evidence:
    """Return the evidence as a draft keeps it; without references of its own it names those of the answer."""
    named = list(dict.fromkeys(refs)) or _best_records(known, grounds)
    return Evidence(
        question=known.question,
        strength=surest,
        grounds=grounds,
        runs_observed=seen.runs,
        mean_rating=seen.mean_rating,
        refs=named[:DRAFT_REFERENCES],
    )


def check_references(snapshot: Snapshot, refs: Sequence[str], checkpoint: str) -> None:
    """Raise UnknownReference for a record that is not there, DraftRefused for one of another checkpoint."""
    if len(set(refs)) > DRAFT_REFERENCES:
        raise DraftRefused(f"it names {len(set(refs))} records as evidence; at most {DRAFT_REFERENCES}")
    wanted = same_name(checkpoint)
    for ref in refs:
        used = file_stem(snapshot.job(ref).get("model")) or "an unknown checkpoint"
        if same_name(used) != wanted:
            raise DraftRefused(f"{ref} was made with {used}, so it says nothing of {checkpoint}")


def figures_of(candidate: Candidate | None) -> Figures | None:
    """Return the figures of a value as a draft keeps them."""
    if candidate is None:
        return None
    return Figures(
        value=candidate.value, n=candidate.n, good=candidate.good, estimate=candidate.estimate, low=candidate.low,
        high=candidate.high,
    )  # fmt: skip


def in_words(candidate: Candidate) -> str:
    """Return `30: 12 of 18 good, 64 % expected`."""
    return f"{candidate.value}: {candidate.good} of {candidate.n} good, {percent(candidate.estimate)} expected"


def _of_checkpoint(snapshot: Snapshot, checkpoint: str) -> Column:
    wanted = same_name(file_stem(checkpoint) or checkpoint)
    numbers = [number for number, key in snapshot.same_keys("checkpoint").items() if key == wanted]
    return np.isin(snapshot.column("checkpoint"), numbers)


def _of_lora(snapshot: Snapshot, lora: str) -> Column:
    import json

    wanted = same_name(file_stem(lora) or lora)
    sets = snapshot.values("lora_set").items()
    numbers = [number for number, text in sets if any(same_name(name) == wanted for name, _ in json.loads(text))]
    return np.isin(snapshot.column("lora_set"), numbers)


def _best_records(known: Known, grounds: list[Ground]) -> list[str]:
    refs: list[str] = []
    for ground in grounds:
        if ground.by != "lora" and ground.proposed is not None:
            candidate = known.candidate(ground.by, ground.proposed.value)
            refs += candidate.evidence if candidate is not None else []
    return list(dict.fromkeys(refs))
