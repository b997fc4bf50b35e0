"""Which of several uncertain quantities is the greatest, and what taking another one is expected to cost."""

import numpy as np
import pytest

from learning_core.stats.comparing import best


def test_each_value_has_the_regret_of_taking_it_instead_of_the_best() -> None:
    found = best(np.array([0.6, 0.5, 0.2]), np.array([0.05, 0.05, 0.05]))
    assert found.regret[0] == found.expected_regret
    assert found.regret[1] - found.regret[0] == pytest.approx(0.1)
    assert found.regret[2] - found.regret[0] == pytest.approx(0.4)
    # Of two normal quantities, E[max] − max m = s φ(d/s) − d Φ(−d/s), with d = 0.1 and s = 0.05 √2; the third is far.
    assert found.expected_regret == pytest.approx(0.00251, abs=5e-5)


def test_what_is_surely_best_costs_nothing_and_alone_it_is_the_best() -> None:
    assert best(np.array([0.9, 0.1]), np.array([0.01, 0.01])).expected_regret == pytest.approx(0.0, abs=1e-6)
    alone = best(np.array([0.3]), np.array([0.2]))
    assert (alone.probability.tolist(), alone.regret.tolist()) == ([1.0], [0.0])
