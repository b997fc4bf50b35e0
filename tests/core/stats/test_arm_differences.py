import random

import numpy as np
import pytest

from learning_core.stats.arm_differences import at_equal, evenness, matched
from learning_core.stats.difference_scale import POINTS, SHARES
from learning_core.stats.stratified import Rows, everything, stratified


def rows_of(jobs: list[tuple[int, int, int, int]]) -> Rows:
    """Return rows of (arm, prompt, images, good ones)."""
    arm, prompt, n, s = (np.array(column, np.int64) for column in zip(*jobs, strict=True))
    return Rows(arm, prompt, n, s)


def random_rows(seed: int, count: int = 300) -> tuple[Rows, np.ndarray]:
    draw = random.Random(seed)
    jobs = []
    for _ in range(count):
        n = draw.randint(1, 4)
        jobs.append((draw.randrange(2), draw.randrange(60), n, draw.randint(0, n)))
    return rows_of(jobs), np.array([draw.randrange(-1, 5) for _ in range(count)])


@pytest.mark.parametrize("seed", range(12))
def test_differences_are_never_surer_than_their_prompts_nor_than_independent_images(seed: int) -> None:
    rows, stratum = random_rows(seed)
    good = (int(rows.s[rows.arm == 0].sum()), int(rows.s[rows.arm == 1].sum()))
    even = evenness(rows, rows.s, good, SHARES)
    found, seen = at_equal(rows, stratum, even, SHARES), stratified(rows, stratum)
    assert (found.value, found.covered, found.fewest_prompts) == (seen.value, seen.covered, seen.fewest_prompts)
    assert found.variance >= seen.variance
    images = np.bincount(rows.arm, rows.n, 2)
    assert found.variance >= 0.2 * (1.0 / images).sum()


def test_images_that_all_came_out_alike_still_leave_a_doubt() -> None:
    rows = rows_of([(0, prompt, 1, 0) for prompt in range(6)] + [(1, prompt, 1, 1) for prompt in range(6, 9)])
    even = evenness(rows, rows.s, (0, 3), SHARES)
    figure = at_equal(rows, everything(rows), even, SHARES, 1)
    assert figure.value == -1.0
    assert figure.variance > 0.01
    assert figure.interval()[1] > -1.0


def test_matched_blocks_reproduce_the_worked_example_of_two_variants() -> None:
    differences = [1, 0, 2, 1, 0, 1, 1, -1, 2, 1, 0, 1]
    for blocks, variance in ((6, 0.1627), (12, 0.0785)):
        jobs = [(0, prompt, 1, 3 + differences[prompt]) for prompt in range(blocks)]
        jobs += [(1, prompt, 1, 3) for prompt in range(blocks)]
        rows = rows_of(jobs)
        figure = matched(rows, rows.prompt, POINTS)
        assert figure.value == pytest.approx(sum(differences[:blocks]) / blocks)
        assert figure.variance == pytest.approx(variance, abs=5e-5)
        assert (figure.strata, figure.prompts, figure.blocks) == (blocks, blocks, pytest.approx(blocks))


def test_groups_of_one_arm_match_nothing() -> None:
    rows = rows_of([(0, 0, 1, 1), (0, 1, 1, 0), (1, 2, 1, 1)])
    figure = matched(rows, rows.prompt, SHARES)
    assert (figure.strata, figure.covered) == (0, 0.0)
    both = matched(rows_of([(0, 0, 1, 1), (1, 0, 2, 1), (1, 2, 1, 1)]), np.array([0, 0, -1]), SHARES)
    assert (both.strata, both.n, both.value) == (1, (1, 2), 0.5)


def test_pairs_of_one_prompt_are_one_block() -> None:
    jobs = [(arm, 0, 1, 1 - arm) for _ in range(10) for arm in (0, 1)]
    pairs = np.repeat(np.arange(10), 2)
    figure = matched(rows_of(jobs), pairs, SHARES)
    assert (figure.strata, figure.prompts, figure.blocks) == (10, 1, pytest.approx(1.0))
