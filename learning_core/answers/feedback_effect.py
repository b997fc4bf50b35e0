"""Whether attempts came out better after feedback: how much, how sure, and what else may explain it."""

from collections import Counter
from typing import Literal

from pydantic import Field

from learning_core.answers.answer import Answer
from learning_core.answers.attempts import Attempts, GivenBy, Measure
from learning_core.answers.feedback_pairs import FeedbackPairs, Pairs, Topic
from learning_core.index.snapshot import Snapshot
from learning_core.stats.before_after import FEWEST_PROMPTS, PASSED, SCORE, Change, change
from learning_core.text.wording import count, listed, name

Verdict = Literal[
    "insufficient",
    "no_change_shown",
    "selection_possible",
    "selected_prompts",
    "confounded",
    "better_after",
    "worse_after",
]
_EVIDENCE = 3


class Confounder(Answer):
    """Something that was not the same before and after, on some of the prompts that were compared."""

    what: str
    prompts: int


class Effect(Answer):
    """Attempts at the same prompts before and after feedback; a change is not yet an effect of it."""

    feedback: str = Field(description="A category of feedback, or `any`.")
    given_by: GivenBy
    measure: str = Field(description="`passed`, or the validator whose score it is.")
    scale_maximum: float | None = Field(description="Of the score; null for `passed`, a share from 0 to 1.")
    verdict: Verdict
    sentence: str
    prompts: int = Field(description="Prompts with attempts on both sides.")
    before_n: int = Field(description="Attempts before the feedback, at any prompt that has some.")
    after_n: int
    change: float | None = Field(description="Mean after less mean before, over prompts; null when insufficient.")
    low: float | None = Field(description="Lower end of the 95 % interval over prompts.")
    high: float | None
    bayes_factor: float | None = Field(description="A change over none; a claim needs 20.")
    prompts_without_criticised: int = Field(description="Prompts that had attempts before the criticised one, too.")
    prompts_unchanged: int = Field(description="Prompts on which nothing else changed.")
    confounders: list[Confounder]
    evidence: list[str] = Field(description="Up to 3 of the records that the feedback was given on.")


def effects(snapshot: Snapshot, attempts: Attempts, limit: int) -> list[Effect]:
    """Return what can be said of feedback in general and of its most frequent categories, at most `limit` of them.

    Feedback by people and by programs is kept apart, and so are scores of different validators.
    """
    pairs = FeedbackPairs(snapshot, attempts)
    return [
        _effect(snapshot, topic, spelling, measure, pairs.about(topic, measure))
        for topic, spelling in pairs.topics(limit)
        for measure in pairs.measures
    ]


def _effect(snapshot: Snapshot, topic: Topic, spelling: str, measure: Measure | None, found: Pairs) -> Effect:
    pairs, size = found.pairs, 1.0 if measure is None else measure[1]
    moved, verdict = _judged(found, measure)
    changed = Counter(what for pair in pairs for what in pair.changed)
    value, low, high = (
        (None, None, None)
        if moved is None
        else (round(each * size, 4) for each in (moved.value, moved.low, moved.high))
    )
    effect = Effect(
        feedback=spelling,
        given_by=topic.given_by,
        measure="passed" if measure is None else measure[0] or "score",
        scale_maximum=None if measure is None else size,
        verdict=verdict,
        sentence="",
        prompts=len(pairs),
        before_n=found.before_n,
        after_n=found.after_n,
        change=value,
        low=low,
        high=high,
        bayes_factor=None if moved is None else float(f"{moved.bayes_factor:.4g}"),
        prompts_without_criticised=sum(pair.without_criticised is not None for pair in pairs),
        prompts_unchanged=sum(not pair.changed for pair in pairs),
        confounders=[
            Confounder(what=what, prompts=prompts)
            for what, prompts in sorted(changed.items(), key=lambda each: (-each[1], each[0]))
        ],
        evidence=sorted(snapshot.references(found.criticised))[:_EVIDENCE],
    )
    return effect.model_copy(update={"sentence": _sentence(effect)})


