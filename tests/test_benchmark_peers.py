"""The peers of the benchmarks answer the same questions with the same answers, in every layout."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import asked, duckdb_tables, plain_peer
from benchmarks.figure import Figure
from benchmarks.libraries import generated, linked, log_of
from benchmarks.questions import check, expectations, our_questions
from benchmarks.rows import Rows, read_rows, write_rows
from benchmarks.sqlite_peer import SQLite
from benchmarks.targets import TARGETS, Target, table, target_of
from learning_core.answers.tables import checkpoint_by_lora, keyword_by_checkpoint
from learning_core.stats.crosstab import CELL_COUNTS

Asking = tuple[Path, Rows, dict[str, Any], dict[str, list[int]]]
"""Folder, rows, what a right answer is recognised by, and the sums of the tables' columns."""

RECORDS = 1_500
PLACES = {1: 1e18, 2: 1.75e9}


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Asking:
    folder = tmp_path_factory.mktemp("peers")
    library = linked(generated(folder, RECORDS), folder, "library")
    rows = read_rows(log_of(library))
    with library.snapshot() as snapshot:
        expected = expectations(snapshot, asked.texts(rows))
        expected[asked.page_name(2)] = expected[asked.page_name(1)]
        for ask in our_questions(snapshot, asked.texts(rows), {1: 1e18}).values():
            ask()
        sums = {
            name: tabulate(snapshot).cells.counts.sum(axis=0).tolist()
            for name, tabulate in (
                (asked.KEYWORD_BY_CHECKPOINT, keyword_by_checkpoint),
                (asked.CHECKPOINT_BY_LORA, checkpoint_by_lora),
            )
        }
    return folder, rows, expected, sums


def test_sqlite_agrees(asking: Asking) -> None:
    _, rows, expected, sums = asking
    for name, ask in SQLite(rows).questions(asked.texts(rows), PLACES).items():
        answer = ask()
        check(name, answer, expected)
        if name in sums:
            counts = zip(*(row[2:] for row in answer), strict=True)
            assert [sum(each or 0 for each in column) for column in counts] == sums[name]


def test_pandas_agrees(asking: Asking) -> None:
    pytest.importorskip("pandas", reason="pandas comes with the benchmark extra")
    from benchmarks.pandas_peer import Pandas

    _, rows, expected, sums = asking
    for name, ask in Pandas(rows).questions(asked.texts(rows), PLACES).items():
        answer = ask()
        check(name, answer, expected)
        if name in sums:
            assert answer[list(CELL_COUNTS)].sum().astype(int).tolist() == sums[name]


def test_duckdb_agrees_in_every_layout(asking: Asking) -> None:
    pytest.importorskip("duckdb", reason="DuckDB comes with the benchmark extra")
    from benchmarks.duckdb_peer import DuckDB

    folder, rows, expected, sums = asking
    connection = duckdb_tables.connect(*write_rows(rows, folder), None)
    for name, layouts in DuckDB(connection).questions(asked.texts(rows), PLACES).items():
        for ask in layouts.values():
            answer = ask()
            check(name, answer, expected)
            if name in sums:
                assert [int(np.ma.filled(answer[count], 0).sum()) for count in CELL_COUNTS] == sums[name]
    connection.close()


def test_plain_python_agrees(asking: Asking) -> None:
    folder, _, expected, _ = asking
    records = plain_peer.load(generated(folder, RECORDS))
    for name, filtered in ((asked.COUNTS, False), (asked.COUNTS_FILTERED, True)):
        check(name, plain_peer.counts_by_value(records, filtered=filtered), expected)


def test_an_answer_that_differs_ends_the_run() -> None:
    with pytest.raises(AssertionError, match="a peer says 3, whatworks 4"):
        check(asked.BY_DAY, [1, 2, 3], {asked.BY_DAY: 4})


def test_a_target_is_met_only_when_every_bound_of_it_is() -> None:
    target = Target("questions", "page 1 ", "DuckDB", ratio=0.5, most=2, spread=3)
    good = Figure("questions", "page 1 of a filter", "ms", 2, "DuckDB, wide", 4, p99=6)
    assert target.fits(good)
    assert target.is_met(good)
    assert not target.fits(Figure("questions", "page 10 of a filter", "ms", 2, "DuckDB, wide", 4))
    for bad in (
        Figure("questions", "page 1 of a filter", "ms", 2, "DuckDB, wide", 3.9, p99=6),
        Figure("questions", "page 1 of a filter", "ms", 2.1, "DuckDB, wide", 9, p99=6),
        Figure("questions", "page 1 of a filter", "ms", 2, "DuckDB, wide", 4, p99=6.1),
    ):
        assert not target.is_met(bad)
    assert "≤ 2 ms" in table([good])


@pytest.mark.slow
def test_one_run_measures_every_target(tmp_path: Path) -> None:
    pytest.importorskip("duckdb", reason="DuckDB comes with the benchmark extra")
    pytest.importorskip("pandas", reason="pandas comes with the benchmark extra")
    from benchmarks.run import main

    report = tmp_path / "report.json"
    main(["--records", "2000", "--images", "10", "--folder", str(tmp_path / "work"), "--json", str(report)])
    names = ("subject", "name", "unit", "ours", "peer_name", "peer", "better", "p99", "peer_p99")
    figures = [Figure(**{name: each[name] for name in names}) for each in json.loads(report.read_text())["figures"]]
    found = {id(target_of(figure)) for figure in figures}
    assert [target for target in TARGETS if id(target) not in found] == []
    assert list((tmp_path / "work").iterdir()) == []
