"""Where the evidence on a parameter comes from, value by value and plan by plan."""

from pathlib import Path

from library_factory import make_job, make_library, rating
from questions import SAME, Event, about, ask

from learning_core.model.generation import Experiment


def plan(name: str, pairs: list[tuple[int, int]], evidence: str = "controlled") -> list[Event]:
    """Ratings of numbers of steps in one plan, each (steps, stars)."""
    events: list[Event] = []
    for number, (steps, stars) in enumerate(pairs):
        study = Experiment(experiment_id=name, focus_parameter="steps", evidence=evidence)  # type: ignore[arg-type]
        fields = SAME | {"steps": steps, "experiment": study, "prompt_positive": f"beach {number}"}
        job = make_job(number, job_id=f"{name} {number}", **fields)
        events += [job, rating(job, stars)]
    return events


def test_one_strong_plan_lends_nothing_to_another(tmp_path: Path) -> None:
    strong, short = plan("strong", [(20, 3), (30, 5), (30, 5)]), plan("short", [(40, 5)])
    steps = about(ask(make_library(tmp_path, [*strong, *short])), "steps")
    assert {each.setting: each.tier for each in steps.ranked} == {
        "20": "experiment_strong", "30": "experiment_strong", "40": "experiment_sparse_plus_review",
    }  # fmt: skip
    assert [(each.setting, each.n, each.mean_rating) for each in steps.controlled] == [
        ("30", 2, 5.0), ("40", 1, 5.0), ("20", 1, 3.0),
    ]  # fmt: skip


def test_what_a_plan_lacks_is_said(tmp_path: Path) -> None:
    steps = about(ask(make_library(tmp_path, plan("one", [(20, 3), (30, 5)]))), "steps")
    assert steps.why[-1].endswith(
        "30 (1 image, mean 5) and 20 (1 image, mean 3); no plan has 2 values and 3 ratings yet."
    )


def test_observed_images_of_a_tested_parameter_have_no_part_in_the_plan(tmp_path: Path) -> None:
    observed = [event for number in range(3) for event in _observed(number)]
    steps = about(ask(make_library(tmp_path, [*plan("p", [(20, 3), (30, 5), (30, 5)]), *observed])), "steps")
    assert [(each.setting, each.n) for each in steps.ranked] == [("30", 2), ("20", 4)]
    assert [(each.setting, each.n, each.good) for each in steps.controlled] == [("30", 2, 2), ("20", 1, 0)]
    assert steps.why[-1] == "Observed: 3 other images, not made to test steps."


def _observed(number: int) -> list[Event]:
    job = make_job(number, job_id=f"other {number}", prompt_positive=f"beach, other {number}", **SAME)
    return [job, rating(job, 2)]
