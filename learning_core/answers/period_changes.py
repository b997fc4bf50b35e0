"""Whether a later time differs from an earlier one: as it is, and at equal prompts, settings and repeats."""

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
from msgspec.structs import replace

from learning_core.answers.change_verdict import SURE, Adjusted, Judged, judged
from learning_core.answers.judged_jobs import SETTINGS, JudgedJobs
from learning_core.answers.trend_answer import Change, ChangeArm, Compared, HeldEqual, Measure
from learning_core.stats.adjusted import LEAST_COVERED, LEAST_PROMPTS, is_covered, outcome
from learning_core.stats.change import Appraisal, Arm, Outcomes, appraised
from learning_core.stats.difficulty import Difficulty, difficulty
from learning_core.stats.effective_numbers import effective, within_cluster_correlation
from learning_core.stats.grouping import Counts, distinct
from learning_core.stats.stratified import Difference, Rows, everything, stratified, within_blocks

_AFTER, _BEFORE = 0, 1
_EVIDENCE = 3
_LEAST_STAR_VARIANCE = 0.05
_STAR_SPAN = 4.0

_BATCH_SIZE, _RATER = "batch size", "rater"
_KEPT, _KEPT_WITH_WORDS = 0.5, 0.75
"""What is left of a change at equal prompts must be so much of it, however wide the interval. Words tell about two
thirds of what makes prompts easy (simulated): where they take away a quarter, prompts may take away a third."""

_LEAST_PROMPTS_WITH_WORDS = 30
"""From fewer prompts a side nothing is learned of their words."""


def changes(jobs: JudgedJobs, measures: Sequence[Measure]) -> Iterator[Change]:
    """Yield the changes of the later half against the earlier, then of the last period against all before it.

    Halves are cut between periods so that the smaller one has as many judged images as possible; where that is the
    last period, there is one comparison.
    """
    with_images = np.flatnonzero(jobs.images)
    if len(with_images) < 2:
        return
    before = np.cumsum(jobs.images[with_images])
    smaller = np.minimum(before[:-1], before[-1] - before[:-1])
    half, last = int(with_images[1:][int(smaller.argmax())]), int(with_images[-1])
    cuts: list[tuple[Compared, int]] = [("later_half", half)]
    if half != last:
        cuts.append(("last_period", last))
    for compared, cut in cuts:
        times = _Times(jobs, cut)
        for measure in measures:
            yield _change(times, measure, compared)


class _Times:
    """The judged jobs of two times: `arm` of each, and where the later one begins among the periods."""

    def __init__(self, jobs: JudgedJobs, cut: int) -> None:
        self.jobs, self.cut = jobs, cut
        self.arm = np.where(jobs.period >= jobs.periods[cut], _AFTER, _BEFORE)
        span = int(jobs.prompt.max()) + 1
        pairs, self.pair = distinct(self.arm * span + jobs.prompt)
        self.pair_arm, self.pair_prompt = pairs // span, pairs % span
        self.n, self.good = self.sums(jobs.counted.n), self.sums(jobs.counted.good)
        self.correlation = within_cluster_correlation(self.n, self.good)
        self.block = self.of_pairs(jobs.block)

    def sums(self, numbers: Counts) -> Counts:
        """Return the sums over each pair of time and prompt."""
        return np.bincount(self.pair, numbers, len(self.pair_arm)).astype(np.int64)

    def of_pairs(self, numbers: Counts) -> Counts:
        """Return for each pair what all its jobs have in common."""
        found = np.zeros(len(self.pair_arm), np.int64)
        found[self.pair] = numbers
        return found

    def rows(self, s: Counts) -> Rows:
        """Return the pairs as rows for the statistics, given the sum of outcomes of each."""
        return Rows(self.pair_arm, self.pair_prompt, self.n, s)

    @cached_property
    def difficulty(self) -> Difficulty:
        """How difficult the prompts are by their words, going by the finest judgements there are."""
        return difficulty(self.rows(self.sums(self.jobs.counted.stars)), *self.jobs.words)


