"""Who judged, when, how much of what was made, and what a plan concluded: what a claim has to get past."""

from pathlib import Path
from typing import Any

import pytest
from library_factory import START, make_job, make_library, rating, selection
from questions import SAME, Event, about, ask

from learning_core.answers.compare_settings import compare_settings
from learning_core.answers.settings_comparison import SettingsComparison
from learning_core.library import Library

DAY = 86_400.0
FORTY = 40


def arm(model: str, good: float, *, first: int = 0, of: int = FORTY, **said: Any) -> list[Event]:
    """Images of one checkpoint on the same prompts, of which a share is rated 5 and the others 2."""
    events: list[Event] = []
    for number in range(of):
        fields = SAME | {"prompt_positive": f"beach {number}", "model": model}
        job = make_job(number, job_id=f"{model}-{first}-{number}", **fields)
        stars = rating(job, 5 if number % 10 < 10 * good else 2).model_copy(update=said)
        events += [job, stars]
    return events


def test_a_lead_that_always_went_with_one_rater_is_entangled_with_who_judged(tmp_path: Path) -> None:
    events = arm("one", 0.9, rater="Ann") + arm("two", 0.2, rater="Bob")
    checkpoint = about(ask(make_library(tmp_path / "apart", events)), "checkpoint")
    assert (checkpoint.status, checkpoint.strength) == ("not_separable", "weak")
    assert checkpoint.sentence.startswith("checkpoint is entangled with who judged")
    both = [
        event
        for rater, of in (("Ann", 0), ("Bob", FORTY))
        for event in arm("one", 0.9, first=of, rater=rater) + arm("two", 0.2, first=of, rater=rater)
    ]
    assert about(ask(make_library(tmp_path / "both", both)), "checkpoint").status == "clear_leader"


def test_a_lead_that_went_with_the_time_of_judging_is_entangled_though_all_was_made_at_once(tmp_path: Path) -> None:
    events = arm("one", 0.9, recorded_at=START) + arm("two", 0.2, recorded_at=START + 90 * DAY)
    checkpoint = about(ask(make_library(tmp_path, events)), "checkpoint")
    assert checkpoint.sentence.startswith("checkpoint is entangled with the time of judging")


def test_images_that_were_not_judged_show_in_the_rated_share(tmp_path: Path) -> None:
    batch = make_job(0, **SAME | {"prompt_positive": "beach", "model": "one", "output_paths": list("abcd")})
    unjudged = make_job(1, **SAME | {"prompt_positive": "beach", "model": "one", "output_paths": list("ef")})
    events: list[Event] = [batch, rating(batch, 5, image_index=0), unjudged, *arm("two", 0.5)]
    ranked = about(ask(make_library(tmp_path, events)), "checkpoint").ranked
    assert {each.setting: each.rated_share for each in ranked} == {"one": round(1 / 6, 4), "two": 1.0}


@pytest.mark.parametrize("by", ["lora", "lora_weight", "sampler"])
def test_the_rated_share_is_known_for_every_kind_of_value(by: str, tmp_path: Path) -> None:
    events = arm("one", 0.5, of=3)
    spare = make_job(9, **SAME | {"prompt_positive": "beach", "model": "one"})
    (only,) = about(ask(make_library(tmp_path, [*events, spare]), by=[by]), by).ranked
    assert (only.n, only.rated_share) == (3, 0.75)


def test_unevenly_judged_values_make_no_winner_and_the_bounds_are_told(tmp_path: Path) -> None:
    shown = [make_job(100 + number, **SAME | {"prompt_positive": "beach", "model": "one"}) for number in range(FORTY)]
    even = make_library(tmp_path / "even", arm("one", 0.9) + arm("two", 0.2))
    assert about(ask(even), "checkpoint").status == "clear_leader"
    uneven = make_library(tmp_path / "uneven", [*arm("one", 0.9), *arm("two", 0.2), *shown])
    checkpoint = about(ask(uneven), "checkpoint")
    assert (checkpoint.status, checkpoint.strength) == ("not_separable", "weak")
    assert "50 % of its images are judged, 100 % of the other's" in checkpoint.sentence
    assert "between +25 and +75 points" in checkpoint.sentence
    assert [each.strength for each in checkpoint.ranked] == ["weak", "weak"]


