"""Simulated libraries are what they say, and the simulated checks of the statistics can fail."""

from collections.abc import Iterable

import numpy as np
import pytest
from msgspec.structs import replace

from benchmarks.quality import claims, confounding, coverage, leaders, looks
from benchmarks.quality.coverage import Condition
from benchmarks.quality.misleading import SITUATIONS, Situation, world
from benchmarks.quality.rules import OURS
from benchmarks.quality.targets import Figure
from benchmarks.quality.worlds import Design, judgements, keyword_sets, luck, two_way
from learning_core.stats.sufficient_statistics import summarised
from learning_core.stats.two_way import fit

SEED = 7


def draw(number: int = 0) -> np.random.Generator:
    return np.random.default_rng([SEED, number])


def values(figures: Iterable[Figure]) -> dict[str, float]:
    return {figure.name: figure.value for figure in figures}


def test_a_seed_gives_the_same_bytes() -> None:
    one, again, other = (two_way(Design(400), draw(number)) for number in (1, 1, 2))
    for name in ("words", "prompt", "level", "rating"):
        assert getattr(one, name).tobytes() == getattr(again, name).tobytes()
    assert one.truth.cells.tobytes() == again.truth.cells.tobytes()
    assert one.rating.tobytes() != other.rating.tobytes()


def test_many_records_recover_the_truth() -> None:
    made = two_way(Design(100_000, batch=1, keywords=6, levels=4, interaction=0.6, visits=1), draw())
    counts = summarised(made.judgements())
    rates = counts.cells.s / counts.cells.n
    assert rates == pytest.approx(made.truth.cells[counts.cells.keyword, counts.cells.level], abs=0.02)
    assert counts.levels.s / counts.levels.n == pytest.approx(made.truth.levels, abs=0.01)


def test_truth_of_equal_levels_is_equal_and_interaction_parts_keywords() -> None:
    equal = two_way(Design(100, level_sd=0.0), draw()).truth
    assert np.ptp(equal.levels) == pytest.approx(0.0)
    assert np.ptp(equal.cells, axis=1) == pytest.approx(0.0)
    assert np.ptp(two_way(Design(100, level_sd=0.0, interaction=0.6), draw()).truth.cells, axis=1).min() > 0.05


def test_images_of_a_prompt_are_as_alike_as_in_real_ratings() -> None:
    made = two_way(Design(60_000, batch=4, level_sd=0.0, keyword_sd=0.0), draw())
    found = fit(summarised(made.judgements())).correlations
    assert found.same_level == pytest.approx(0.33, abs=0.03)
    assert found.across == pytest.approx(0.13, abs=0.03)


def test_prompts_have_one_to_four_keywords_and_some_are_common() -> None:
    words = keyword_sets(5_000, 24, draw())
    assert set(words.sum(axis=1).tolist()) == {1, 2, 3, 4}
    assert words[:, 0].sum() > 2 * words[:, -1].sum()


def test_luck_is_shared_by_a_prompt_and_a_level() -> None:
    prompt, level = np.repeat(np.arange(2_000), 4), np.tile([0, 0, 1, 1], 2_000)
    score = luck(prompt, level, draw()).reshape(-1, 4)
    correlation = np.corrcoef(score.T)
    assert correlation[0, 1] == pytest.approx(0.49, abs=0.06)
    assert correlation[0, 2] == pytest.approx(0.21, abs=0.06)


def test_a_look_at_the_first_records_is_what_was_known_then() -> None:
    made = two_way(Design(400), draw())
    early = summarised(made.judgements(120))
    rest = judgements(made.words, made.prompt[:120], made.level[:120], made.rating[:120], 8)
    assert early.n == 120
    assert early.levels.n.tolist() == summarised(rest).levels.n.tolist()


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda each: each.name)
def test_a_misleading_world_is_the_same_for_a_seed_and_both_arms_are_used(situation: Situation) -> None:
    one, again = (world(situation, 0.0, draw()) for _ in range(2))
    assert one.rating.tobytes() == again.rating.tobytes()
    assert one.judged.tobytes() == again.judged.tobytes()
    assert np.bincount(one.level).min() > 60
    assert (one.judged.mean() < 1.0) == bool(situation.only_liked)


@pytest.fixture(scope="module")
def misled() -> dict[str, float]:
    return values(confounding.false_claims(20, SEED))


@pytest.mark.parametrize("situation", SITUATIONS[:5], ids=lambda each: each.name)
def test_raw_counts_are_misled_and_the_checked_model_is_not(situation: Situation, misled: dict[str, float]) -> None:
    assert misled[f"{situation.name}: {confounding.RAW}"] > 0.25
    assert misled[f"{situation.name}: {confounding.CHECKED}"] <= 0.1


def test_without_the_check_tied_steps_are_mistaken_for_a_difference(misled: dict[str, float]) -> None:
    assert misled[f"steps go with the arm: {confounding.MODEL}"] > 0.25


def test_our_intervals_hold_the_truth_and_those_of_raw_counts_do_not() -> None:
    conditions = [Condition(0.6, 4, 1_000), Condition(0.0, 8, 5_000), Condition(0.3, 1, 200)]
    found = values(coverage.measure(5, SEED, conditions))
    for what in (coverage.RATES, coverage.DIFFERENCES):
        assert 0.93 < found[f"{what}, mean: whatworks"] < 0.99
        assert found[f"{what}, lowest: whatworks"] > 0.91
    assert found[f"{coverage.RATES}, lowest: Wilson"] < 0.75
    assert found[f"{coverage.DIFFERENCES}, lowest: two proportions"] < 0.75


def test_few_of_our_claims_are_wrong_and_many_of_the_others() -> None:
    found = values(claims.measure(6, SEED, [Condition(0.3, 4, 1_000), Condition(0.1, 8, 5_000)]))
    assert found["wrong: whatworks, strong"] <= 0.01
    assert found["wrong: whatworks, moderate"] <= 0.06
    assert found["wrong: imgen as coded"] > 0.2
    assert found["differences above 0.1 that are claimed: whatworks, moderate"] > 0.1


def test_the_leader_of_forty_equal_checkpoints_is_not_overstated() -> None:
    design = replace(leaders.FORTY, level_sd=0.0, records=1_000)
    excesses = [leaders.overstatements(two_way(design, draw(number))) for number in range(6)]
    ours, raw = (float(np.mean([each[rule] for each in excesses])) for rule in (OURS.name, leaders.RAW))
    assert abs(ours) < 0.03
    assert raw > 0.25


def test_looking_again_and_again_makes_no_strong_claim() -> None:
    ever = [looks.claims_ever(two_way(looks.EQUAL, draw(number))) for number in range(2)]
    assert not any("whatworks, strong" in each for each in ever)
    assert sum("raw z > 1.96" in each for each in ever) >= 1
