"""Whether attempts came out better after feedback: per prompt, before and after, with what else changed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import Field

from learning_core.answers.answer import Answer
from learning_core.answers.attempts import Attempt, Attempts, Given, GivenBy, Measure
from learning_core.index.snapshot import Snapshot
from learning_core.stats.before_after import FEWEST_PROMPTS, PASSED, SCORE, Change, Sides, change
from learning_core.text.spellings import Spellings
from learning_core.text.wording import count, listed, name

Verdict = Literal["insufficient", "no_change_shown", "selection_possible", "confounded", "better_after", "worse_after"]

SETTINGS = (
    "checkpoint", "lora_set", "vae", "sampler", "scheduler", "steps", "cfg_scale", "size", "denoising_strength",
    "hires_fix", "stage",
)  # fmt: skip
_COMPARED = (*SETTINGS, "negative_prompt")
_SHOWN = {"lora_set": "lora"}
Settings = tuple[object, ...]

NEGATIVE_PROMPTS_READ = 20_000
"""Of more attempts than this the negative prompts, which only lines hold, are not compared."""

_SCORES = 2
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


@dataclass(frozen=True, slots=True)
class _Prompt:
    """The attempts at one prompt, and the feedback on it in the order of the log."""

    attempts: list[Attempt]
    feedback: list[Given]


@dataclass(frozen=True, slots=True)
class _Feedback:
    """Which feedback an effect is about; an empty key stands for all of it."""

    given_by: GivenBy
    key: str
    spelling: str

    def holds(self, given: Given) -> bool:
        """Tell whether a feedback event is one of them."""
        return given.given_by == self.given_by and (not self.key or given.category_key == self.key)


@dataclass(frozen=True, slots=True)
class _Pair:
    """One prompt before and after: all attempts, all but the criticised one (None if it was alone), what changed."""

    sides: Sides
    without_criticised: Sides | None
    changed: frozenset[str]


def effects(snapshot: Snapshot, attempts: Attempts, limit: int) -> list[Effect]:
    """Return what can be said of feedback in general and of its most frequent categories, at most `limit` of them.

    Per prompt the first feedback divides the attempts by their places in the log; the attempt that it was given on
    lies before it. Feedback by people and by programs is kept apart, and so are scores of different validators.
    """
    prompts = _prompts(snapshot, attempts)
    at_prompts = [each for prompt in prompts for each in prompt.attempts]
    settings, measures = _settings(snapshot, [each.row for each in at_prompts]), _measures(at_prompts)
    return [
        _effect(snapshot, about, measure, prompts, settings)
        for about in _asked_about(attempts.feedback, limit)
        for measure in measures
    ]


def _prompts(snapshot: Snapshot, attempts: Attempts) -> list[_Prompt]:
    """Return the known prompts with feedback."""
    of_feedback = snapshot.column("prompt")[np.array([each.row for each in attempts.feedback], np.int64)].tolist()
    found = {prompt: _Prompt([], []) for prompt in of_feedback if prompt}
    for prompt, given in zip(of_feedback, attempts.feedback, strict=True):
        if prompt:
            found[prompt].feedback.append(given)
    for attempt in attempts.by_row.values():
        if attempt.prompt in found:
            found[attempt.prompt].attempts.append(attempt)
    return list(found.values())


def _settings(snapshot: Snapshot, rows: list[int]) -> dict[int, Settings]:
    """Return the values of SETTINGS of some jobs, and behind them their negative prompt if lines are few enough."""
    known = np.array(rows, np.int64)
    columns: list[list[object]] = [snapshot.column(field)[known].tolist() for field in SETTINGS]
    negative: list[object] = [None] * len(known)
    if len(known) <= NEGATIVE_PROMPTS_READ:
        negative = [_plain(job.get("prompt_negative")) for job in snapshot.jobs_at(known.tolist())]
    return dict(zip(known.tolist(), zip(*columns, negative, strict=True), strict=True))


def _plain(text: str | None) -> str:
    return " ".join((text or "").casefold().split())


def _measures(attempts: Iterable[Attempt]) -> list[Measure | None]:
    """Return what the attempts can be compared by: None for passed or not, then the most frequent scores."""
    verdicts, scores = 0, Counter[Measure]()
    for attempt in attempts:
        verdicts += attempt.passed is not None
        scores.update(attempt.scores)
    most = sorted(scores, key=lambda measure: (-scores[measure], measure))[:_SCORES]
    return [*([None] if verdicts else []), *most]


def _asked_about(feedback: Sequence[Given], limit: int) -> list[_Feedback]:
    found = []
    for given_by in ("person", "automated"):
        spellings = Spellings()
        given = [each for each in feedback if each.given_by == given_by]
        keys = {spellings.add(each.said.category or "") for each in given} - {""}
        most = sorted(keys, key=lambda key: (-spellings.mentions(key), key))[:limit]
        found += [_Feedback(given_by, "", "any")] if given else []
        found += [_Feedback(given_by, key, spellings.written(key)[0]) for key in most]
    return found


def _effect(
    snapshot: Snapshot,
    about: _Feedback,
    measure: Measure | None,
    prompts: Sequence[_Prompt],
    settings: dict[int, Settings],
) -> Effect:
    before_n = after_n = 0
    pairs: list[_Pair] = []
    criticised: set[int] = set()
    for prompt in prompts:
        first = next((each for each in prompt.feedback if about.holds(each)), None)
        if first is None:
            continue
        criticised.add(first.row)
        before, after = _divided(prompt.attempts, first, measure)
        before_n, after_n = before_n + len(before), after_n + len(after)
        if before and after:
            others = not all(map(about.holds, prompt.feedback))
            pairs.append(
                _pair(before, after, first, measure, _changed(before, after, measure, settings, others=others))
            )
    return _judged(about, measure, pairs, (before_n, after_n), _references(snapshot, criticised))


def _divided(attempts: list[Attempt], first: Given, measure: Measure | None) -> tuple[list[Attempt], list[Attempt]]:
    measured = [each for each in attempts if _outcome(each, measure) is not None]
    before = [each for each in measured if each.place < first.place or each.row == first.row]
    return before, [each for each in measured if each.place > first.place and each.row != first.row]


def _outcome(attempt: Attempt, measure: Measure | None) -> float | None:
    if measure is not None:
        return attempt.scores.get(measure)
    return None if attempt.passed is None else float(attempt.passed)


def _changed(
    before: list[Attempt],
    after: list[Attempt],
    measure: Measure | None,
    settings: dict[int, Settings],
    *,
    others: bool,
) -> frozenset[str]:
    """Return what else was not the same before and after: settings whose values differ, other feedback, validators."""
    found = {"other feedback"} if others else set()
    first, second = ({settings[each.row] for each in side} for side in (before, after))
    if first != second:
        by_field = zip(_COMPARED, zip(*first, strict=True), zip(*second, strict=True), strict=True)
        found |= {_SHOWN.get(field, field) for field, one, other in by_field if set(one) != set(other)}
    if measure is None and {each.validators for each in before} != {each.validators for each in after}:
        found.add("validator")
    return frozenset(found)


def _pair(
    before: list[Attempt], after: list[Attempt], first: Given, measure: Measure | None, changed: frozenset[str]
) -> _Pair:
    without = [each for each in before if each.row != first.row]
    return _Pair(
        sides=_sides(before, after, measure),
        without_criticised=_sides(without, after, measure) if without else None,
        changed=changed,
    )


def _sides(before: list[Attempt], after: list[Attempt], measure: Measure | None) -> Sides:
    return Sides.of(*([_outcome(each, measure) or 0.0 for each in side] for side in (before, after)))


def _judged(
    about: _Feedback, measure: Measure | None, pairs: list[_Pair], sizes: tuple[int, int], evidence: list[str]
) -> Effect:
    scale = PASSED if measure is None else SCORE
    without = [pair.without_criticised for pair in pairs if pair.without_criticised is not None]
    unchanged = [pair.sides for pair in pairs if not pair.changed]
    changed = Counter(what for pair in pairs for what in pair.changed)
    found = change([pair.sides for pair in pairs], scale) if pairs else None
    verdict: Verdict = "insufficient"
    if found is not None and found.prompts >= FEWEST_PROMPTS:
        others = [change(sides, scale).direction if sides else 0 for sides in (without, unchanged)]
        verdict = _verdict(found.direction, *others)
    elif found is not None:
        found = None
    size = 1.0 if measure is None else measure[1]
    effect = Effect(
        feedback=about.spelling,
        given_by=about.given_by,
        measure="passed" if measure is None else measure[0] or "score",
        scale_maximum=None if measure is None else size,
        verdict=verdict,
        sentence="",
        prompts=len(pairs),
        before_n=sizes[0],
        after_n=sizes[1],
        change=None if found is None else round(found.value * size, 4),
        low=None if found is None else round(found.low * size, 4),
        high=None if found is None else round(found.high * size, 4),
        bayes_factor=None if found is None else float(f"{found.bayes_factor:.4g}"),
        prompts_without_criticised=len(without),
        prompts_unchanged=len(unchanged),
        confounders=[
            Confounder(what=what, prompts=prompts)
            for what, prompts in sorted(changed.items(), key=lambda each: (-each[1], each[0]))
        ],
        evidence=evidence,
    )
    return effect.model_copy(update={"sentence": _sentence(effect, found)})


def _verdict(all_of_them: int, without_criticised: int, unchanged: int) -> Verdict:
    """Return what may be said, given the directions (0 for none) of the change over different choices of attempts."""
    if not all_of_them:
        return "no_change_shown"
    if without_criticised != all_of_them:
        return "selection_possible"
    if unchanged != all_of_them:
        return "confounded"
    return "better_after" if all_of_them > 0 else "worse_after"


def _references(snapshot: Snapshot, rows: set[int]) -> list[str]:
    return sorted(snapshot.references(rows))[:_EVIDENCE]


def _sentence(effect: Effect, found: Change | None) -> str:
    about = "feedback" if effect.feedback == "any" else f'feedback on "{name(effect.feedback)}"'
    about = f"{about} by {'a person' if effect.given_by == 'person' else 'a program'}"
    sizes = f"{count(effect.before_n, 'attempt')} before it and {effect.after_n:,} after"
    if found is None:
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