class _Measured:
    """One measure of two times: the outcomes, and what each time has of them."""

    def __init__(self, times: _Times, measure: Measure) -> None:
        self.times, counted = times, times.jobs.counted
        stars = measure == "mean_rating"
        self.outcomes = counted.stars if stars else counted.good
        self.rows = times.rows(times.sums(self.outcomes))
        squares = counted.squares if stars else counted.good
        total, s = int(counted.n.sum()), int(self.outcomes.sum())
        # One outcome more of either kind than there are: a few equal ones do not prove that all are.
        spread = (s + 0.5) / (total + 1.0)
        seen = int(squares.sum()) / total - (s / total) ** 2
        variance = max(seen, _LEAST_STAR_VARIANCE) if stars else spread * (1.0 - spread)
        self.single = Outcomes(variance, _STAR_SPAN if stars else 1.0)
        self.arms = _arms(self.rows, times, stars=stars)

    def appraised(self, difference: Difference) -> Appraisal:
        return appraised(difference, *self.arms, self.single)

    def appraised_inside(self, difference: Difference) -> Appraisal:
        """Appraise a difference inside prompts, where single images are the least error there can be."""
        after, before = (replace(arm, least_variance=arm.least_variance * arm.effective_n / arm.n) for arm in self.arms)
        return appraised(difference, after, before, self.single)


def _arms(rows: Rows, times: _Times, *, stars: bool) -> tuple[Arm, Arm]:
    images, s, good, q = (
        np.bincount(rows.arm, column, 2).astype(np.int64) for column in (rows.n, rows.s, times.good, rows.n * rows.n)
    )
    prompts = np.bincount(rows.arm, minlength=2)
    size, _ = effective(images, good, q, times.correlation)
    arms = []
    for each in (_AFTER, _BEFORE):
        n, total, effective_n = int(images[each]), int(s[each]), float(size[each])
        share = (total + 0.5) / (n + 1.0)
        least = _LEAST_STAR_VARIANCE if stars else share * (1.0 - share)
        arms.append(Arm(n, effective_n, int(prompts[each]), total / n, least / effective_n))
    return arms[0], arms[1]


def _change(times: _Times, measure: Measure, compared: Compared) -> Change:
    measured = _Measured(times, measure)
    raw = measured.appraised(stratified(measured.rows, everything(measured.rows), 1))
    prompts, repeats = _at_equal_prompts(times, measured, raw), _repeats(times, measured, raw)
    settings = _at_equal_settings(times, measured, raw)
    batches, raters = _at_equal_batches(times, measured, raw), _at_equal_raters(times, measured, raw)
    before = _arm(times, measured.arms[_BEFORE], slice(0, times.cut))
    after = _arm(times, measured.arms[_AFTER], slice(times.cut, None))
    found = judged(Judged(measure, compared, before, after, raw, prompts, batches, raters, settings, repeats))
    return Change(
        compared=compared,
        measure=measure,
        before=before,
        after=after,
        change=round(raw.value, 4),
        low=round(raw.low, 4),
        high=round(raw.high, 4),
        probability=round(raw.probability, 4),
        bayes_factor=float(f"{min(raw.bayes_factor, 1e6):.4g}"),
        strength=found.strength,
        verdict=found.verdict,
        sentence=found.sentence,
        reason=found.reason,
        adjusted=[each.held for each in (prompts, batches, raters, *settings) if each is not None],
        repeats=repeats.held if repeats else None,
        evidence=times.jobs.newest(times.arm == _AFTER, _EVIDENCE),
    )


def _arm(times: _Times, arm: Arm, places: slice) -> ChangeArm:
    jobs = times.jobs
    inside = jobs.periods[places][jobs.images[places] > 0]
    return ChangeArm(
        first=str(inside[0].astype("datetime64[D]")),
        last=str(inside[-1].astype("datetime64[D]")),
        images=arm.n,
        effective_n=round(arm.effective_n, 2),
        prompts=arm.prompts,
        value=round(arm.mean, 4),
        judged_jobs=round(int(jobs.judged[places].sum()) / int(jobs.jobs[places].sum()), 4),
    )


