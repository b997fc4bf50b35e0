"""The index is a cache: incremental, rebuilt or repaired, it gives the same bytes."""

import gc
import multiprocessing
import os
import shutil
import sqlite3
import threading
import weakref
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from library_factory import (
    make_job,
    make_library,
    rated_jobs,
    rating,
    reference,
    refresh_library,
    selection,
    tagging,
)

from learning_core.answers.items import get_items
from learning_core.answers.overview import library_overview
from learning_core.answers.records import search_records
from learning_core.answers.what_works import what_works
from learning_core.index.folder import Refreshed
from learning_core.index.opening import open_snapshot
from learning_core.index.reading import close_all
from learning_core.index.snapshot import Snapshot
from learning_core.library import Library
from learning_core.log.append import append_lines
from learning_core.log.events import event_line
from learning_core.log.seal import encode, seal
from learning_core.model.judgement import Note, Rating, Undo, Withdrawal


def answers(library: Library) -> list[str]:
    with library.snapshot() as snapshot:
        page = search_records(snapshot, limit=50, sort="best")
        found = [
            library_overview(snapshot),
            what_works(snapshot, "beach"),
            what_works(snapshot, "", where="rating:>=3"),
            page,
            search_records(snapshot, limit=50),
            get_items(snapshot, [item.ref for item in page.items[:5]]),
        ]
        return [answer.model_dump_json() for answer in found]


def judged_jobs(count: int = 60) -> list[object]:
    jobs = [make_job(number) for number in range(count)]
    said: list[object] = [rating(job, 1 + number % 5) for number, job in enumerate(jobs) if number % 3]
    said += [selection(job, "selected" if number % 2 else "rejected") for number, job in enumerate(jobs[:20])]
    return [*jobs, *said, tagging(jobs[0], "hands", "beach")]


def test_deleting_the_index_changes_no_answer_by_a_byte(tmp_path: Path) -> None:
    library = make_library(tmp_path, judged_jobs())  # type: ignore[arg-type]
    before = answers(library)
    shutil.rmtree(library.cache)
    assert answers(library) == before


def test_one_record_at_a_time_gives_the_same_index_as_all_at_once(tmp_path: Path) -> None:
    events = judged_jobs(25)
    slow = make_library(tmp_path / "slow")
    for event in events:
        slow.append([event], durable=False)  # type: ignore[list-item]
        slow.refresh()
    fast = make_library(tmp_path / "fast", events)  # type: ignore[arg-type]
    assert answers(slow) == answers(fast)


def test_a_level_index_is_left_alone(tmp_path: Path) -> None:
    library = make_library(tmp_path, judged_jobs(5))  # type: ignore[arg-type]
    library.refresh()
    path = library.index.current()
    assert path is not None
    before = path.stat().st_mtime_ns
    steps: list[tuple[int, int]] = []
    library.refresh(lambda done, total: steps.append((done, total)))
    assert (steps, library.index.current(), path.stat().st_mtime_ns) == ([], path, before)


def test_a_view_is_gone_as_soon_as_it_is_left(tmp_path: Path) -> None:
    library = make_library(tmp_path, judged_jobs(5))  # type: ignore[arg-type]
    gc.disable()
    try:
        with library.snapshot() as snapshot:
            assert search_records(snapshot, limit=5).shown == 5
            view = weakref.ref(snapshot)
        del snapshot
        assert view() is None
    finally:
        gc.enable()


@pytest.mark.skipif(os.name != "posix", reason="links and pipes of POSIX")
def test_of_what_is_named_like_a_log_only_plain_files_are_read(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(1)])
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(event_line(make_job(2)))
    (library.log_folder / "linked.jsonl").symlink_to(elsewhere)
    (library.log_folder / "loop.jsonl").symlink_to("loop.jsonl")
    (library.log_folder / "nowhere.jsonl").symlink_to("gone")
    (library.log_folder / "folder.jsonl").mkdir()
    os.mkfifo(library.log_folder / "pipe.jsonl")
    assert [path.name for path in library.index.log_files()] == ["linked.jsonl", "whatworks.jsonl"]
    assert len(library.index.entries()) == 6
    assert library.ask(lambda snapshot: snapshot.jobs) == 2


