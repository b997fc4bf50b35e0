"""Differences at equal values of another setting."""

import random

import numpy as np
import pytest

from learning_core.stats import stratified
from learning_core.stats.strata import Differences, Rows, differences_within

Row = tuple[int, int, int, int, int]
"""Arm, stratum, witness, images, and how many of them came out well."""


def differences(rows: list[Row]) -> Differences:
    ordered = sorted(rows, key=lambda row: (row[0], row[2]))
    arm, stratum, witness, n, s = (np.array(column) for column in zip(*ordered, strict=True))
    return differences_within(Rows(arm, stratum, witness, n, s), int(arm.max()))


def images(arm: int, stratum: int, good: int, total: int) -> list[Row]:
    """Images of one arm and stratum, each a witness of its own."""
    first = 10_000 * arm + 1_000 * stratum
    return [(arm, stratum, first + number, 1, int(number < good)) for number in range(total)]


def test_a_difference_that_another_setting_makes_is_gone_at_its_equal_values() -> None:
    found = differences(images(0, 1, 72, 90) + images(0, 2, 2, 10) + images(1, 1, 8, 10) + images(1, 2, 18, 90))
    assert found.value == pytest.approx([0.0])
    assert found.covered == pytest.approx([1.0])


def test_a_difference_of_its_own_stays() -> None:
    found = differences(images(0, 1, 40, 50) + images(0, 2, 25, 50) + images(1, 1, 25, 50) + images(1, 2, 10, 50))
    assert found.value == pytest.approx([0.3])
    assert found.value[0] > 3 * found.standard_error[0]


def test_values_that_never_met_say_nothing() -> None:
    found = differences(images(0, 1, 40, 50) + images(1, 2, 10, 50))
    assert (found.value[0], found.standard_error[0], found.covered[0]) == (0.0, 0.0, 0.0)


def test_a_single_witness_is_not_without_error() -> None:
    found = differences(images(0, 1, 1, 1) + images(1, 1, 0, 50) + images(0, 2, 10, 20) + images(1, 2, 10, 20))
    assert found.value == pytest.approx([0.0])
    assert found.covered[0] < 1.0


def test_shares_of_none_and_all_have_an_error_too() -> None:
    assert differences(images(0, 1, 3, 3) + images(1, 1, 0, 3)).standard_error[0] > 0.2


def test_images_of_one_prompt_are_one_witness() -> None:
    rows = images(0, 1, 10, 20) + images(1, 1, 5, 20)
    batches = [(arm, stratum, witness // 5, n, s) for arm, stratum, witness, n, s in rows]
    apart, together = differences(rows), differences(batches)
    assert together.value == apart.value
    assert together.standard_error[0] > 1.5 * apart.standard_error[0]


def by_the_formula(rows: list[Row]) -> tuple[float, float, float]:
    """statistics.md 3.10 in plain loops, for two arms."""
    cells: dict[tuple[int, int], list[Row]] = {}
    for row in rows:
        cells.setdefault((row[0], row[1]), []).append(row)

    def n(arm: int, stratum: int) -> int:
        return sum(row[3] for row in cells.get((arm, stratum), []))

    def share(arm: int, stratum: int) -> float:
        return sum(row[4] for row in cells[arm, stratum]) / n(arm, stratum)

    def witnesses(arm: int, stratum: int) -> int:
        return len({row[2] for row in cells.get((arm, stratum), [])})

    counted = [h for h in sorted({row[1] for row in rows}) if witnesses(0, h) >= 2 and witnesses(1, h) >= 2]
    if not counted:
        return 0.0, 0.0, 0.0
    omega = {h: n(0, h) * n(1, h) / (n(0, h) + n(1, h)) for h in counted}
    weight = {h: omega[h] / sum(omega.values()) for h in counted}
    value = sum(weight[h] * (share(0, h) - share(1, h)) for h in counted)
    pulls: dict[int, float] = {}
    for arm, h, witness, images_of, good in rows:
        if h in weight:
            few = (witnesses(arm, h) / (witnesses(arm, h) - 1)) ** 0.5
            pull = (1 - 2 * arm) * weight[h] * few * (good - share(arm, h) * images_of) / n(arm, h)
            pulls[witness] = pulls.get(witness, 0.0) + pull
    least = 0.0
    for h in counted:
        for arm in (0, 1):
            cautious = (share(arm, h) * n(arm, h) + 0.5) / (n(arm, h) + 1)
            least += weight[h] ** 2 * cautious * (1 - cautious) / n(arm, h)
    totals = [sum(row[3] for row in rows if row[0] == arm) for arm in (0, 1)]
    covered = min(sum(n(arm, h) for h in counted) / totals[arm] for arm in (0, 1))
    return value, max(sum(pull * pull for pull in pulls.values()), least) ** 0.5, covered


@pytest.mark.parametrize("table", [1 << 20, 1])
def test_several_arms_at_once_are_each_as_the_formula_says(table: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("learning_core.stats.strata._TABLE", table)
    draw = random.Random(11)
    for _ in range(30):
        rows = [
            (arm, draw.randint(1, 4), draw.randint(0, 12), 1, 0) for arm in range(4) for _ in range(draw.randint(1, 30))
        ]
        rows = [(arm, h, g, (n := draw.randint(1, 3)), draw.randint(0, n)) for arm, h, g, _, _ in rows]
        found = differences(rows)
        for other in (1, 2, 3):
            pair = [(min(arm, 1), h, g, n, s) for arm, h, g, n, s in rows if arm in (0, other)]
            expected = by_the_formula(pair)
            got = (found.value[other - 1], found.standard_error[other - 1], found.covered[other - 1])
            assert got == pytest.approx(expected, abs=1e-12)


def test_each_of_several_rivals_is_told_what_it_would_be_told_alone() -> None:
    draw = random.Random(5)
    rows = [
        (arm, draw.randint(0, 4), draw.randint(0, 40), 1, draw.randint(0, 1)) for arm in range(4) for _ in range(90)
    ]
    found = differences(rows)
    for other in (1, 2, 3):
        pair = np.array([row for row in rows if row[0] in (0, other)])
        arm = (pair[:, 0] > 0).astype(np.int64)
        alone = stratified.stratified(stratified.Rows(arm, pair[:, 2], pair[:, 3], pair[:, 4]), pair[:, 1])
        assert found.value[other - 1] == pytest.approx(alone.value, abs=1e-12)
        assert found.covered[other - 1] == alone.covered
        # Cells of few witnesses are trusted less there.
        assert alone.standard_error <= found.standard_error[other - 1] <= 1.2 * alone.standard_error
