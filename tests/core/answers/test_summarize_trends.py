import random
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from library_factory import make_job, make_library, rating, selection

from learning_core.answers.answer import Period
from learning_core.answers.periods import gaps
from learning_core.answers.summarize_trends import summarize_trends
from learning_core.answers.trend_answer import Dimension, TrendFigures, TrendSummary
from learning_core.answers.trends import by_period
from learning_core.errors import QuestionError
from learning_core.library import Library
from learning_core.model.generation import Experiment
from learning_core.model.job import JobRecord
from learning_core.model.judgement import AnyJudgement, Withdrawal


def at(number: int, moment: str, **fields: object) -> JobRecord:
    time = datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()
    return make_job(number, timestamp_start=time - 9, timestamp_end=time, **fields)


def of(root: Path, events: Iterable[JobRecord | AnyJudgement], **question: object) -> TrendSummary:
    with make_library(root, events).snapshot() as snapshot:
        return summarize_trends(snapshot, **question)  # type: ignore[arg-type]


COUNTS = ("jobs", "rated", "judged", "selected", "runtimes")


def counts(figures: TrendFigures) -> list[int]:
    return [getattr(figures, name) for name in COUNTS]


def test_a_week_begins_on_monday_at_midnight_utc(tmp_path: Path) -> None:
    moments = ["2026-03-01T23:59:59", "2026-03-02T00:00:00", "2026-03-08T23:59:59", "2026-03-09"]
    answer = of(tmp_path, [at(number, moment) for number, moment in enumerate(moments)], per="week")
    assert [(each.start, each.jobs) for each in answer.periods] == [
        ("2026-02-23", 1),
        ("2026-03-02", 2),
        ("2026-03-09", 1),
    ]
    assert answer.gaps == []


@pytest.mark.parametrize(("per", "periods"), [("day", 3), ("week", 1), ("month", 2)])
def test_the_leap_day_is_a_day_of_february(per: Period, periods: int, tmp_path: Path) -> None:
    days = ["2024-02-28", "2024-02-29", "2024-03-01", "1972-02-29"]
    answer = of(tmp_path, [at(number, day) for number, day in enumerate(days)], per=per, where="after:2000-01-01")
    assert len(answer.periods) == periods
    assert answer.gaps == []
    assert sum(each.jobs for each in answer.periods) == 3


@pytest.mark.parametrize(
    ("per", "starts", "found"),
    [
        ("day", ["2024-02-28", "2024-03-01"], [("2024-02-29", "2024-02-29", 1)]),
        ("day", ["2023-02-28", "2023-03-01"], []),
        ("week", ["2025-12-22", "2026-01-12"], [("2025-12-29", "2026-01-05", 2)]),
        ("month", ["2025-11-01", "2026-02-01", "2026-03-01"], [("2025-12-01", "2026-01-01", 2)]),
        ("month", ["2026-03-01"], []),
    ],
)
def test_absent_periods_are_gaps(per: Period, starts: list[str], found: list[tuple[str, str, int]]) -> None:
    assert gaps(starts, per) == found


def test_gaps_are_shown_between_the_periods_and_many_of_them_are_counted(tmp_path: Path) -> None:
    days = [f"2026-{month:02}-{day:02}" for month in range(1, 4) for day in range(1, 28, 2)]
    answer = of(tmp_path, [at(number, day) for number, day in enumerate(days)], per="day", limit=400)
    assert answer.gaps_total == len(days) - 1
    assert len(answer.gaps) == 20
    assert answer.gaps[-1].periods == 1
    assert all(period.start < answer.gaps[-1].first or period.start == "2026-03-27" for period in answer.periods)


def test_only_the_newest_periods_are_shown_and_the_total_counts_all(tmp_path: Path) -> None:
    jobs = [at(number, f"2026-03-{number + 1:02}") for number in range(9)]
    answer = of(tmp_path, jobs, per="day", limit=2)
    assert [each.start for each in answer.periods] == ["2026-03-08", "2026-03-09"]
    assert (answer.shown, answer.periods_total, answer.total.jobs) == (2, 9, 9)


def test_jobs_of_unknown_time_are_in_the_total_but_in_no_period(tmp_path: Path) -> None:
    lost = [make_job(number, timestamp_start=None, timestamp_end=None) for number in (1, 2)]
    answer = of(tmp_path, [at(0, "2026-03-01"), *lost, rating(lost[0], 5)])
    assert answer.jobs_of_unknown_time == 2
    assert answer.total.jobs == 3
    assert answer.total.rated == 1
    assert [each.jobs for each in answer.periods] == [1]
    assert any("2 records of unknown time" in note for note in answer.notes)