def test_building_reports_progress_up_to_the_whole_log(tmp_path: Path) -> None:
    library = make_library(tmp_path, judged_jobs(5))  # type: ignore[arg-type]
    steps: list[tuple[int, int]] = []
    library.refresh(lambda done, total: steps.append((done, total)))
    size = library.own_log.stat().st_size
    assert steps[-1] == (size, size)


def test_a_half_written_line_waits_and_then_counts(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(1)])
    line = event_line(make_job(2))
    with library.own_log.open("ab") as file:
        file.write(line[:30])
        file.flush()
        with library.snapshot() as snapshot:
            assert snapshot.jobs == 1
        file.write(line[30:])
    with library.snapshot() as snapshot:
        assert (snapshot.jobs, snapshot.inspection.refusals()) == (2, [])


def test_a_torn_line_costs_only_itself(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(1)])
    with library.own_log.open("ab") as file:
        file.write(event_line(make_job(2))[:50])
    library.append([make_job(3)], durable=False)
    with library.snapshot() as snapshot:
        assert snapshot.jobs == 2
        assert len(snapshot.inspection.refusals()) == 1


@pytest.mark.parametrize(
    "content",
    [
        {"kind": "job", "job_id": "x", "steps": "a"}, {"kind": "job", "job_id": "x", "timestamp_end": "now"},
        {"kind": "job", "job_id": "x", "prompt_positive": 5}, {"kind": "job", "job_id": "x", "loras": [7]},
        {"kind": "rating", "event_id": "e", "job_id": "x", "value": "many"},
        {"kind": "job", "job_id": "x", "notes": 5}, {"kind": "job", "job_id": "x", "prompt_negative": 5},
        {"kind": "job", "job_id": "x", "output_paths": 5}, {"kind": "job", "job_id": "x", "clip_skip": "two"},
        {"kind": "job", "job_id": "x", "distilled_cfg_scale": []}, {"kind": "job", "job_id": "x", "source_version": 5},
        {"kind": "job", "job_id": "x", "experiment": {"evidence": "controlled"}},
        {"kind": "job", "job_id": "x", "experiment": {"experiment_id": "e", "focus_parameter": 5}},
        {"kind": "note", "event_id": "e", "job_id": "job-1", "text": 5},
        {"kind": "note", "event_id": "e", "job_id": "job-1"},
        {"kind": "rating", "event_id": "e", "job_id": "job-1", "value": 5, "derived_value": "high"},
        {"kind": "curation", "event_id": "e", "job_id": "job-1", "decision": "keep", "soft_score": "high"},
    ],
)  # fmt: skip
def test_wrong_types_under_a_true_checksum_cost_their_line(tmp_path: Path, content: dict[str, object]) -> None:
    library = make_library(tmp_path, [make_job(1)])
    append_lines(library.own_log, [seal(content), event_line(make_job(2))])
    with library.snapshot() as snapshot:
        assert snapshot.known_job("job-1")
        assert snapshot.known_job("job-2")
        assert len(snapshot.inspection.refusals()) == 1
        assert len(get_items(snapshot, snapshot.references(range(snapshot.jobs)), detail="full").items) == 2


@pytest.mark.parametrize("damage", ["zeroed", "flipped", "another_job", "swapped_values"])
def test_a_line_changed_in_the_middle_is_never_shown_as_what_the_index_counted(tmp_path: Path, damage: str) -> None:
    jobs = [make_job(number, steps=20) for number in range(10, 30)]
    library = make_library(tmp_path)
    log = library.log_folder / "studio.jsonl"
    log.parent.mkdir(parents=True)
    lines = [encode(job.content()) for job in jobs]
    log.write_bytes(b"".join(lines))
    library.refresh()
    lines[9] = {
        "zeroed": bytes(len(lines[9]) - 1) + b"\n",
        "flipped": lines[9].replace(b"{", b"z", 1),
        "another_job": lines[9].replace(b"job-19", b"job-99"),
        "swapped_values": lines[9].replace(b'"steps":20', b'"steps":30'),
    }[damage]
    with log.open("r+b") as file:
        file.write(b"".join(lines))

    def shown(snapshot: Snapshot) -> tuple[dict[str, str | None], int]:
        rows = range(snapshot.jobs)
        items = get_items(snapshot, snapshot.references(rows)).items
        counted = snapshot.names("steps", snapshot.column("steps"))
        assert [item.settings["steps"] for item in items] == counted
        return {item.job_id: item.settings["steps"] for item in items}, snapshot.inspection.refusal_count()

    found = library.ask(shown)
    assert found == Library(library.root, tmp_path / "fresh").ask(shown)
    assert ("job-19" in found[0]) == (damage == "swapped_values")


