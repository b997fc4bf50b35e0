"""The analysis of two variants block by block, against the worked example of statistics.md 5."""

from collections.abc import Sequence

import numpy as np
import pytest

from learning_core.stats.paired_blocks import Compared, compare
from learning_core.stats.stratified import Rows

EXAMPLE = [1, 0, 2, 1, 0, 1, 1, -1, 2, 1, 0, 1]


def paired(differences: Sequence[int], tries: int = 1) -> Compared:
    prompts = np.arange(len(differences))
    stars = np.concatenate((np.array(differences), np.zeros(len(differences), np.int64))) + 3
    rows = Rows(np.repeat([0, 1], len(differences)), np.tile(prompts, 2), np.ones(2 * len(prompts), np.int64), stars)
    return compare(rows, rows.prompt, tries)


@pytest.mark.parametrize(("blocks", "mean", "factor"), [(6, 0.4513, 2.1507), (12, 0.5325, 6.8477)])
def test_the_worked_example_comes_out(blocks: int, mean: float, factor: float) -> None:
    found = paired(EXAMPLE[:blocks])
    assert (round(found.weighed.mean, 4), round(found.weighed.bayes_factor, 4)) == (mean, factor)
    assert not found.is_better
    assert (found.wins, found.losses) == ((4, 0) if blocks == 6 else (8, 1))


def test_a_difference_that_stays_concludes_from_six_blocks_on() -> None:
    assert not paired([2] * 5).is_better
    assert paired([2] * 6).is_better
    assert not paired([-2] * 6).is_better
    assert not paired([0] * 60).is_better


def test_each_further_difference_that_is_looked_at_asks_for_more() -> None:
    assert paired([1] * 8).is_better
    assert not paired([1] * 8, tries=40).is_better


def test_prompts_with_one_of_both_variants_do_not_count() -> None:
    rows = Rows(np.array([0, 1, 0]), np.array([0, 0, 1]), np.ones(3, np.int64), np.array([5, 3, 5]))
    found = compare(rows, rows.prompt, 1)
    assert (found.prompts, found.wins, found.losses) == (1, 1, 0)


def test_a_few_large_wins_do_not_outweigh_more_prompts_lost() -> None:
    found = paired([3] * 28 + [-1] * 29)
    assert found.weighed.mean > 0
    assert not found.is_better
    assert paired([3] * 29 + [-1] * 28).is_better