def test_without_any_known_time_nothing_is_said_of_trends(tmp_path: Path) -> None:
    answer = of(tmp_path, [make_job(0, timestamp_start=None, timestamp_end=None)], split="sampler")
    assert (answer.periods, answer.changes, answer.gaps) == ([], [], [])
    assert "nothing can be said of trends" in answer.summary
    assert [group.total.jobs for group in answer.groups] == [1]


def test_an_empty_library_has_an_answer(tmp_path: Path) -> None:
    answer = of(tmp_path, [], split="checkpoint")
    assert answer.summary == "The library is empty."
    assert (answer.periods, answer.groups, answer.changes) == ([], [], [])


def test_images_passed_over_in_a_batch_count_as_not_selected_in_every_rate(tmp_path: Path) -> None:
    batch = at(0, "2026-03-02", model="A", output_paths=list("abcd"))
    lost = make_job(1, model="A", output_paths=list("ab"), timestamp_start=None, timestamp_end=None)
    whole = at(2, "2026-03-03", model="B", output_paths=list("abcd"))
    events = [batch, lost, whole, selection(batch, "selected", image_index=0), selection(whole, "selected")]
    events.append(selection(lost, "selected", image_index=1))
    answer = of(tmp_path, events, per="day", split="checkpoint")
    rates = [(each.judged, each.passed_over, each.selection_rate, each.came_out_well) for each in answer.periods]
    assert rates == [(1, 3, 0.25, 0.25), (1, 0, 1.0, 1.0)]
    assert (answer.total.judged, answer.total.passed_over, answer.total.selection_rate) == (3, 4, 0.4286)
    assert {each.name: each.total.came_out_well for each in answer.groups} == {"A": 0.3333, "B": 1.0}
    assert (answer.changes[0].before.value, answer.changes[0].before.images) == (0.25, 4)
    assert any(note.startswith("4 images passed over") for note in answer.notes)
    with Library(tmp_path / "library", tmp_path / "cache").snapshot() as snapshot:
        assert [each.passed_over for each in by_period(snapshot, per="day").points] == [3, 0]
        assert [each.passed_over for each in by_period(snapshot, per="day", where="checkpoint:A").points] == [3]
        assert [each.passed_over for each in by_period(snapshot, per="day", subject="dawn").points] == [3]


def test_a_period_has_its_figures_each_kind_apart_and_the_median_of_known_runtimes(tmp_path: Path) -> None:
    runtimes = (10.0, 30.0, 20.0, None)
    jobs = [at(number, "2026-03-02", total_runtime_sec=seconds) for number, seconds in enumerate(runtimes)]
    said = [rating(jobs[0], 5), rating(jobs[1], 2), selection(jobs[2], "selected"), rating(jobs[3], 4)]
    (period,) = of(tmp_path, [*jobs, *said]).periods
    assert (period.rated, period.mean_rating, period.came_out_well) == (3, 3.67, 0.6667)
    assert (period.judged, period.selected, period.selection_rate) == (1, 1, 1.0)
    assert (period.median_runtime, period.runtimes) == (20.0, 3)


def test_where_selections_prevail_they_say_what_came_out_well(tmp_path: Path) -> None:
    jobs = [at(number, "2026-03-02") for number in range(3)]
    said = [selection(jobs[0], "selected"), selection(jobs[1], "rejected"), rating(jobs[2], 5)]
    answer = of(tmp_path, [*jobs, *said])
    assert (answer.outcome, answer.total.came_out_well, answer.total.mean_rating) == ("selected", 0.5, 5.0)


def test_a_clock_that_went_back_is_noted(tmp_path: Path) -> None:
    answer = of(tmp_path, [at(0, "2026-03-05"), at(1, "2026-03-02")])
    assert any("not monotonic" in note for note in answer.notes)


def test_withdrawn_jobs_never_count(tmp_path: Path) -> None:
    gone = at(1, "2026-03-05")
    back = Withdrawal(event_id="gone", job_id=gone.job_id, withdrawn=True)
    answer = of(tmp_path, [at(0, "2026-03-05"), gone, back], split="checkpoint")
    assert answer.total.jobs == sum(group.total.jobs for group in answer.groups) == 1


def test_limits_outside_the_range_are_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match="limit is 0; it must be between 1 and 400"):
        of(tmp_path, [], limit=0)


def test_other_values_are_taken_together_and_counted(tmp_path: Path) -> None:
    jobs = [at(number, "2026-03-02", model=f"model-{number % 7}") for number in range(25)]
    groups = of(tmp_path, jobs, split="checkpoint", groups=2).groups
    assert [(each.name, each.holds, each.values, each.total.jobs) for each in groups] == [
        ("model-0", "value", 1, 4),
        ("model-1", "value", 1, 4),
        ("other", "other_values", 5, 17),
    ]


