"""A proposal is the plan with the highest expected gain: the same for the same library, with its reasons in numbers."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from library_factory import make_job, make_library, rated_jobs, rating, reference

from learning_core.errors import PlanRefused, UnknownReference
from learning_core.library import Library
from learning_core.plans.attribution import attribute
from learning_core.plans.choice import SCREEN_ROWS, Question, choices, screen_rows
from learning_core.plans.filing import file_plan
from learning_core.plans.folder import PlanFolder
from learning_core.plans.from_record import plan_from_record
from learning_core.plans.progress import progress_of
from learning_core.plans.proposal import Proposal
from learning_core.plans.propose import propose
from learning_core.plans.steps import steps_of
from learning_core.stats.value_of_information import expected_gain, learned, prior_belief, promising


def jobs(count: int = 60) -> list[Any]:
    """Return rated records of many beach prompts."""
    events: list[Any] = []
    for number in range(count):
        job = make_job(number, prompt_positive=f"beach with {number % 15} boats <lora:film:0.6>", loras=None)
        events += [job, rating(job, 2 + number * 3 % 5 % 3 + (job.sampler == "UniPC" and number % 4 == 2))]
    return events


def proposed(library: Library, subject: str = "beach", **options: Any) -> Proposal:
    folder = PlanFolder(library.root)
    return library.ask(lambda snapshot: propose(snapshot, folder, subject, now=7.0, **options))


def test_the_same_library_gives_the_same_proposal_in_any_order_of_its_log(tmp_path: Path) -> None:
    events = jobs()
    pairs = [events[place : place + 2] for place in range(0, len(events), 2)]
    one = proposed(make_library(tmp_path / "one", events))
    other = proposed(make_library(tmp_path / "other", [each for pair in reversed(pairs) for each in pair]))
    assert one.model_dump_json() == other.model_dump_json()


def test_a_proposal_says_what_is_known_what_it_costs_and_what_it_can_find(tmp_path: Path) -> None:
    found = proposed(make_library(tmp_path, jobs()), focus="txt2img.sampler")
    plan = found.plan
    assert (plan.design, plan.focus_parameter) == ("one_variable", "txt2img.sampler")
    assert set(plan.variant_values) == {"DPM++ 2M", "Euler a", "UniPC"}
    assert len(plan.prompts) == 12
    assert all("lora" not in prompt for prompt in plan.prompts)
    assert [each.name for each in plan.base_config.loras] == ["film"]
    assert (found.images, found.minutes) == (36, 7.5)
    assert found.detectable == pytest.approx(1.1 * (7.85 / 12) ** 0.5, abs=1e-3)
    assert found.gain > 0
    assert found.observed == 60
    assert max(found.beliefs, key=lambda each: each.expected).value == "txt2img.sampler UniPC"
    assert any("held fixed" in reason for reason in found.reasons)


def test_where_nothing_was_tested_a_screen_may_be_offered_and_is_labelled_as_one(tmp_path: Path) -> None:
    found = proposed(make_library(tmp_path, jobs()))
    offered = [found.plan.design == "screen", *(each.is_screen for each in found.alternatives)]
    assert sum(offered) == 1
    if found.plan.design == "screen":
        assert any("add up" in reason for reason in found.reasons)
        assert found.images == len(found.plan.variant_values) * len(found.plan.prompts)


def test_what_a_plan_taught_is_not_asked_again(tmp_path: Path) -> None:
    library = make_library(tmp_path, jobs())
    first = proposed(library, focus="txt2img.sampler")
    file_plan(library, first.plan, now=7.0, event_id="e")
    events: list[Any] = []
    for number, step in enumerate(steps_of(first.plan), 1000):
        config = step.config_for_step
        settings = config.stage("txt2img")
        job = make_job(
            number, prompt_positive=f"{config.prompt} <lora:film:0.6>", sampler=settings.sampler,
            scheduler=settings.scheduler, steps=settings.steps, cfg_scale=settings.cfg_scale, seed=step.seed,
            model=config.checkpoint, prompt_negative=config.negative_prompt,
        )  # fmt: skip
        events += [job, rating(job, 4)]
    library.append(events, durable=False)
    assert library.ask(lambda snapshot: progress_of(first.plan, attribute(snapshot, first.plan))).is_complete
    second = proposed(library, focus="txt2img.sampler")
    assert (first.observed, second.observed, second.in_plans) == (60, 60, first.images)
    in_use = next(each for each in second.beliefs if each.in_use)
    assert in_use.sd < next(each for each in first.beliefs if each.in_use).sd
    assert second.gain < first.gain


def test_a_subject_without_records_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(PlanRefused, match="plan new"):
        proposed(make_library(tmp_path, jobs(5)), "volcano")
    with pytest.raises(PlanRefused, match="nothing to try"):
        proposed(make_library(tmp_path / "b", jobs(5)), focus="txt2img.vae")


def test_few_prompts_are_said_to_be_too_few(tmp_path: Path) -> None:
    found = proposed(make_library(tmp_path, rated_jobs(10)), "beach")
    assert len(found.plan.prompts) == 1
    assert "6 prompts on" in found.notes[0]


def test_a_record_becomes_a_plan_of_which_it_is_a_step(tmp_path: Path) -> None:
    events = jobs(3)
    library = make_library(tmp_path, events)
    ref = reference(events[0])
    with library.snapshot() as snapshot:
        plan = plan_from_record(snapshot, ref, "steps", [20, 28], now=1.0, prompts=["a lighthouse"])
        found = attribute(snapshot, plan.model_copy(update={}))
        with pytest.raises(UnknownReference):
            plan_from_record(snapshot, "rec:0", "steps", [20], now=1.0)
    assert plan.prompts[0] == "beach with 0 boats"
    assert plan.metadata.evidence == (ref,)
    assert events[0].seed >= 2**32
    assert found.images == {}


def test_a_comparison_is_worth_more_the_less_is_known_and_nothing_where_all_is() -> None:
    tested, errors = np.array([0, 1, 2]), np.full(3, 0.07)
    prior = prior_belief(3, 0.31, ordered=False)
    first = expected_gain(prior, tested, errors)
    after = learned(prior, tested, np.array([0.3, 0.0, -0.3]), errors)
    assert 0 < expected_gain(after, tested, errors) < first
    assert expected_gain(prior_belief(3, 1e-6, ordered=False), tested, errors) < 1e-5
    assert after.mean[0] > 0 > after.mean[2]
    assert np.all(after.sd < prior.sd)


def test_neighbours_on_a_scale_learn_from_each_other() -> None:
    seen, errors = np.array([0, 4]), np.full(2, 0.05)
    along = learned(prior_belief(5, 0.25, ordered=True), seen, np.array([0.5, -0.5]), errors)
    apart = learned(prior_belief(5, 0.25, ordered=False), seen, np.array([0.5, -0.5]), errors)
    assert along.mean[1] > 0.05
    assert apart.mean[1] == pytest.approx(0.0, abs=1e-12)


def test_the_value_in_use_is_always_among_those_compared() -> None:
    belief = learned(prior_belief(6, 0.3, ordered=False), np.arange(6), np.arange(6.0), np.full(6, 0.01))
    assert promising(belief, 0, 3).tolist() == [0, 3, 4, 5]


def test_the_rows_of_a_screen_are_balanced() -> None:
    for one in range(4):
        for two in range(one):
            pairs = {(row[one], row[two]) for row in SCREEN_ROWS}
            assert len(pairs) == len(SCREEN_ROWS) == 9
    assert len(screen_rows(2, [2, 2])) == 4


def test_a_screen_is_no_choice_where_fewer_than_three_parameters_are_untested() -> None:
    questions = {name: Question(prior_belief(3, 0.2, ordered=False), 0) for name in "abc"}
    assert any(each.is_screen for each in choices(questions))
    questions["a"] = Question(prior_belief(3, 0.2, ordered=False), 0, tested=True)
    assert not any(each.is_screen for each in choices(questions))