def test_a_draft_may_be_prepared_only_where_a_plan_concluded(tmp_path: Path) -> None:
    def plan(blocks: int, worse: int) -> list[Event]:
        study = {"experiment_id": "e", "focus_parameter": "cfg_scale", "evidence": "controlled"}
        events: list[Event] = []
        for number in range(blocks):
            for cfg, stars in ((6.0, worse), (7.0, 5)):
                fields = SAME | {"prompt_positive": f"beach {number}", "cfg_scale": cfg, "experiment": study}
                job = make_job(number, job_id=f"{cfg}-{number}", **fields)
                events += [job, rating(job, stars)]
        return events

    concluded = ask(make_library(tmp_path / "six", plan(6, 2)))
    assert (concluded.tier, concluded.automation_eligible) == ("experiment_strong", ["cfg_scale"])
    few = ask(make_library(tmp_path / "five", plan(5, 2)))
    assert (few.tier, few.automation_eligible) == ("experiment_strong", [])
    assert ask(make_library(tmp_path / "same", plan(12, 5))).automation_eligible == []
    observed = ask(make_library(tmp_path / "seen", arm("one", 0.9) + arm("two", 0.2)))
    assert (about(observed, "checkpoint").strength, observed.automation_eligible) == ("strong", [])


def test_selections_have_no_pooled_stars(tmp_path: Path) -> None:
    job = make_job(0, **SAME)
    (only,) = about(ask(make_library(tmp_path, [job, selection(job, "selected")]), ""), "sampler").ranked
    assert only.pooled_rating is None


def batches(model: str, images: int, *, picked: int = 1, of: int = FORTY) -> list[Event]:
    """Batches of one checkpoint on the same prompts, of each of which the first images are selected."""
    events: list[Event] = []
    for number in range(of):
        fields = SAME | {"prompt_positive": f"beach {number}", "model": model}
        names = [f"{model}-{number}-{each}.png" for each in range(images)]
        job = make_job(number, job_id=f"{model}-{number}", output_paths=names, **fields)
        picks = (selection(job, "selected", image_index=each) for each in range(picked))
        events += [
            job,
            *(pick.model_copy(update={"event_id": f"{pick.event_id}:{pick.image_index}"}) for pick in picks),
        ]
    return events


@pytest.mark.parametrize(("one", "two"), [(1, 4), (4, 8)])
def test_one_taken_of_each_batch_says_nothing_where_batches_differ_in_size(one: int, two: int, tmp_path: Path) -> None:
    library = make_library(tmp_path, batches("one", one) + batches("two", two))
    checkpoint = about(ask(library), "checkpoint")
    assert (checkpoint.status, checkpoint.strength) == ("not_separable", "weak")
    assert checkpoint.sentence.startswith("checkpoint is entangled with the size of the batches")
    assert compared(library).verdict == "entangled"
    assert "batch size" in compared(library).summary


def test_batches_of_one_size_make_a_winner(tmp_path: Path) -> None:
    library = make_library(tmp_path, batches("one", 4, picked=3) + batches("two", 4))
    assert about(ask(library), "checkpoint").status == "clear_leader"
    assert compared(library).verdict == "a_better"


def compared(library: Library) -> SettingsComparison:
    return library.ask(lambda snapshot: compare_settings(snapshot, "checkpoint:one", "checkpoint:two"))


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ([{"rater": "Ann"}, {"rater": "Bob"}], "rater"),
        ([{"recorded_at": START}, {"recorded_at": START + 90 * DAY}], "time of judging"),
    ],
)
def test_a_comparison_is_entangled_with_who_judged_and_when(said: list[Any], word: str, tmp_path: Path) -> None:
    library = make_library(tmp_path, arm("one", 0.9, **said[0]) + arm("two", 0.2, **said[1]))
    assert compared(library).verdict == "entangled"
    assert f"always varied together with {word}" in compared(library).summary


def test_raters_who_are_compared_are_no_cause_of_their_difference(tmp_path: Path) -> None:
    events = arm("one", 0.9, rater="Ann") + arm("one", 0.2, first=FORTY, rater="Bob")
    library = make_library(tmp_path, events)
    found = library.ask(lambda snapshot: compare_settings(snapshot, "rater:Ann", "rater:Bob"))
    assert found.verdict == "a_better"


@pytest.mark.parametrize("judge", [lambda job: selection(job, "selected"), lambda job: rating(job, 5)])
def test_arms_of_which_only_good_images_were_judged_are_not_called_equal(judge: Any, tmp_path: Path) -> None:
    events: list[Event] = []
    for number in range(400):
        model, every = (("one", 10), ("two", 6))[number % 2]
        fields = SAME | {"prompt_positive": f"beach {number // 2}", "model": model}
        job = make_job(number, **fields)
        events += [job, judge(job)] if number // 2 % every == 0 else [job]
    found = compared(make_library(tmp_path, events))
    assert found.a.share == found.b.share == 1.0
    assert found.verdict == "not_separable"
