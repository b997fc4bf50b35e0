"""CSV, JSON and JSON lines: what was stored comes back, and no cell becomes a formula."""

import csv
import io
import json
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from library_factory import make_job, make_library, note, rated_jobs, rating, reference, selection, tagging

from learning_core.answers.answer import By
from learning_core.answers.pairs import Side, pairs
from learning_core.answers.what_works import what_works
from learning_core.audit import AuditChain
from learning_core.errors import QuestionError, TargetRefused
from learning_core.exports.export import Exported, Table, export_table
from learning_core.exports.rows import FEEDBACK_COLUMNS, RECORD_COLUMNS, STATISTICS_COLUMNS
from learning_core.exports.tables import Form, cell, write_table
from learning_core.library import Library
from learning_core.model.judgement import Undo, Withdrawal

HOSTILE = [
    '=HYPERLINK("http://x","y")', "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "'=1",
    "''@x", "＝1", "a,b;c\"d'e", "line\nbreak\r\nand more", "NUL \0 inside", "\u202ereversed", "'quoted'", "-", "",
    "日本 🏖", "</script><script>", "{{7*7}}", "-hands, blurry",
]  # fmt: skip


def export(library: Library, target: Path, table: Any, form: Form, **options: Any) -> Exported:
    return export_table(library, target, table, form, at=1.0, actor="person", **options)


def read(path: Path) -> list[dict[str, Any]]:
    text = path.read_bytes().decode("utf-8-sig")
    if path.suffix == ".csv":
        return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    return json.loads(text) if path.suffix == ".json" else [json.loads(line) for line in text.split("\n") if line]


def without_apostrophe(text: str) -> str:
    """Undo what `cell` does, as its documentation says."""
    return text[1:] if text.startswith("'") and cell(text[1:]) == text else text


@pytest.mark.parametrize("form", ["csv", "json", "jsonl"])
def test_every_text_comes_back_exactly(form: Form, tmp_path: Path) -> None:
    jobs = [make_job(number, prompt_positive=text, seed=2**64 + number) for number, text in enumerate(HOSTILE)]
    library = make_library(tmp_path, jobs)
    path = tmp_path / f"records.{form}"
    assert export(library, path, "records", form).rows == len(HOSTILE)
    rows = read(path)
    undo = without_apostrophe if form == "csv" else str
    assert [undo(row["positive_prompt"]) for row in rows] == HOSTILE
    assert [row["seed"] for row in rows] == [str(2**64 + number) for number in range(len(HOSTILE))]
    assert list(rows[0]) == list(RECORD_COLUMNS)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_begins_like_a_formula(text: str) -> None:
    assert cell(text).lstrip()[:1] not in set("=+-@＝＋－＠\t\r\n") - {""}


@pytest.mark.parametrize("text", ["-2", "+3.5", "1e-05", "-0.25", "28"])
def test_numbers_stay_numbers(text: str) -> None:
    assert cell(text) == text
    assert cell(float(text)) == str(float(text))


@given(st.text())
def test_any_text_survives_a_csv_cell(text: str) -> None:
    stream = io.BytesIO()
    write_table(stream, ["text", "other"], [{"text": text, "other": 1}], "csv")
    ((_, _), (read_text, other)) = csv.reader(io.StringIO(stream.getvalue().decode(), newline=""), strict=True)
    assert without_apostrophe(read_text) == text
    assert other == "1"


def test_a_record_says_what_stands_and_where_its_line_is(tmp_path: Path) -> None:
    job = make_job(1, cfg_scale=6.5, output_paths=["a.png", "b;c.png"])
    said = [rating(job, 2), rating(job, 5, image_index=None).model_copy(update={"event_id": "again"})]
    library = make_library(tmp_path, [make_job(0), job, *said, selection(job, "selected"), tagging(job, "=x", "y")])
    library.append([note(job, "calm\nlight")], durable=False)
    export(library, tmp_path / "a.json", "records", "json")
    row = read(tmp_path / "a.json")[1]
    assert (row["ref"], row["job_id"]) == (reference(job), "job-1")
    assert (row["steps"], row["cfg_scale"], row["rating"], row["selection"]) == (20, 6.5, 5.0, "selected")
    assert (row["tags"], row["note"], row["images"]) == (["=x", "y"], "calm\nlight", ["a.png", "b;c.png"])
    assert row["log_file"] == "whatworks.jsonl"
    assert library.own_log.read_bytes()[row["log_offset"] :].startswith(
        b'{"kind":"job","schema_version":1,"job_id":"job-1"'
    )
    export(library, tmp_path / "a.csv", "records", "csv")
    csv_row = read(tmp_path / "a.csv")[1]
    assert (csv_row["tags"], csv_row["images"], csv_row["cfg_scale"]) == ("'=x; y", "a.png; b;c.png", "6.5")


