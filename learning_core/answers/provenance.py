"""Where the evidence on a parameter comes from: plans that varied it alone, experiments without proof, or reviews."""

import numpy as np
from msgspec import Struct

from learning_core.answers.answer import By, InPlans, Tier
from learning_core.answers.breakdown import Breakdown, Levels
from learning_core.answers.evidence import Evidence, field_of
from learning_core.index.columns import EVIDENCE_CLASSES, Column
from learning_core.stats.grouping import distinct
from learning_core.text.wording import count, listed, name

_CONTROLLED, _PREFERENCE = (EVIDENCE_CLASSES.index(each) for each in ("controlled", "preference"))

LEAST_VALUES = 2
LEAST_RATINGS = 3
"""A plan needs so many values of its variable, and so many ratings, before it is strong by its design."""


class Provenance(Struct, frozen=True):
    """The tier of a parameter, and masks of the rows behind it.

    `tested` rows are of experiments on this parameter; of these, `controlled` ones proved what was held fixed, and of
    these, `strong` ones are of plans with enough values and ratings.
    """

    tier: Tier
    tested: Column
    controlled: Column
    strong: Column

    def tier_of(self, rows: Column) -> Tier:
        """Return where the evidence of some of the rows comes from, one at least."""
        # Most parameters were never tested, and looking at their rows takes time.
        return _tier(self.tested[rows], self.strong[rows]) if self.is_tested else self.tier

    @property
    def is_tested(self) -> bool:
        """Tell whether any of the rows is of an experiment on this parameter."""
        return self.tier not in ("no_evidence", "review_only")


def provenance(breakdown: Breakdown, by: By, known: Column) -> Provenance:
    """Return where the evidence of the rows in which a parameter is known comes from (acceptance cases E2 to E4)."""
    evidence = breakdown.evidence
    focus = evidence.experiments_on("lora" if by == "lora_weight" else by)
    if focus is None:
        return Provenance("review_only", *[np.zeros(len(evidence.weights), bool)] * 3)
    tested, controlled, strong = (np.zeros(len(evidence.weights), bool) for _ in range(3))
    tested[known] = focus[known] & (evidence.column("evidence")[known] != _PREFERENCE)
    controlled[tested & (evidence.column("evidence") == _CONTROLLED)] = True
    rows = np.flatnonzero(controlled)
    # Which LoRA, and at which weight, are two questions.
    value = breakdown.strata("lora")[rows] if by == "lora" else evidence.column(field_of(by))[rows]
    if len(rows):
        strong[rows] = _are_strong(evidence.column("experiment")[rows], value, evidence.sums("rated")[rows])
    return Provenance(_tier(tested, strong), tested, controlled, strong)


def _are_strong(plan: Column, value: Column, ratings: Column) -> Column:
    """Return which rows are of plans with enough values and ratings, given the three of each row."""
    _, place = np.unique(plan, return_inverse=True)
    span = int(value.max()) + 1
    values = np.bincount(np.unique(place * span + value) // span)
    found: Column = ((values >= LEAST_VALUES) & (np.bincount(place, ratings) >= LEAST_RATINGS))[place]
    return found


def _tier(tested: Column, strong: Column) -> Tier:
    if strong.any():
        return "experiment_strong"
    return "experiment_sparse_plus_review" if tested.any() else "review_only"


def tested(evidence: Evidence, levels: Levels, found: Provenance) -> list[InPlans]:
    """Return the values in plans that varied the parameter alone: those of the best stars first, then by name."""
    if not found.is_tested:
        return []
    inside = found.controlled[levels.rows]
    rows, group = levels.rows[inside], levels.group[inside]
    sums = [
        np.bincount(group, numbers[rows], len(levels.names)).astype(np.int64)
        for numbers in (evidence.images, evidence.good, evidence.sums("rated"), evidence.sums("rating_sum"))
    ]
    values = [
        InPlans(setting=text, n=n, good=good, mean_rating=round(stars / rated, 2) if rated else None)
        for text, n, good, rated, stars in zip(levels.names, *(each.tolist() for each in sums), strict=True)
        if n
    ]
    return sorted(values, key=lambda each: (-(each.mean_rating or 0.0), -each.good / each.n, each.setting))


def concluded(breakdown: Breakdown, by: By) -> bool:
    """Tell whether a plan on a parameter, of enough values and ratings, shows one value to be better than all others.

    Its blocks are prompts: the stars of two values are set against each other inside each (statistics.md 5).
    """
    evidence, levels = breakdown.evidence, breakdown.levels(by)
    if levels is None:
        return False
    found = provenance(breakdown, by, levels.known)
    inside = np.flatnonzero(found.strong[levels.rows])
    rows, group = levels.rows[inside], levels.group[inside].astype(np.int64)
    plans = evidence.column("experiment")[rows]
    return any(_has_winner(evidence, rows[plans == plan], group[plans == plan]) for plan in distinct(plans)[0])


def _has_winner(evidence: Evidence, rows: Column, group: Column) -> bool:
    # Imported here: few libraries have plans, and every first answer would wait for it.
    from learning_core.stats.paired_blocks import compare
    from learning_core.stats.stratified import Rows

    rated = evidence.sums("rated")[rows]
    rows, group, rated = (each[rated > 0] for each in (rows, group, rated))
    stars = evidence.sums("rating_sum")[rows]
    values, place = distinct(group)
    _, prompt = distinct(evidence.clusters[rows].astype(np.int64))
    if len(values) < LEAST_VALUES:
        return False
    leader = int(np.argmax(np.bincount(place, stars) / np.bincount(place, rated)))

    def loses(other: int) -> bool:
        both = (place == leader) | (place == other)
        arm = (place[both] == other).astype(np.int64)
        pair = Rows(arm, prompt[both], rated[both], stars[both])
        return compare(pair, prompt[both], len(values) - 1).is_better

    return all(loses(other) for other in range(len(values)) if other != leader)


def told(evidence: Evidence, by: By, known: Column, found: Provenance, values: list[InPlans]) -> list[str]:
    """Return what of the evidence was tested and what only observed, as sentences; none where nothing was tested."""
    if not found.is_tested:
        return []
    images = int(evidence.images[found.tested].sum())
    controlled = int(evidence.images[found.controlled].sum())
    sentences = []
    if controlled:
        figures = listed([f"{name(each.setting)} ({_figures(each)})" for each in values[:_FEW]])
        varied = f"of plans that varied only {by}, with proof of what was fixed: {figures}"
        sentences.append(f"Controlled: {count(controlled, 'image')} {varied}{_what_lacks(found)}.")
    if images > controlled:
        unproven = f"{count(images - controlled, 'image')} of experiments on {by}, what was held fixed is not proven"
        sentences.append(f"Not controlled: {unproven}; so never above experiment_sparse_plus_review.")
    observed = int(evidence.images[known].sum()) - images
    if observed:
        sentences.append(f"Observed: {count(observed, 'other image')}, not made to test {by}.")
    return sentences


_FEW = 5


def _figures(value: InPlans) -> str:
    stars = "" if value.mean_rating is None else f", mean {value.mean_rating:g}"
    return f"{count(value.n, 'image')}{stars}"


def _what_lacks(found: Provenance) -> str:
    if found.strong.any():
        return ""
    return f"; no plan has {LEAST_VALUES} values and {LEAST_RATINGS} ratings yet"