def test_ratings_of_model_comparisons_stay_out_of_other_dimensions(tmp_path: Path) -> None:
    duel = Experiment(experiment_id="duel", focus_parameter="checkpoint", evidence="preference")
    jobs = [at(0, "2026-03-02"), at(1, "2026-03-02", experiment=duel)]
    by = {
        split: [(each.holds, each.total.jobs) for each in of(tmp_path / split, jobs, split=split).groups]
        for split in ("checkpoint", "sampler")
    }
    assert by["checkpoint"] == [("value", 1), ("value", 1)]
    assert by["sampler"] == [("value", 1), ("comparisons", 1)]


_JOBS = st.lists(
    st.tuples(
        st.integers(0, 40),
        st.sampled_from(["a", "b", "c", None]),
        st.sampled_from(["beach", "harbour at dawn", "portrait", None]),
        st.sampled_from([None, None, 1, 3, 4, 5]),
        st.sampled_from([None, "selected", "rejected"]),
        st.sampled_from([[], [["film", 0.5]], [["film", 0.7], ["grain", 1.0]], None]),
    ),
    max_size=24,
)


def events_of(rows: list[tuple[int, str | None, str | None, int | None, str | None, object]]) -> list[object]:
    found: list[object] = []
    for number, (day, model, prompt, stars, verdict, loras) in enumerate(rows):
        time = 1_760_000_000.0 + 86_400.0 * day if day else None
        fields = {"loras": [{"name": name, "weight": weight} for name, weight in loras]} if loras else {}
        job = make_job(
            number,
            timestamp_start=None,
            timestamp_end=time,
            model=model,
            prompt_positive=prompt,
            sampler="Euler a",
            scheduler=None,
            total_runtime_sec=float(number) or None,
            **fields,
        )
        found.append(job)
        found += [rating(job, stars)] if stars else []
        found += [selection(job, verdict)] if verdict else []
    return found


@pytest.mark.parametrize("split", ["checkpoint", "lora", "scheduler"])
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=_JOBS)
def test_the_values_of_a_split_add_up_to_the_total(split: Dimension, rows: list, tmp_path_factory) -> None:  # type: ignore[type-arg,no-untyped-def]
    answer = of(tmp_path_factory.mktemp("sums"), events_of(rows), per="day", split=split, groups=1, limit=400)  # type: ignore[arg-type]
    for place, total in enumerate(counts(answer.total)):
        assert sum(counts(group.total)[place] for group in answer.groups) == total
    for period in answer.periods:
        parts = [each for group in answer.groups for each in group.periods if each.start == period.start]
        assert [sum(column) for column in zip(*map(counts, parts), strict=True)] == counts(period)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=_JOBS, seed=st.integers(0, 99))
def test_the_order_of_the_log_changes_no_byte(rows: list, seed: int, tmp_path_factory) -> None:  # type: ignore[type-arg,no-untyped-def]
    events = events_of(rows)
    mixed = random.Random(seed).sample(events, len(events))
    said = []
    for order in (events, mixed):
        answer = of(tmp_path_factory.mktemp("order"), order, per="day", split="lora")  # type: ignore[arg-type]
        # Whether times go back is a matter of the order itself.
        notes = [note for note in answer.notes if "monotonic" not in note]
        said.append(answer.model_copy(update={"notes": notes}).model_dump_json())
    assert said[0] == said[1]


def test_the_counts_are_those_of_the_plain_series(tmp_path: Path) -> None:
    rows = [(number % 9, "a", "beach", 1 + number % 5, None, None) for number in range(40)]
    library: Library = make_library(tmp_path, events_of(rows))  # type: ignore[arg-type]
    with library.snapshot() as snapshot:
        plain = by_period(snapshot, per="day").points
        summary = summarize_trends(snapshot, per="day").periods
    assert [point.model_dump() for point in plain] == [
        {name: value for name, value in period.model_dump().items() if name in type(plain[0]).model_fields}
        for period in summary
    ]


def test_periods_may_be_those_of_judging_however_old_the_images_are(tmp_path: Path) -> None:
    events: list[JobRecord | AnyJudgement] = []
    for number in range(40):
        job = at(number, "2025-01-10", prompt_positive=f"beach {number % 20}")
        later = datetime(2026, 3 if number < 20 else 5, 4, tzinfo=UTC).timestamp()
        events += [job, rating(job, 5 if number < 20 else 2).model_copy(update={"recorded_at": later})]
    made = of(tmp_path / "made", events, per="month")
    assert [(each.start, each.rated) for each in made.periods] == [("2025-01-01", 40)]
    assert made.changes == []
    judged = of(tmp_path / "judged", [*events, at(99, "2025-02-10")], per="month", time_of="judged")
    assert [(each.start, each.rated) for each in judged.periods] == [("2026-03-01", 20), ("2026-05-01", 20)]
    assert (judged.time_of, judged.jobs_of_unknown_time) == ("judged", 1)
    assert judged.changes[0].change < 0
    assert any("times are those of judging" in note for note in judged.notes)
