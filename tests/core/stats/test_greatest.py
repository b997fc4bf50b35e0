"""Which of several levels is the best, and by how much the others fall short."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from learning_core.stats.greatest import best, best_of_several

FIGURES = st.tuples(st.floats(0.05, 0.95), st.floats(0.01, 0.3))


def test_levels_with_the_same_images_share_the_chance_to_be_best() -> None:
    found = best(np.array([0.5, 0.5, 0.5, 0.5]), np.array([0.1, 0.1, 0.1, 0.1]))
    assert_allclose(found.probability, 0.25, atol=1e-9)
    assert found.expected_regret == pytest.approx(0.103, abs=0.001)


def test_a_single_level_is_the_best_of_all() -> None:
    found = best(np.array([0.4]), np.array([0.2]))
    assert (found.probability.tolist(), found.expected_regret) == ([1.0], 0.0)


@pytest.mark.parametrize(("mean", "sd"), [([0.5, 0.6, 0.4], [0.1, 0.05, 0.2]), ([0.3, 0.31], [0.02, 0.2])])
def test_chances_and_regret_are_those_of_draws(mean: list[float], sd: list[float]) -> None:
    draws = np.random.default_rng(7).normal(mean, sd, (400_000, len(mean)))
    shares = np.bincount(draws.argmax(axis=1), minlength=len(mean)) / len(draws)
    found = best(np.array(mean), np.array(sd))
    assert_allclose(found.probability, shares, atol=0.004)
    assert_allclose(found.regret, draws.max(axis=1).mean() - np.array(mean), atol=0.001)


@given(st.lists(FIGURES, min_size=1, max_size=12))
def test_one_of_the_levels_is_the_best(figures: list[tuple[float, float]]) -> None:
    found = best(*np.array(figures).T)
    assert_allclose(found.probability.sum(), 1.0, atol=1e-6)


def test_a_narrow_level_beside_wide_ones_has_its_own_chance() -> None:
    """The nodes of the integrals lie as close as the narrowest level needs."""
    found = best(np.array([0.5, 0.5]), np.array([0.004, 0.2]))
    assert_allclose(found.probability, 0.5, atol=1e-6)


def test_some_levels_have_the_chances_that_they_have_among_all() -> None:
    mean, sd = np.array([0.5, 0.6, 0.4, 0.55]), np.array([0.1, 0.05, 0.2, 0.08])
    whole, some = best(mean, sd), best(mean, sd, [3, 0])
    assert_allclose(some.probability, whole.probability[[3, 0]], atol=1e-12)
    assert some.expected_regret == pytest.approx(whole.expected_regret)


@given(st.lists(st.lists(FIGURES, min_size=1, max_size=6), max_size=5))
def test_a_set_among_others_is_what_it_is_alone(several: list[list[tuple[float, float]]]) -> None:
    sets = [np.array(figures).T for figures in several]
    levels = [list(range(len(figures)))[::-1] for figures in several]
    found = best_of_several([mean for mean, _ in sets], [sd for _, sd in sets], levels)
    assert len(found) == len(sets)
    for one, (mean, sd), of in zip(found, sets, levels, strict=True):
        alone = best(mean, sd, of)
        assert_allclose(one.probability, alone.probability, rtol=1e-12)
        assert_allclose(one.regret, alone.regret, atol=1e-12)
        assert one.expected_regret == pytest.approx(alone.expected_regret, abs=1e-12)


def test_each_value_has_the_regret_of_taking_it_instead_of_the_best() -> None:
    found = best(np.array([0.6, 0.5, 0.2]), np.array([0.05, 0.05, 0.05]))
    assert found.regret[0] == found.expected_regret
    assert found.regret[1] - found.regret[0] == pytest.approx(0.1)
    assert found.regret[2] - found.regret[0] == pytest.approx(0.4)
    # Of two normal quantities, E[max] − max m = s φ(d/s) − d Φ(−d/s), with d = 0.1 and s = 0.05 √2; the third is far.
    assert found.expected_regret == pytest.approx(0.00251, abs=5e-5)
