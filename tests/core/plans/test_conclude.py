"""A plan ends in what its ratings support: paired, by the stopping rule, and the same bytes in any order."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from library_factory import make_job, make_library, rating

from learning_core.model.judgement import Rating
from learning_core.plans.attribution import Attribution, NotTaken, StepImage
from learning_core.plans.conclude import conclude as conclude_in
from learning_core.plans.conclude import concluded
from learning_core.plans.conclusion import LearningRunResult
from learning_core.plans.generation_config import GenerationConfig, StageSettings
from learning_core.plans.learning_plan import LearningPlan, LearningRunStep, new_plan
from learning_core.plans.steps import steps_of
from learning_core.stats.blocked_values import blocked_effects
from learning_core.stats.difference_scale import POINTS, weighed

Stars = Callable[[int, int], int]
"""The stars of a variant for a prompt."""

BASE = GenerationConfig(checkpoint="coast", stages={"txt2img": StageSettings(sampler="Euler a", cfg_scale=6.5)})


def steps_plan(prompts: int = 12, values: Sequence[Any] = (20, 35), **fields: Any) -> LearningPlan:
    content = {
        "focus_parameter": "txt2img.steps", "base_config": BASE, "variant_values": tuple(values),
        "prompts": tuple(f"scene {number}" for number in range(prompts)), "seeds": (3,),
    }  # fmt: skip
    return new_plan(**(content | fields))


def image(step: LearningRunStep, stars: int, seconds: float | None = None, **changes: Any) -> StepImage:
    config = step.config_for_step.model_copy(update=changes)
    return StepImage(f"rec:{step.step_id[5:]}", "exact", config, int(stars > 0), stars, (), seconds, "")


def attributed(plan: LearningPlan, stars: Stars, seconds: Sequence[float | None] = ()) -> Attribution:
    steps = steps_of(plan)
    times = seconds or [None] * len(plan.variant_values)
    images = {
        step.step_id: [image(step, stars(step.variant_index, step.prompt_index), times[step.variant_index])]
        for step in steps
    }
    return Attribution(steps, images)


def conclude(plan: LearningPlan, stars: Stars, seconds: Sequence[float | None] = ()) -> LearningRunResult:
    return concluded(plan, attributed(plan, stars, seconds))


WORKED = (1, 0, 2, 1, 0, 1, 1, -1, 2, 1, 0, 1)
"""Differences of the worked example (statistics.md 5)."""


def test_two_values_agree_with_the_worked_example() -> None:
    result = conclude(steps_plan(), lambda variant, prompt: 2 + (WORKED[prompt] if variant else 0))
    (pair,) = result.comparisons
    assert (pair.value, pair.against, pair.blocks, pair.wins, pair.losses) == (35, 20, 12, 8, 1)
    assert (pair.difference, pair.probability, pair.equivalence) == (0.5325, 0.9879, 0.0786)
    assert pair.bayes_factor == pytest.approx(6.8477, abs=1e-4)
    assert (result.verdict, result.stop, result.best_value) == ("inconclusive", False, None)
    assert result.strength == "moderate"
    assert not result.automation_eligible


def test_a_clear_winner_ends_the_plan_and_may_be_acted_on() -> None:
    result = conclude(steps_plan(), lambda variant, prompt: 2 + 2 * variant + prompt % 2)
    assert (result.verdict, result.best_value, result.stop) == ("difference", 35, True)
    assert (result.strength, result.tier, result.automation_eligible) == ("strong", "experiment_strong", True)
    assert "makes the difference" in result.summary
    chances = [value.chance_best for value in result.values]
    assert chances[1] is not None
    assert chances[1] > 0.99
    assert result.values[0].spread is not None


def test_practically_equal_values_end_in_the_one_that_costs_less_time() -> None:
    plan = steps_plan(60, (20, 28, 35))
    result = conclude(plan, lambda variant, prompt: 3 + (prompt % 5 == variant), (12.0, 16.0, 20.0))
    assert (result.verdict, result.best_value, result.equal_values) == ("equivalent", 20, (28, 35))
    assert "practically the same" in result.summary
    assert "40 % faster" in result.summary


def test_a_best_among_equals_names_what_is_worse() -> None:
    plan = steps_plan(60, (8, 28, 35))
    result = conclude(plan, lambda variant, prompt: 3 + (prompt % 5 == variant) - 2 * (variant == 0), (5.0, 16.0, 20.0))
    assert (result.verdict, result.best_value) == ("best_among_equals", 28)
    assert result.equal_values == (35,)
    assert "better than 8" in result.summary


def test_fewer_than_six_whole_blocks_are_insufficient_and_say_what_is_missing() -> None:
    plan = steps_plan(8)
    found = attributed(plan, lambda variant, _: 1 + 4 * variant)
    for step in found.steps[:5]:
        found.images[step.step_id] = []
    found.images[found.steps[5].step_id] = [image(found.steps[5], 0)]
    result = concluded(plan, found)
    assert (result.verdict, result.blocks, result.best_value, result.stop) == ("insufficient", 5, None, False)
    assert result.missing == ("5 steps without an image", "1 step without a rating", "3 blocks not whole, so left out")
    assert "5 prompts of 6" in result.summary


def test_nothing_rated_at_all_is_no_evidence() -> None:
    plan = steps_plan()
    result = concluded(plan, Attribution(steps_of(plan)))
    assert (result.verdict, result.tier, result.blocks) == ("insufficient", "no_evidence", 0)


def test_a_setting_that_varies_besides_the_focus_makes_all_of_it_insufficient() -> None:
    plan = steps_plan()
    found = attributed(plan, lambda variant, _: 1 + 4 * variant)
    first = found.steps[0]
    found.images[first.step_id] = [image(first, 5, vae="other.vae")]
    second = found.steps[1]
    found.images[second.step_id] = [image(second, 1, vae="usual.vae")]
    result = concluded(plan, found)
    assert result.verdict == "insufficient"
    assert "vae" in result.summary
    assert not result.automation_eligible


def test_an_image_that_contradicts_its_step_makes_all_of_it_insufficient() -> None:
    plan = steps_plan(13)
    found = attributed(plan, lambda variant, _: 1 + 4 * variant)
    wrong = found.steps[0]
    found.images[wrong.step_id] = []
    found.not_taken.append(NotTaken("rec:1", "was made with steps 50", wrong))
    assert concluded(plan, found).verdict == "insufficient"


def test_a_model_comparison_is_a_preference_and_never_evidence_on_a_setting() -> None:
    plan = steps_plan(values=("coast", "harbour_mix"), focus_parameter="txt2img.checkpoint")
    result = conclude(plan, lambda variant, _: 1 + 4 * variant)
    assert (result.verdict, result.tier, result.automation_eligible) == ("difference", "review_only", False)
    assert "preferred under these settings" in result.summary
    assert "makes the difference" not in result.summary


def test_stars_that_lead_by_a_few_large_steps_but_lose_most_prompts_are_no_claim() -> None:
    plan = steps_plan(60)
    result = conclude(plan, lambda variant, prompt: (5 if variant else 1) if prompt < 27 else (3 if variant else 4))
    (pair,) = result.comparisons
    assert pair.bayes_factor > 20
    assert pair.wins < pair.losses
    assert result.verdict == "inconclusive"


def test_a_screen_tells_each_factor_apart_and_never_claims_to_be_controlled() -> None:
    rows = [{"txt2img.steps": steps, "txt2img.cfg_scale": cfg} for steps in (20, 30) for cfg in (5.0, 7.0)]
    plan = steps_plan(12, rows, design="screen", focus_parameter="txt2img.steps+txt2img.cfg_scale")
    result = conclude(plan, lambda variant, prompt: 2 + 2 * (variant % 2) + prompt % 2)
    better = [(each.factor, each.value) for each in result.comparisons if each.says == "better"]
    assert better == [("txt2img.cfg_scale", 7.0)]
    assert result.verdict == "difference"
    assert (result.tier, result.automation_eligible) == ("experiment_sparse_plus_review", False)


STARS = st.integers(1, 5)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(1, 5)), min_size=6, max_size=9), st.randoms()
)
def test_the_order_of_images_shows_in_no_byte(stars: list[tuple[int, ...]], dice: random.Random) -> None:
    plan = steps_plan(len(stars), (20, 28, 35))
    found = attributed(plan, lambda variant, prompt: stars[prompt][variant], (9.0, 11.0, 14.0))
    shuffled = list(found.images.items())
    dice.shuffle(shuffled)
    again = Attribution(found.steps, dict(shuffled))
    assert concluded(plan, found).encoded() == concluded(plan, again).encoded()


def test_effects_do_not_depend_on_the_order_of_blocks() -> None:
    ratings = np.array([[1.0, 2, 4], [3, 3, 5], [2, 5, 5], [1, 1, 2]])
    one, other = blocked_effects(ratings, 0.31), blocked_effects(ratings[::-1].copy(), 0.31)
    assert one.mean.tobytes() == other.mean.tobytes()
    assert abs(float(one.mean.sum())) < 1e-12
    assert float(one.best().probability.sum()) == pytest.approx(1.0, abs=1e-4)


def test_ratings_of_a_real_library_conclude_and_a_changed_rating_counts_anew(tmp_path: Path) -> None:
    plan = steps_plan(6)
    events: list[Any] = []
    for number, step in enumerate(steps_of(plan)):
        job = make_job(
            number, prompt_positive=step.config_for_step.prompt, model="coast", sampler="Euler a", scheduler=None,
            cfg_scale=6.5, steps=step.config_for_step.stage("txt2img").steps, seed=step.seed,
        )  # fmt: skip
        events += [job, rating(job, 1 + 4 * step.variant_index)]
    library = make_library(tmp_path, events)
    first = library.ask(lambda snapshot: conclude_in(snapshot, plan))
    assert (first.verdict, first.best_value) == ("difference", 35)
    assert first == library.ask(lambda snapshot: conclude_in(snapshot, plan))
    library.append([Rating(event_id="later", job_id=events[0].job_id, value=3)], durable=False)
    second = library.ask(lambda snapshot: conclude_in(snapshot, plan))
    assert second.result_id != first.result_id


def test_the_rule_for_a_pair_is_that_of_all_comparisons() -> None:
    assert weighed(0.7, 0.05, POINTS).bayes_factor > weighed(0.5, 0.05, POINTS).bayes_factor