def _judged(found: Pairs, measure: Measure | None) -> tuple[Change | None, Verdict]:
    """Return the change over all pairs, None if there are too few, and what may be said of it."""
    scale = PASSED if measure is None else SCORE
    moved = change([pair.sides for pair in found.pairs], scale) if found.pairs else None
    if moved is None or moved.prompts < FEWEST_PROMPTS:
        return None, "insufficient"
    without = [pair.without_criticised for pair in found.pairs if pair.without_criticised is not None]
    unchanged = [pair.sides for pair in found.pairs if not pair.changed]
    others = [change(sides, scale).direction if sides else 0 for sides in (without, found.beside_all(), unchanged)]
    return moved, _verdict(moved.direction, *others)


def _verdict(all_of_them: int, without_criticised: int, beside_all: int, unchanged: int) -> Verdict:
    """Return what may be said, given the directions (0 for none) of the change over different choices of attempts."""
    if not all_of_them:
        return "no_change_shown"
    if without_criticised != all_of_them:
        return "selection_possible"
    if beside_all != all_of_them:
        return "selected_prompts"
    if unchanged != all_of_them:
        return "confounded"
    return "better_after" if all_of_them > 0 else "worse_after"


def _sentence(effect: Effect) -> str:
    about = "feedback" if effect.feedback == "any" else f'feedback on "{name(effect.feedback)}"'
    about = f"{about} by {'a person' if effect.given_by == 'person' else 'a program'}"
    sizes = f"{count(effect.before_n, 'attempt')} before it and {effect.after_n:,} after"
    if effect.verdict == "insufficient":
        return (
            f"Whether {about} changes {_measured(effect)} cannot be told: {sizes}, {count(effect.prompts, 'prompt')} "
            f"with both, and at least {FEWEST_PROMPTS} of about equal size are needed{_also(effect)}."
        )
    moved = (
        f"After {about}, {_measured(effect)} changed by {_points(effect, effect.change)} "
        f"({_points(effect, effect.low)} to {_points(effect, effect.high)}) over {count(effect.prompts, 'prompt')}"
    )
    ends: dict[Verdict, str] = {
        "no_change_shown": f": no change shown{_also(effect)}.",
        "selection_possible": (
            ", which need not be due to it: feedback falls on attempts that came out badly, and the next one is often "
            "better anyway. Without those attempts no change is sure "
            f"({count(effect.prompts_without_criticised, 'prompt')} left){_also(effect)}."
        ),
        "selected_prompts": (
            ", which need not be due to it: feedback falls on prompts after a run of bad attempts, and what comes next "
            "is often better anyway. Beside all attempts before feedback, those at prompts without any among them, no "
            f"change is sure{_also(effect)}."
        ),
        "confounded": (
            f", and it is not the only thing that changed{_also(effect)}. Where nothing else did "
            f"({count(effect.prompts_unchanged, 'prompt')}), no change is sure."
        ),
        "better_after": f": better, observed and not tested{_also(effect)}.",
        "worse_after": f": worse, observed and not tested{_also(effect)}.",
    }
    return moved + ends[effect.verdict]


def _also(effect: Effect) -> str:
    if not effect.confounders:
        return ""
    named = listed([f"{each.what} (on {each.prompts} of {effect.prompts})" for each in effect.confounders])
    return f"; also changed: {named}"


def _measured(effect: Effect) -> str:
    return "the share that passes" if effect.scale_maximum is None else f'the score of "{name(effect.measure)}"'


def _points(effect: Effect, value: float | None) -> str:
    if effect.scale_maximum is None:
        return f"{_signed(f'{(value or 0.0) * 100:+.0f}')} points"
    return _signed(f"{value or 0.0:+.3g}")


def _signed(text: str) -> str:
    """Return a number as text, a zero without its sign."""
    return text if float(text) else "0"