def test_a_refresh_of_many_batches_does_not_wait_for_who_still_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("learning_core.index.extend.BATCH_BYTES", 100)
    library = make_library(tmp_path, [make_job(0)])
    with library.snapshot() as before:
        # What is read together is one batch.
        large = dict.fromkeys(("prompt_negative", "prompt_template", "negative_template"), "x" * 90_000)
        for number in range(1, 16):
            library.append([make_job(number, **large)], durable=False)
        refresh = threading.Thread(target=library.refresh)
        refresh.start()
        # SQLite would wait for the reader for half a minute.
        refresh.join(20)
        assert not refresh.is_alive()
        with library.snapshot() as after:
            assert (before.jobs, after.jobs) == (1, 16)


def test_loras_that_are_null_are_those_of_the_own_prompt(tmp_path: Path) -> None:
    library = make_library(tmp_path)
    prompts = {"first": "beach", "second": "beach <lora:soft-light:1>", "third": None}
    said = [{"kind": "job", "job_id": name, "prompt_positive": text, "loras": None} for name, text in prompts.items()]
    library.append_lines([seal(each) for each in said], durable=False)
    with library.snapshot() as snapshot:
        names = snapshot.values("lora_set") | {0: "unknown"}
        found = [names[int(number)] for number in snapshot.column("lora_set")]
    assert found == ["[]", '[["soft-light",1.0]]', "unknown"]


@pytest.mark.parametrize("field", [{"loras": [7]}, {"experiment": {"experiment_id": 5}}])
def test_a_refused_line_teaches_no_names_however_the_log_was_read(tmp_path: Path, field: dict[str, object]) -> None:
    library = make_library(tmp_path, [make_job(1)])
    refused = {"kind": "job", "job_id": "x", "model": "unheard-of"} | field
    append_lines(library.own_log, [seal(refused)])
    library.refresh()
    append_lines(library.own_log, [seal(refused), event_line(make_job(2))])
    with library.snapshot() as snapshot:
        assert set(snapshot.values("checkpoint").values()) == {make_job(1).model, make_job(2).model}


def test_a_rating_may_come_before_its_job(tmp_path: Path) -> None:
    job = make_job(1)
    library = make_library(tmp_path, [rating(job, 5)])
    with library.snapshot() as snapshot:
        assert snapshot.events_without_job() == 1
    library.append([job], durable=False)
    with library.snapshot() as snapshot:
        assert snapshot.standing(reference(job)).ratings == {None: 5}
        assert int(snapshot.column("rated").sum()) == 1


def test_a_superseded_rating_leaves_no_trace_in_the_counts_and_undo_brings_it_back(tmp_path: Path) -> None:
    job = make_job(1)
    first = Rating(event_id="a", job_id=job.job_id, value=1)
    second = Rating(event_id="b", job_id=job.job_id, value=5)
    plain = make_library(tmp_path / "plain", [job, first])
    library = make_library(tmp_path / "undone", [job, first, second])
    with library.snapshot() as snapshot:
        assert int(snapshot.column("rating_sum")[0]) == 5
    library.append([Undo(event_id="c", job_id=job.job_id, undone_event_id="b")], durable=True)
    with library.snapshot() as one, plain.snapshot() as other:
        assert what_works(one, "").model_dump_json() == what_works(other, "").model_dump_json()


def test_between_files_the_later_word_stands_whichever_file_is_read_first(tmp_path: Path) -> None:
    job = make_job(1)
    library = make_library(tmp_path, [job])
    for file, time, stars in (("z.jsonl", 10.0, 1), ("a.jsonl", 20.0, 5), ("m.jsonl", 15.0, 3)):
        said = Rating(event_id=file, job_id=job.job_id, value=stars, recorded_at=time)
        append_lines(library.log_folder / file, [event_line(said)])
        library.refresh()
    with library.snapshot() as snapshot:
        assert snapshot.standing(reference(job)).ratings == {None: 5}


