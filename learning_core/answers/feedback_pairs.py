"""Attempts at one prompt before and after feedback, and what else was not the same on the two sides."""

from collections import Counter
from collections.abc import Iterator, Sequence
from math import fsum

import numpy as np
from msgspec import Struct, field
from msgspec.structs import replace

from learning_core.answers.attempts import Attempt, Attempts, Given, GivenBy, Measure
from learning_core.index.snapshot import Snapshot
from learning_core.stats.before_after import Sides
from learning_core.text.spellings import Spellings

SETTINGS = (
    "checkpoint", "lora_set", "vae", "sampler", "scheduler", "steps", "cfg_scale", "size", "denoising_strength",
    "hires_fix", "stage",
)  # fmt: skip
_COMPARED = (*SETTINGS, "negative_prompt")
_SHOWN = {"lora_set": "lora"}
_SCORES = 2

NEGATIVE_PROMPTS_READ = 20_000
"""Of more attempts than this the negative prompts, which only lines hold, are not compared."""

Settings = tuple[object, ...]
Measured = tuple[Attempt, float]
"""An attempt and its outcome, 0 to 1, by one measure."""


class Topic(Struct, frozen=True):
    """Which feedback is asked about: by whom, and the key of its category, empty for all of it."""

    given_by: GivenBy
    category_key: str

    def holds(self, given: Given) -> bool:
        """Tell whether a feedback event is about it."""
        return given.given_by == self.given_by and self.category_key in ("", given.category_key)


class Pair(Struct, frozen=True):
    """One prompt before and after: all attempts, all but the criticised one (None if it was alone), what changed."""

    sides: Sides
    without_criticised: Sides | None
    changed: frozenset[str]


class Pairs(Struct):
    """The prompts with feedback on a topic: pairs, attempts on either side, and the rows of the criticised jobs.

    `uncriticised_n` and `uncriticised_sum` are attempts, and the sum of their outcomes, without an attempt after such
    feedback at their prompt.
    """

    pairs: list[Pair] = field(default_factory=list)
    before_n: int = 0
    after_n: int = 0
    criticised: set[int] = field(default_factory=set)
    uncriticised_n: int = 0
    uncriticised_sum: float = 0.0

    def beside_all(self) -> list[Sides]:
        """Return the sides with the mean of all attempts before feedback, also at prompts without any, as before.

        Whoever steps in after a run of bad attempts picks the prompts that had one: over all prompts, runs are no rarer
        and no more frequent than the attempts are bad (optional stopping, as in `before_after`).
        """
        n = self.uncriticised_n + sum(pair.sides.before_n for pair in self.pairs)
        mean = (self.uncriticised_sum + fsum(pair.sides.before_sum for pair in self.pairs)) / n
        sides = [pair.sides for pair in self.pairs]
        return [replace(each, before_sum=mean * each.before_n) for each in sides]


class _Prompt(Struct, frozen=True):
    attempts: list[Attempt]
    feedback: list[Given]


