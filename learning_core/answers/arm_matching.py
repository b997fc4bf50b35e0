"""Ways to set two arms against each other: all their images, and those that are matched more and more strictly."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from learning_core.answers.arm_factors import other_settings
from learning_core.answers.settings_comparison import Basis
from learning_core.answers.two_arms import JudgedRows, Question, numbered
from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot
from learning_core.stats.arm_differences import Evenness, at_equal, matched
from learning_core.stats.difference_scale import SHARES, Weighed, weighed
from learning_core.stats.stratified import Difference, everything

_MOST_BITS = 20


class Level(Struct, frozen=True):
    """One way to set the arms against each other, with the groups in which rows are matched (None: all rows)."""

    basis: Basis
    figure: Difference
    weighed: Weighed
    group: Column | None


def levels(snapshot: Snapshot, judged: JudgedRows, question: Question, even: Evenness) -> list[Level]:
    """Return the ways to compare, from all images to the most strictly matched; those without a match are left out."""
    rows = judged.rows
    every = at_equal(rows, everything(rows), even, SHARES, 1)
    found = [_level("all_images", every, None)]
    prompt = np.where(_known_prompts(snapshot, judged), rows.prompt, -1)
    seeded, identical = _seeded(snapshot, judged, question)
    groups: tuple[tuple[Basis, Column], ...] = (
        ("same_prompt", prompt), ("same_prompt_and_seed", seeded), ("all_else_equal", identical)
    )  # fmt: skip
    for basis, group in groups:
        figure = matched(rows, group, SHARES)
        if figure.strata:
            found.append(_level(basis, figure, group))
    return found


def _level(basis: Basis, figure: Difference, group: Column | None) -> Level:
    return Level(basis, figure, weighed(figure.value, figure.variance, SHARES), group)


def _known_prompts(snapshot: Snapshot, judged: JudgedRows) -> Column:
    known: Column = snapshot.column("prompt")[judged.ordinals] > 0
    return known


def _seeded(snapshot: Snapshot, judged: JudgedRows, question: Question) -> tuple[Column, Column]:
    """Return the groups of rows of one prompt and seed, and of those that are alike in all else, −1 for none."""
    nothing = np.full(len(judged.ordinals), -1, np.int64)
    seeds = snapshot.column("seed")[judged.ordinals]
    arm = judged.rows.arm
    candidates = np.flatnonzero((seeds > 0) & _known_prompts(snapshot, judged))
    # Few seeds come in both arms: a small table of their hashes rules most others out before anything is sorted.
    bits = min(max(len(candidates).bit_length() + 3, 8), _MOST_BITS)
    hashes = (seeds[candidates] * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - bits)
    present = np.zeros((2, 1 << bits), bool)
    present[arm[candidates], hashes] = True
    candidates = candidates[(present[0] & present[1])[hashes]]
    if not len(candidates):
        return nothing, nothing
    seeded, identical = nothing.copy(), nothing.copy()
    same = _together([judged.rows.prompt[candidates], seeds[candidates]])
    of_arm = np.stack([np.bincount(same[arm[candidates] == each], minlength=len(same)) for each in (0, 1)])
    paired = np.flatnonzero(((of_arm[0] > 0) & (of_arm[1] > 0))[same])
    candidates = candidates[paired]
    seeded[candidates] = same[paired]
    settings = [snapshot.column(name)[judged.ordinals[candidates]] for name in other_settings(question)]
    identical[candidates] = _together([same[paired], *settings])
    return seeded, identical


def _together(columns: Sequence[Column]) -> Column:
    """Return numbers, in the order of the rows, that are equal where all columns are."""
    found = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        codes = np.unique(column, return_inverse=True)[1]
        found = np.unique(found * len(column) + codes, return_inverse=True)[1]
    return numbered(found)