def test_within_a_file_the_position_decides_and_never_the_clock(tmp_path: Path) -> None:
    job = make_job(1)
    library = make_library(tmp_path, [job])
    for time, stars in ((5e9, 1), (1.0, 4)):
        library.append([Rating(event_id=str(time), job_id=job.job_id, value=stars, recorded_at=time)], durable=False)
    with library.snapshot() as snapshot:
        assert snapshot.standing(reference(job)).ratings == {None: 4}


def test_a_withdrawn_job_is_no_evidence_until_it_is_put_back(tmp_path: Path) -> None:
    job = make_job(1)
    library = make_library(tmp_path, [job, rating(job, 5)])
    library.append([Withdrawal(event_id="w", job_id=job.job_id, withdrawn=True)], durable=False)
    with library.snapshot() as snapshot:
        assert what_works(snapshot, "").matched.jobs == 0
    library.append([Withdrawal(event_id="v", job_id=job.job_id, withdrawn=False)], durable=False)
    with library.snapshot() as snapshot:
        assert what_works(snapshot, "").matched.rated == 1


def test_the_same_job_twice_counts_once_and_other_content_is_a_conflict(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(1), make_job(1), make_job(1, steps=99)])
    with library.snapshot() as snapshot:
        assert snapshot.jobs == 1
        assert len(snapshot.inspection.conflicts()) == 1
        assert snapshot.job(reference(make_job(1)))["steps"] == make_job(1).steps


def test_a_later_line_of_a_job_updates_its_rating_and_note(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(1), make_job(1, user_rating=4, notes="good light")])
    with library.snapshot() as snapshot:
        assert snapshot.standing(reference(make_job(1))).ratings == {None: 4}
        assert snapshot.inspection.conflicts() == []
        assert get_items(snapshot, [reference(make_job(1))]).items[0].note == "good light"


@pytest.mark.parametrize("how", ["replaced", "truncated", "regrown", "tail_rewritten", "deleted", "renamed"])
def test_a_log_that_is_no_longer_the_same_file_is_read_anew(tmp_path: Path, how: str) -> None:
    library = make_library(tmp_path, [make_job(number) for number in range(6)])
    library.refresh()
    other = make_library(tmp_path / "other", [make_job(number) for number in range(20, 29)])
    text = other.own_log.read_bytes()
    if how == "replaced":
        other.own_log.replace(library.own_log)
    elif how == "truncated":
        os.truncate(library.own_log, library.own_log.read_bytes().index(b"\n") + 1)
    elif how == "regrown":
        with library.own_log.open("r+b") as file:
            file.truncate(0)
            file.write(text)
    elif how == "tail_rewritten":
        first = library.own_log.read_bytes().split(b"\n")[0] + b"\n"
        with library.own_log.open("r+b") as file:
            file.truncate(0)
            file.write(first + text)
    elif how == "deleted":
        library.own_log.unlink()
        append_lines(library.own_log, [event_line(make_job(40))])
    else:
        library.own_log.rename(library.own_log.with_name("older.jsonl"))
        append_lines(library.own_log, [event_line(make_job(40))])
    expected = {"replaced": 9, "truncated": 1, "regrown": 9, "tail_rewritten": 10, "deleted": 1, "renamed": 7}[how]
    with library.snapshot() as snapshot:
        assert snapshot.jobs == expected
        assert snapshot.known_job("job-5") is (how == "renamed")


@pytest.mark.parametrize("damage", ["random", "empty", "cut", "old_schema", "no_pointer", "bad_pointer"])
def test_a_damaged_index_is_rebuilt_with_the_same_answers(tmp_path: Path, damage: str) -> None:
    library = make_library(tmp_path, judged_jobs(20))  # type: ignore[arg-type]
    before = answers(library)
    path = library.index.current()
    assert path is not None
    if damage == "random":
        path.write_bytes(os.urandom(8192))
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:5000])
    elif damage == "old_schema":
        import sqlite3

        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA user_version = 0")
        connection.close()
    elif damage == "no_pointer":
        (library.cache / "current").unlink()
    else:
        (library.cache / "current").write_text("../../etc/passwd")
    assert answers(library) == before


def test_an_index_replaced_between_finding_and_opening_is_looked_for_again(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(1)])
    library.refresh()
    current = library.index.current()
    assert current is not None
    found = [Refreshed(tmp_path / "gone.sqlite", 0), Refreshed(current, 0)]
    with open_snapshot(lambda: found.pop(0), library.log_folder) as snapshot:
        assert snapshot.jobs == 1
    assert not (tmp_path / "gone.sqlite").exists()