class FeedbackPairs:
    """The attempts at prompts with feedback, put on two sides of it.

    Per prompt the first feedback on a topic divides the attempts by their places in the log; the attempt that it was
    given on lies before it.
    """

    def __init__(self, snapshot: Snapshot, attempts: Attempts) -> None:
        self._feedback = attempts.feedback
        self._attempts = list(attempts.by_row.values())
        prompts = _prompts(snapshot, attempts)
        at_prompts = [each for prompt in prompts for each in prompt.attempts]
        self._settings = _settings(snapshot, [each.row for each in at_prompts])
        self.measures = _measures(at_prompts)
        self._of_topic: dict[Topic, list[tuple[_Prompt, Given]]] = {}
        for prompt in prompts:
            for topic, first in _first_of_topics(prompt.feedback).items():
                self._of_topic.setdefault(topic, []).append((prompt, first))

    def topics(self, limit: int) -> Iterator[tuple[Topic, str]]:
        """Yield what feedback there is, by people and by programs: any, and the most frequent categories by name."""
        givers: tuple[GivenBy, ...] = ("person", "automated")
        for given_by in givers:
            given = [each for each in self._feedback if each.given_by == given_by]
            if given:
                yield Topic(given_by, ""), "any"
            spellings = Spellings()
            keys = {spellings.add(each.said.category or "") for each in given} - {""}
            for key in sorted(keys, key=lambda key: (-spellings.mentions(key), key))[:limit]:
                yield Topic(given_by, key), spellings.written(key)[0]

    def about(self, topic: Topic, measure: Measure | None) -> Pairs:
        """Return the two sides of feedback on a topic by one measure; None stands for passed or not."""
        found, known = Pairs(), list[float]()
        for prompt, first in self._of_topic.get(topic, ()):
            found.criticised.add(first.row)
            before, after = _divided(prompt.attempts, first, measure)
            found.before_n += len(before)
            found.after_n += len(after)
            if before and after:
                others = not all(map(topic.holds, prompt.feedback))
                changed = self._changed(before, after, measure, others=others)
                without = [each for each in before if each[0].row != first.row]
                found.pairs.append(Pair(_sides(before, after), _sides(without, after) if without else None, changed))
            else:
                known += [outcome for _, outcome in before]
        criticised = {prompt.attempts[0].prompt for prompt, _ in self._of_topic.get(topic, ()) if prompt.attempts}
        apart = [_outcome(each, measure) for each in self._attempts if each.prompt and each.prompt not in criticised]
        known += [outcome for outcome in apart if outcome is not None]
        found.uncriticised_n, found.uncriticised_sum = len(known), fsum(known)
        return found

    def _changed(
        self, before: list[Measured], after: list[Measured], measure: Measure | None, *, others: bool
    ) -> frozenset[str]:
        """Return what was not the same: settings whose values differ, other feedback, the validators of a verdict."""
        found = {"other feedback"} if others else set()
        first, second = ({self._settings[each.row] for each, _ in side} for side in (before, after))
        if first != second:
            by_field = zip(_COMPARED, zip(*first, strict=True), zip(*second, strict=True), strict=True)
            found |= {_SHOWN.get(field, field) for field, one, other in by_field if set(one) != set(other)}
        if measure is None and {each.validators for each, _ in before} != {each.validators for each, _ in after}:
            found.add("validator")
        return frozenset(found)


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
    negative: list[object] = [None] * len(rows)
    if len(rows) <= NEGATIVE_PROMPTS_READ:
        negative = [_plain(job.get("prompt_negative")) for job in snapshot.jobs_at(rows)]
    return dict(zip(rows, zip(*columns, negative, strict=True), strict=True))


def _plain(text: str | None) -> str:
    return " ".join((text or "").casefold().split())


def _measures(attempts: Sequence[Attempt]) -> list[Measure | None]:
    """Return what the attempts can be compared by: None for passed or not, then the most frequent scores."""
    scores = Counter(measure for attempt in attempts for measure in attempt.scores)
    most = sorted(scores, key=lambda measure: (-scores[measure], measure))[:_SCORES]
    return [*([None] if any(each.passed is not None for each in attempts) else []), *most]


def _first_of_topics(feedback: list[Given]) -> dict[Topic, Given]:
    """Return the first feedback on each topic, given the feedback on one prompt in the order of the log."""
    found: dict[Topic, Given] = {}
    for given in feedback:
        for key in {"", given.category_key}:
            found.setdefault(Topic(given.given_by, key), given)
    return found


def _divided(attempts: list[Attempt], first: Given, measure: Measure | None) -> tuple[list[Measured], list[Measured]]:
    before: list[Measured] = []
    after: list[Measured] = []
    for attempt in attempts:
        outcome = _outcome(attempt, measure)
        if outcome is not None:
            side = before if attempt.place < first.place or attempt.row == first.row else after
            side.append((attempt, outcome))
    return before, after


def _outcome(attempt: Attempt, measure: Measure | None) -> float | None:
    outcome = attempt.passed if measure is None else attempt.scores.get(measure)
    return None if outcome is None else float(outcome)


def _sides(before: list[Measured], after: list[Measured]) -> Sides:
    return Sides.of([outcome for _, outcome in before], [outcome for _, outcome in after])
