"""Whether a later time differs from an earlier one: as it is, and at equal prompts, settings and repeats."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from learning_core.answers.change_verdict import Adjusted, Judged, judged
from learning_core.answers.judged_jobs import SETTINGS, JudgedJobs
from learning_core.answers.trend_answer import Change, ChangeArm, Compared, HeldEqual, Measure, Stays
from learning_core.stats.adjusted import (
    LEAST_COVERED,
    LEAST_PROMPTS,
    PROMPTS_IN_STRATUM,
    Difference,
    Rows,
    check,
    stratified_difference,
)
from learning_core.stats.blocks import difference_within_blocks
from learning_core.stats.change import Appraisal, Arm, appraised
from learning_core.stats.difficulty import difficulty_strata
from learning_core.stats.grouping import Counts, distinct
from learning_core.stats.shrinkage import effective, within_cluster_correlation

_AFTER, _BEFORE = 0, 1
_EVIDENCE = 3
_LEAST_STAR_VARIANCE = 0.05


def changes(jobs: JudgedJobs, measure: Measure) -> Iterator[Change]:
    """Yield the change of the later half against the earlier, and of the last period against all before it.

    Halves are cut between periods so that the smaller one has as many judged images as possible; where that is the
    last period, there is one change.
    """
    with_images = np.flatnonzero(jobs.images)
    if len(with_images) < 2:
        return
    before = np.cumsum(jobs.images[with_images])[:-1]
    smaller = np.minimum(before, before[-1] + jobs.images[with_images[-1]] - before)
    half, last = int(with_images[1:][int(smaller.argmax())]), int(with_images[-1])
    cuts: list[tuple[Compared, int]] = [("later_half", half)]
    if half != last:
        cuts.append(("last_period", last))
    for compared, cut in cuts:
        yield _change(jobs, measure, compared, cut)


@dataclass(frozen=True, slots=True, eq=False)
class _Times:
    """Both times of a comparison as rows for the statistics, and what each has."""

    rows: Rows
    arms: tuple[Arm, Arm]
    variance: float

    def appraised(self, difference: Difference) -> Appraisal:
        return appraised(difference, *self.arms, self.variance)

    def appraised_inside(self, difference: Difference) -> Appraisal:
        """Appraise a difference inside prompts, where single images are the least error there can be."""
        after, before = (replace(arm, least_variance=arm.least_variance * arm.effective_n / arm.n) for arm in self.arms)
        return appraised(difference, after, before, self.variance)


def _change(jobs: JudgedJobs, measure: Measure, compared: Compared, cut: int) -> Change:
    arm = np.where(jobs.period >= jobs.periods[cut], _AFTER, _BEFORE)
    times = _times(jobs, arm, stars=measure == "mean_rating")
    difference = stratified_difference(times.rows, np.zeros(len(arm), np.int64))
    raw = times.appraised(difference)
    prompts = _at_equal_prompts(jobs, times, raw)
    repeats = _repeats(jobs, times, raw)
    settings = _at_equal_settings(jobs, times)
    before = _arm(jobs, times, _BEFORE, slice(0, cut))
    after = _arm(jobs, times, _AFTER, slice(cut, None))
    found = judged(Judged(measure, compared, before, after, raw, prompts, settings, repeats))
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
        adjusted=[each.held for each in (prompts, *settings)],
        repeats=repeats.held if repeats else None,
        evidence=jobs.newest(arm == _AFTER, _EVIDENCE),
    )


def _times(jobs: JudgedJobs, arm: Counts, *, stars: bool) -> _Times:
    counted = jobs.counted
    rows = Rows(arm, jobs.prompt, counted.n, counted.s)
    span = int(jobs.prompt.max()) + 1
    cluster, place = distinct(arm * span + jobs.prompt)
    n, good = (np.bincount(place, column, len(cluster)).astype(np.int64) for column in (counted.n, counted.good))
    correlation = within_cluster_correlation(n, good)
    of_arm = cluster // span
    images, s, well, squares = (
        np.bincount(arm, column, 2).astype(np.int64)
        for column in (counted.n, counted.s, counted.good, counted.squares)
    )
    q, prompts = np.bincount(of_arm, n * n, 2).astype(np.int64), np.bincount(of_arm, minlength=2)
    size, _ = effective(images, well, q, correlation)
    total, mean = int(images.sum()), int(s.sum()) / int(images.sum())
    # One outcome more of either kind than there are: a few equal ones do not prove that all are.
    spread = (int(s.sum()) + 0.5) / (total + 1.0)
    variance = max(int(squares.sum()) / total - mean * mean, _LEAST_STAR_VARIANCE) if stars else spread * (1.0 - spread)
    arms = []
    for each in (_AFTER, _BEFORE):
        share = (int(s[each]) + 0.5) / (int(images[each]) + 1.0)
        least = _LEAST_STAR_VARIANCE if stars else share * (1.0 - share)
        effective_n = float(size[each])
        value = int(s[each]) / int(images[each])
        arms.append(Arm(int(images[each]), effective_n, int(prompts[each]), value, least / effective_n))
    return _Times(rows, (arms[0], arms[1]), variance)


def _arm(jobs: JudgedJobs, times: _Times, each: int, places: slice) -> ChangeArm:
    arm = times.arms[each]
    all_jobs = int(jobs.jobs[places].sum())
    inside = jobs.periods[places][jobs.images[places] > 0]
    return ChangeArm(
        first=str(inside[0].astype("datetime64[D]")),
        last=str(inside[-1].astype("datetime64[D]")),
        images=arm.n,
        effective_n=round(arm.effective_n, 2),
        prompts=arm.prompts,
        value=round(arm.mean, 4),
        judged_jobs=round(int(jobs.judged[places].sum()) / max(all_jobs, 1), 4),
    )


def _at_equal_prompts(jobs: JudgedJobs, times: _Times, raw: Appraisal) -> Adjusted:
    """Return the change inside prompts of both times, or, where these are few, inside classes of their words."""
    inside = difference_within_blocks(times.rows, jobs.block)
    if _covers(inside):
        return _adjusted("prompts", inside, times.appraised_inside(inside), raw)
    prompts, words = jobs.words
    strata = difficulty_strata(times.rows, prompts, words)
    alike = stratified_difference(times.rows, strata, PROMPTS_IN_STRATUM)
    if _covers(alike) or alike.covered >= inside.covered:
        return _adjusted("words of prompts", alike, times.appraised(alike), raw)
    return _adjusted("prompts", inside, times.appraised_inside(inside), raw)


def _repeats(jobs: JudgedJobs, times: _Times, raw: Appraisal) -> Adjusted | None:
    found = difference_within_blocks(times.rows, jobs.repeat)
    if found.prompts < LEAST_PROMPTS:
        return None
    return _adjusted("prompts and settings", found, times.appraised_inside(found), raw)


def _at_equal_settings(jobs: JudgedJobs, times: _Times) -> list[Adjusted]:
    """Return the change at equal values of each setting that took more than one value."""
    factors = {}
    for name in SETTINGS:
        factor = jobs.factor(name)
        if int(factor.max(initial=-1)) > 0:
            factors["lora" if name == "lora_set" else name] = factor
    checks = check(times.rows, factors).checks
    return [
        Adjusted(_held(each.factor, each.difference, appraisal, each.outcome), appraisal)
        for each in checks
        for appraisal in [times.appraised(each.difference)]
    ]


def _covers(difference: Difference) -> bool:
    return difference.covered >= LEAST_COVERED and difference.fewest_prompts >= LEAST_PROMPTS


def _adjusted(equal: str, difference: Difference, appraisal: Appraisal, raw: Appraisal) -> Adjusted:
    stays = difference.value * raw.value > 0.0 and raw.low <= difference.value <= raw.high
    # What falls to less than half is mostly the mix, however wide the interval.
    stays = stays and 2.0 * abs(difference.value) >= abs(raw.value)
    outcome: Stays = "unchecked" if not _covers(difference) else "passed" if stays else "confounded"
    return Adjusted(_held(equal, difference, appraisal, outcome), appraisal)


def _held(equal: str, difference: Difference, appraisal: Appraisal, outcome: Stays) -> HeldEqual:
    return HeldEqual(
        equal=equal,
        change=round(difference.value, 4),
        low=round(appraisal.low, 4),
        high=round(appraisal.high, 4),
        covered=round(difference.covered, 4),
        prompts=difference.fewest_prompts,
        outcome=outcome,
    )
