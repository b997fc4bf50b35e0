"""Tables that are kept are the tables counted afresh, whatever came between."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from library_factory import make_job, make_library, rated_jobs, rating, selection

from learning_core.answers import kept_table
from learning_core.answers.tables import Row, checkpoint_by_lora, keyword_by_checkpoint
from learning_core.library import Library
from learning_core.log.append import append_lines
from learning_core.log.events import event_line
from learning_core.model.job import JobRecord
from learning_core.model.judgement import AnyJudgement, Rating, Selection, Undo, Withdrawal

JOBS = 6
JOB = st.builds(
    make_job,
    st.integers(0, JOBS),
    prompt_positive=st.sampled_from(["beach", "beach, calm", "calm market", "", None]),
    model=st.sampled_from(["coast", "Coast.safetensors", "dunes", None]),
    loras=st.sampled_from(
        [[], None, [{"name": "film", "weight": 1}], [{"name": "Film", "weight": 0.5}, {"name": "grain", "weight": 1}]]
    ),
    experiment=st.sampled_from(
        [None, *({"experiment_id": "e", "focus_parameter": "steps", "evidence": each} for each in
                 ("unproven", "preference"))]
    ),
)  # fmt: skip


def about(number: int, event: int) -> dict[str, Any]:
    return {"event_id": f"event-{event}", "job_id": f"job-{number}", "recorded_at": 1_760_000_000.0 + event}


NUMBER, EVENT = st.integers(0, JOBS), st.integers(0, 30)
SAID = st.one_of(
    st.builds(lambda job, event, stars: Rating(**about(job, event), value=stars), NUMBER, EVENT, st.integers(1, 5)),
    st.builds(
        lambda job, event, verdict: Selection(**about(job, event), verdict=verdict, image_index=1),
        NUMBER, EVENT, st.sampled_from(["selected", "rejected"]),
    ),
    st.builds(
        lambda job, event, undone: Undo(**about(job, event), undone_event_id=f"event-{undone}"), NUMBER, EVENT, EVENT
    ),
    st.builds(lambda job, event, gone: Withdrawal(**about(job, event), withdrawn=gone), NUMBER, EVENT, st.booleans()),
)  # fmt: skip
FILES = st.sampled_from(["a-pipeline.jsonl", "whatworks.jsonl", "z-pipeline.jsonl"])
STEP = st.one_of(
    st.tuples(FILES, st.lists(st.one_of(JOB, SAID), min_size=1, max_size=6)),
    st.just("built anew"),
)
Step = tuple[str, list[JobRecord | AnyJudgement]] | str


def tables(library: Library) -> list[list[Row]]:
    with library.snapshot() as snapshot:
        return [list(keyword_by_checkpoint(snapshot).records()), list(checkpoint_by_lora(snapshot).records())]


def counted_afresh(library: Library) -> list[list[Row]]:
    with library.snapshot() as snapshot:
        snapshot.carried = lambda _key, make: make(None)  # type: ignore[method-assign]
        return [list(keyword_by_checkpoint(snapshot).records()), list(checkpoint_by_lora(snapshot).records())]


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(JOB, st.integers(1, 5)), max_size=5), st.lists(STEP, min_size=1, max_size=5))
def test_a_kept_table_equals_one_counted_afresh(first: list[tuple[JobRecord, int]], steps: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        # Even when every job changed, the difference is added.
        patch.setattr(kept_table, "_FEW", 1)
        library = make_library(Path(folder), [each for job, stars in first for each in (job, rating(job, stars))])
        assert tables(library) == counted_afresh(library)
        for number, step in enumerate(steps):
            if isinstance(step, str):
                library = Library(library.root, Path(folder) / f"cache-{number}")
            else:
                append_lines(library.log_folder / step[0], [event_line(each) for each in step[1]])
            assert tables(library) == counted_afresh(library)


def count_tables(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note the number of jobs of every table that is counted."""
    counted: list[int] = []
    table = kept_table.table

    def noted(sample: kept_table.Sample, *groups: Any) -> Any:
        counted.append(len(sample.group))
        return table(sample, *groups)

    monkeypatch.setattr(kept_table, "table", noted)
    return counted


def test_only_the_prompts_that_a_change_touches_are_counted_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = make_library(tmp_path, rated_jobs(60))
    counted = count_tables(monkeypatch)
    before = tables(library)
    assert counted == [60, 60]
    assert tables(library) == before
    assert counted == [60, 60]
    library.append([selection(make_job(7), "rejected")], durable=False)
    # make_job(7) and (2) are of one prompt, whose jobs are counted before and after, in two tables.
    assert tables(library) == counted_afresh(library) != before
    assert counted == [60, 60, *[2] * 4, 60, 60]


def test_a_change_of_much_of_the_library_counts_all_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = make_library(tmp_path, rated_jobs(20))
    before = tables(library)
    counted = count_tables(monkeypatch)
    library.append([selection(make_job(number), "rejected") for number in range(20)], durable=False)
    assert tables(library) != before
    assert counted == [20, 20]


def test_an_older_view_that_is_still_open_is_answered_from_its_own_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = make_library(tmp_path, rated_jobs(20))
    with library.snapshot() as older:
        library.append([make_job(99), rating(make_job(99), 1)], durable=False)
        newer = tables(library)
        old = [list(ask(older).records()) for ask in (keyword_by_checkpoint, checkpoint_by_lora)]
    counted = count_tables(monkeypatch)
    assert tables(library) == newer
    assert counted == []
    assert old != newer == counted_afresh(library)
    assert sum(row["jobs"] for row in newer[1]) == sum(row["jobs"] for row in old[1]) + 1


def test_groups_that_hold_something_else_are_counted_afresh() -> None:
    columns = {"prompt": np.array([1, 2, 2, 2, 2], np.uint32)}

    def sample(some: kept_table.Columns) -> kept_table.Sample:
        one = np.ones(len(some["prompt"]), np.uint8)
        return kept_table.Sample(some["prompt"], one, (one,) * 6)

    starts, members = np.array([0, 0, 1, 2]), np.array([0, 1])
    kept = kept_table.brought_level(None, columns, starts, members, sample)
    for other in ((starts, members[::-1]), (np.array([0, 1, 2, 2]), members)):
        found = kept_table.brought_level(kept, columns, *other, sample).cells
        afresh = kept_table.brought_level(None, columns, *other, sample).cells
        assert found.member.tolist() == afresh.member.tolist()
        assert found.counts.tolist() == afresh.counts.tolist() != kept.cells.counts.tolist()


def test_a_table_that_was_handed_out_does_not_change(tmp_path: Path) -> None:
    library = make_library(tmp_path, rated_jobs(60))
    with library.snapshot() as snapshot:
        given_out = keyword_by_checkpoint(snapshot)
        before = list(given_out.records())
    library.append([make_job(99), rating(make_job(99), 1), rating(make_job(1), 5)], durable=False)
    tables(library)
    assert list(given_out.records()) == before