def test_a_journal_taken_away_between_finding_and_opening_costs_no_record(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(1)])
    library.refresh()
    library.append([make_job(2)], durable=False)
    taken = []

    def find() -> Refreshed:
        found = library.index.refresh()
        if not taken:
            taken.append(found.path)
            without_journal = found.path.read_bytes()
            close_all()
            for suffix in ("-wal", "-shm"):
                found.path.with_name(found.path.name + suffix).unlink(missing_ok=True)
            found.path.write_bytes(without_journal)
        return found

    with open_snapshot(find, library.log_folder) as snapshot:
        assert snapshot.jobs == 2
        assert snapshot.stale == ""
    assert library.index.current() not in (None, *taken)


@pytest.mark.parametrize("damage", ["no_table", "no_text", "after_it_was_found"])
def test_an_index_that_breaks_while_it_is_asked_is_made_anew_for_the_same_question(tmp_path: Path, damage: str) -> None:
    library = make_library(tmp_path, rated_jobs(20))
    library.refresh()
    path = library.index.current()
    assert path is not None
    if damage == "after_it_was_found":
        found = [Refreshed(path, 0)]
        path.write_bytes(b"no database " * 1000)
        with open_snapshot(lambda: found.pop() if found else library.index.refresh(), library.log_folder) as snapshot:
            assert snapshot.jobs == 20
    else:
        change = {"no_table": "DROP TABLE tag", "no_text": "UPDATE value SET display = CAST(x'ff41' AS TEXT)"}[damage]
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(change)
        assert library.ask(library_overview) == Library(library.root, tmp_path / "fresh").ask(library_overview)


def test_a_damaged_index_that_cannot_be_extended_is_made_anew(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(1)])
    library.refresh()
    path = library.index.current()
    assert path is not None
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE value SET display = CAST(x'ff41' AS TEXT)")
    library.append([make_job(1, steps=33), make_job(2)], durable=False)
    with library.snapshot() as snapshot:
        assert snapshot.jobs == 2
        assert snapshot.stale == ""


def test_several_processes_refresh_at_once_without_an_error(tmp_path: Path) -> None:
    library = make_library(tmp_path, judged_jobs(60))  # type: ignore[arg-type]
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=refresh_library, args=(library.root, library.cache)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0, 0]
    fresh = Library(library.root, tmp_path / "fresh-cache")
    assert answers(library) == answers(fresh)


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["a.jsonl", "b.jsonl"]),
        st.sampled_from(["job", "other_job", "rating", "undo", "note", "withdrawal"]),
        st.integers(0, 3),
        st.integers(1, 5),
        st.booleans(),
    ),
    max_size=25,
)


@example(
    steps=[
        ("a.jsonl", "rating", 0, 1, False), ("a.jsonl", "rating", 0, 5, False), ("a.jsonl", "job", 1, 1, False),
        ("b.jsonl", "other_job", 1, 1, True), ("a.jsonl", "job", 1, 1, False),
    ]
)  # fmt: skip
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(EVENTS)
def test_any_order_of_writing_and_refreshing_over_two_files_gives_the_index_of_a_fresh_build(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, int, int, bool]]
) -> None:
    root = tmp_path_factory.mktemp("library")
    library = Library(root, root / "cache")
    for number, (file, kind, which, value, refresh) in enumerate(steps):
        job = make_job(which)
        about = {"event_id": f"e{number}", "job_id": job.job_id, "recorded_at": float((number * 7) % 5)}
        event = {
            "job": job,
            "other_job": make_job(which, steps=value),
            "rating": Rating(value=value, **about),  # type: ignore[arg-type]
            "undo": Undo(undone_event_id=f"e{value}", **about),  # type: ignore[arg-type]
            "note": Note(text=f"note {value}", **about),  # type: ignore[arg-type]
            "withdrawal": Withdrawal(withdrawn=value > 3, **about),  # type: ignore[arg-type]
        }[kind]
        append_lines(library.log_folder / file, [event_line(event)])  # type: ignore[arg-type]
        if refresh:
            library.refresh()
    assert answers(library) == answers(Library(root, root / "fresh"))