def _at_equal_prompts(times: _Times, measured: _Measured, raw: Appraisal) -> Adjusted:
    """Return the change inside prompts of both times, or, where these are few, inside classes of their words.

    Classes of words may show of any prompts that they make the change; that they do not, only of those that have
    their like.
    """
    inside = within_blocks(measured.rows, times.block)
    if is_covered(inside):
        return _adjusted("prompts", measured.appraised_inside(inside), raw, _KEPT)
    found = times.difficulty
    alike = stratified(measured.rows, np.where(found.matched, found.strata, -1))
    checked = alike.covered >= LEAST_COVERED and alike.fewest_prompts >= _LEAST_PROMPTS_WITH_WORDS
    covered = alike.covered
    if not checked:
        alike = stratified(measured.rows, found.strata)
    found_so = _adjusted("words of prompts", measured.appraised(alike), raw, _KEPT_WITH_WORDS)
    shown: dict[str, object] = {"covered": round(covered, 4)}
    if not checked and (found_so.held.outcome != "confounded" or alike.fewest_prompts < _LEAST_PROMPTS_WITH_WORDS):
        shown["outcome"] = "unchecked"
    return replace(found_so, held=found_so.held.model_copy(update=shown))


def _repeats(times: _Times, measured: _Measured, raw: Appraisal) -> Adjusted | None:
    jobs = times.jobs
    found = within_blocks(Rows(times.arm, jobs.prompt, jobs.counted.n, measured.outcomes), jobs.repeat)
    if found.prompts < LEAST_PROMPTS:
        return None
    return _adjusted("prompts and settings", measured.appraised_inside(found), raw, _KEPT)


def _at_equal_settings(times: _Times, measured: _Measured, raw: Appraisal) -> list[Adjusted]:
    """Return the change at equal checkpoints and, where it may be claimed, at equal values of each other setting.

    Settings of a single value are left out.
    """
    jobs = times.jobs
    rows = Rows(times.arm, jobs.prompt, jobs.counted.n, measured.outcomes)
    found = []
    for name in SETTINGS if raw.claim.strength in SURE else SETTINGS[:1]:
        factor = jobs.factor(name)
        if int(factor.max(initial=-1)) > 0:
            equal = "lora" if name == "lora_set" else name
            found.append(_adjusted(equal, measured.appraised(stratified(rows, factor)), raw))
    return found


def _at_equal_batches(times: _Times, measured: _Measured, raw: Appraisal) -> Adjusted | None:
    """Return the change among as many images of a batch, None where these are always as many or no images are picked.

    One taken of each batch is one in four or one in eight, whatever the images are like.
    """
    jobs = times.jobs
    if jobs.kind != "selected" or not jobs.batch.any():
        return None
    rows = Rows(times.arm, jobs.prompt, jobs.counted.n, measured.outcomes)
    return _adjusted(_BATCH_SIZE, measured.appraised(stratified(rows, jobs.batch)), raw, _KEPT)


def _at_equal_raters(times: _Times, measured: _Measured, raw: Appraisal) -> Adjusted | None:
    """Return the change in judgements of the same person, None where nobody is named or only one is."""
    jobs = times.jobs
    rater = jobs.factor("rater")
    if rater.min() == rater.max():
        return None
    rows = Rows(times.arm, jobs.prompt, jobs.counted.n, measured.outcomes)
    # Whoever is not named is one person, too.
    return _adjusted(_RATER, measured.appraised(stratified(rows, rater + 1)), raw, _KEPT)


def _adjusted(equal: str, appraisal: Appraisal, raw: Appraisal, kept: float = 0.0) -> Adjusted:
    """Return the change at equal values of something, and what that says of the change as it is."""
    difference = appraisal.difference
    held = HeldEqual(
        equal=equal,
        change=round(appraisal.value, 4),
        low=round(appraisal.low, 4),
        high=round(appraisal.high, 4),
        covered=round(difference.covered, 4),
        prompts=difference.fewest_prompts,
        outcome=outcome(raw.difference, difference, kept=kept),
    )
    return Adjusted(held, appraisal)