def test_records_are_in_the_order_of_time_and_filtered(rated_library: Library, tmp_path: Path) -> None:
    export(rated_library, tmp_path / "a.jsonl", "records", "jsonl")
    assert [row["job_id"] for row in read(tmp_path / "a.jsonl")] == [f"job-{number}" for number in range(60)]
    export(rated_library, tmp_path / "b.jsonl", "records", "jsonl", where="sampler:unipc rating:>=3")
    kept = read(tmp_path / "b.jsonl")
    assert kept and {row["sampler"] for row in kept} == {"UniPC"} and min(row["rating"] for row in kept) >= 3
    with pytest.raises(QuestionError):
        export(rated_library, tmp_path / "c.jsonl", "records", "jsonl", where="nonsense:1")
    assert not (tmp_path / "c.jsonl").exists()


def test_records_that_came_in_any_order_are_written_the_oldest_first(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(number) for number in (3, 1, 2, 0)])
    export(library, tmp_path / "a.jsonl", "records", "jsonl")
    assert [row["job_id"] for row in read(tmp_path / "a.jsonl")] == ["job-0", "job-1", "job-2", "job-3"]


def test_feedback_holds_every_event_and_whether_it_stands(tmp_path: Path) -> None:
    job, gone = make_job(1), make_job(2)
    events = [
        job, gone, rating(job, 2), rating(job, 4).model_copy(update={"event_id": "later"}), tagging(job, "keeper"),
        selection(job, "rejected"), Undo(event_id="u", job_id=job.job_id, undone_event_id=f"pick:{job.job_id}"),
        Withdrawal(event_id="w", job_id=gone.job_id, withdrawn=True), rating(make_job(9), 3),
    ]  # fmt: skip
    library = make_library(tmp_path, events)
    assert export(library, tmp_path / "f.csv", "feedback", "csv").rows == 7
    rows = read(tmp_path / "f.csv")
    assert list(rows[0]) == list(FEEDBACK_COLUMNS)
    assert {row["event_id"]: row["stands"] for row in rows} == {
        "stars:job-1": "false", "later": "true", "tags:job-1": "true", "pick:job-1": "false", "u": "true",
        "w": "true", "stars:job-9": "true",
    }  # fmt: skip
    assert [row["job_in_log"] for row in rows] == ["true"] * 6 + ["false"]
    assert export(library, tmp_path / "g.csv", "feedback", "csv", where="rating:4").rows == 5


def test_statistics_are_those_of_the_answer_in_full(rated_library: Library, tmp_path: Path) -> None:
    export(rated_library, tmp_path / "s.json", "statistics", "json", where="harbour")
    rows = read(tmp_path / "s.json")
    assert list(rows[0]) == list(STATISTICS_COLUMNS)
    with rated_library.snapshot() as snapshot:
        answer = what_works(snapshot, "", by=["sampler"], where="harbour", limit=50)
    ranked = answer.parameters[0].ranked
    found = [
        (row["value"], row["n"], row["estimate"], row["low"], row["high"])
        for row in rows
        if row["parameter"] == "sampler"
    ]
    assert found == [(each.setting, each.n, each.value, each.low, each.high) for each in ranked]


def test_tables_of_two_names_add_up_to_what_was_judged(rated_library: Library, tmp_path: Path) -> None:
    for table in ("keywords", "loras", "days"):
        export(rated_library, tmp_path / f"{table}.json", table, "json")
    with rated_library.snapshot() as snapshot:
        answer = what_works(snapshot, "harbour", by=["checkpoint"], limit=99)
        expected = {each.setting: (each.n_rated, each.n_selected) for each in answer.parameters[0].ranked}
        jobs = snapshot.jobs
    found = {
        row["checkpoint"]: (row["rated"], row["selected"])
        for row in read(tmp_path / "keywords.json")
        if row["keyword"] == "harbour"
    }
    assert found == expected
    assert sum(row["jobs"] for row in read(tmp_path / "days.json")) == jobs
    assert {row["lora"] for row in read(tmp_path / "loras.json")} == {"(no LoRA)"}
    with pytest.raises(QuestionError, match="leave the filter out"):
        export(rated_library, tmp_path / "k.csv", "keywords", "csv", where="steps:20")


