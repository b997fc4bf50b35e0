"""The analysis of two variants block by block, against the worked example of statistics.md 5."""

import pytest

from learning_core.stats.paired_blocks import paired

EXAMPLE = [1, 0, 2, 1, 0, 1, 1, -1, 2, 1, 0, 1]


@pytest.mark.parametrize(("blocks", "mean", "factor"), [(6, 0.4513, 2.1507), (12, 0.5325, 6.8477)])
def test_the_worked_example_comes_out(blocks: int, mean: float, factor: float) -> None:
    found = paired(EXAMPLE[:blocks])
    assert (round(found.mean, 4), round(found.bayes_factor, 4)) == (mean, factor)
    assert not found.concluded


def test_a_difference_that_stays_concludes_from_six_blocks_on() -> None:
    assert not paired([3.0] * 5).concluded
    assert paired([3.0] * 6).concluded
    assert paired([-3.0] * 6).concluded
    assert not paired([0.0] * 60).concluded