@pytest.mark.parametrize(
    ("table", "rows", "by"), [("keywords", "keyword", "checkpoint"), ("loras", "checkpoint", "lora")]
)
def test_tables_of_two_names_hold_what_the_answer_about_pairs_says(
    table: Table, rows: Side, by: By, rated_library: Library, tmp_path: Path
) -> None:
    export(rated_library, tmp_path / "t.json", table, "json")
    answer = rated_library.ask(lambda snapshot: pairs(snapshot, rows, by, limit=100, values=99))
    expected = {
        (pair.name, each.setting): (each.value, each.low, each.high, each.effective_n, each.strength, each.tier)
        for pair in answer.pairs
        for each in pair.parameter.ranked
    }
    names = ("estimate", "low", "high", "effective_n", "strength", "tier")
    found = {
        (row[rows], row[by]): tuple(row[name] for name in names) for row in read(tmp_path / "t.json") if row["estimate"]
    }
    assert found == expected != {}


def test_figures_of_earlier_systems_stand_in_columns_that_say_so(tmp_path: Path) -> None:
    events: list[Any] = []
    for number in range(30):
        job = make_job(number, prompt_positive=f"beach {number}", sampler="UniPC" if number < 5 else "Euler a")
        events += [job, rating(job, 5 if number % 5 < 3 else 2)]
    library = make_library(tmp_path, events)
    for table in ("statistics", "keywords", "loras"):
        export(library, tmp_path / f"{table}.json", table, "json")
    sampler = {row["value"]: row for row in read(tmp_path / "statistics.json") if row["parameter"] == "sampler"}
    assert (sampler["UniPC"]["legacy_rate"], sampler["UniPC"]["legacy_confidence"]) == (0.6, 0.25)
    assert (sampler["Euler a"]["legacy_rate"], sampler["Euler a"]["legacy_confidence"]) == (0.6, 1.0)
    assert 0.4 < sampler["UniPC"]["estimate"] < 0.6
    for name in ("keywords", "loras"):
        rows = [row for row in read(tmp_path / f"{name}.json") if row.get("keyword", "beach") == "beach"]
        assert {row["legacy_outcome"] for row in rows} == {"rated_4_or_5"}
        assert [row["legacy_confidence"] for row in rows] == [0.75, 0.75]
        assert all(row["legacy_rate"] == round(row["liked"] / row["rated"], 4) for row in rows)


def test_legacy_figures_never_mix_selections_with_stars(tmp_path: Path) -> None:
    jobs = [make_job(number, prompt_positive="beach") for number in range(6)]
    said = [selection(job, "rejected" if job.seed == 2**53 else "selected") for job in jobs]
    library = make_library(tmp_path, [*jobs, *said, rating(jobs[1], 1)])
    export(library, tmp_path / "k.json", "keywords", "json")
    rows = {row["checkpoint"]: row for row in read(tmp_path / "k.json")}
    assert {row["legacy_outcome"] for row in rows.values()} == {"selected"}
    assert [rows[name]["legacy_rate"] for name in sorted(rows)] == [1.0, 0.6667]
    unjudged = make_library(tmp_path / "other", [make_job(0)])
    export(unjudged, tmp_path / "u.json", "keywords", "json")
    assert {(row["legacy_rate"], row["legacy_confidence"]) for row in read(tmp_path / "u.json")} <= {(None, 0.0)}


@pytest.mark.parametrize("form", ["csv", "json", "jsonl"])
def test_an_empty_library_gives_an_empty_table(form: Form, tmp_path: Path) -> None:
    library = make_library(tmp_path)
    for table in get_args(Table):
        export(library, tmp_path / f"{table}.{form}", table, form)
        assert read(tmp_path / f"{table}.{form}") == []
    assert not library.root.exists()


def test_the_same_log_gives_the_same_bytes_whatever_the_index(tmp_path: Path) -> None:
    library = make_library(tmp_path, rated_jobs(30))
    library.refresh()
    library.append(rated_jobs(50)[40:], durable=False)
    library.refresh()
    again = Library(library.root, tmp_path / "fresh cache")
    for table in get_args(Table):
        export(library, tmp_path / "a.csv", table, "csv", replace=True)
        export(again, tmp_path / "b.csv", table, "csv", replace=True)
        assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_a_file_is_kept_and_an_export_is_noted(rated_library: Library, tmp_path: Path) -> None:
    export(rated_library, tmp_path / "a.csv", "records", "csv", bom=True)
    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbfref,")
    with pytest.raises(TargetRefused, match="exists already"):
        export(rated_library, tmp_path / "a.csv", "records", "csv")
    (entry,) = AuditChain(rated_library.root).entries()
    assert (entry.action, entry.details["rows"]) == ("export", 60)
