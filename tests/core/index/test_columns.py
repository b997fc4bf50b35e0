import sqlite3

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_core.index.blobs import DamagedBlob
from learning_core.index.columns import SEGMENT_ROWS, TYPES, Segments, decode, encode, gather
from learning_core.index.held_columns import HeldColumns
from learning_core.index.loaded import Loaded

FIELD = "checkpoint"


@pytest.fixture
def sql() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE TABLE segment(field TEXT, number INTEGER, generation INTEGER, data BLOB, UNIQUE(field, number))"
    )
    connection.execute("CREATE INDEX segment_of_generation ON segment(generation, field, number)")
    return connection


@given(st.lists(st.integers(0, 2**64 - 1), max_size=50), st.sampled_from([0, 2**8, 2**16, 2**32, 2**63]))
def test_integers_come_back_exactly_in_the_narrowest_type(values: list[int], above: int) -> None:
    column = np.array([min(value % 300 + above, 2**64 - 1) for value in values] + values[:1], np.uint64)
    found = decode(encode(column), "key")
    assert found.tolist() == column.tolist()
    if len(column):
        assert found.dtype == np.min_scalar_type(int(column.max()))


@given(st.lists(st.floats(allow_nan=False, width=64), max_size=20))
def test_times_come_back_bit_for_bit(values: list[float]) -> None:
    column = np.array(values, TYPES["time"])
    assert decode(encode(column), "time").tobytes() == column.tobytes()


def test_a_narrow_span_of_large_numbers_takes_few_bytes() -> None:
    offsets = np.arange(SEGMENT_ROWS, dtype=np.uint64) + np.uint64(2**50)
    assert len(encode(offsets)) < SEGMENT_ROWS * 2 + 100


@pytest.mark.parametrize("value", [0, 7, 2**40])
def test_values_that_are_all_alike_take_next_to_nothing(value: int) -> None:
    column = np.full(SEGMENT_ROWS, value, np.uint64)
    assert len(encode(column)) < 40
    found = decode(encode(column), "key")
    assert (found.tolist(), found.flags.writeable) == (column.tolist(), False)


STEPS = st.lists(
    st.dictionaries(st.integers(0, 3 * SEGMENT_ROWS), st.integers(0, 70_000), min_size=1, max_size=6), max_size=5
)


@settings(deadline=None, max_examples=40)
@given(STEPS)
def test_rows_set_batch_by_batch_are_those_of_a_plain_array(steps: list[dict[int, int]]) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE TABLE segment(field TEXT, number INTEGER, generation INTEGER, data BLOB, UNIQUE(field, number))"
    )
    connection.execute("CREATE INDEX segment_of_generation ON segment(generation, field, number)")
    plain = np.zeros(4 * SEGMENT_ROWS, np.int64)
    loaded = Loaded()
    views: list[tuple[object, object]] = []
    rows_so_far = 0
    for generation, step in enumerate(steps, 1):
        segments = Segments(connection)
        rows = np.array(list(step), np.int64)
        segments.set({FIELD: np.array(list(step.values()), np.uint32)}, rows)
        segments.flush(generation)
        plain[rows] = list(step.values())
        rows_so_far = max(rows_so_far, int(rows.max()) + 1)
        column = loaded.column(connection, FIELD, rows_so_far, generation)
        assert column.tolist() == plain[:rows_so_far].tolist()
        assert gather(connection, FIELD, rows).tolist() == plain[rows].tolist()
        views.append((column, column.copy()))
    # What an answer has in its hands must not change while a later one brings the columns level.
    assert all(np.array_equal(view, copy) for view, copy in views)


def test_an_older_view_is_read_afresh_and_leaves_the_kept_one_alone(sql: sqlite3.Connection) -> None:
    loaded = Loaded()
    segments = Segments(sql)
    for generation, value in ((1, 5), (2, 6)):
        segments.set({FIELD: np.array([value], np.uint32)}, np.array([0]))
        segments.flush(generation)
    assert loaded.column(sql, FIELD, 1, 2).tolist() == [6]
    assert loaded.column(sql, FIELD, 1, 1).tolist() == [6]
    assert loaded.column(sql, FIELD, 1, 2).tolist() == [6]


def test_rows_of_prompts_are_those_of_a_plain_search_while_the_column_grows() -> None:
    loaded = Loaded()
    generator = np.random.default_rng(1)
    store = np.zeros(30_000, np.uint32)
    for rows in (0, 10, 3_000, 3_001, 9_000, 20_000):
        store[:rows] = np.sort(generator.integers(0, 500, 30_000))[:rows]
        column = store[:rows]
        loaded = Loaded() if rows < 9_000 else loaded
        for prompts in ([], [3], [3, 77, 499, 100_000]):
            wanted = np.array(prompts, np.int64)
            expected = np.flatnonzero(np.isin(column, wanted))
            assert loaded.rows_of_prompts(column, wanted).tolist() == expected.tolist()
        loaded = Loaded()


def test_rows_that_changed_since_are_told_and_rows_that_were_added_are_not(sql: sqlite3.Connection) -> None:
    held, segments = HeldColumns(), Segments(sql)
    steps = [{0: 1, 1: 2}, {1: 3, 2: 4}, {3: 5}, {0: 6, 5_000: 7}]
    rows = 0
    for generation, step in enumerate(steps, 1):
        segments.set({FIELD: np.array(list(step.values()), np.uint32)}, np.array(list(step)))
        segments.flush(generation)
        rows = max(rows, *step) + 1
        held.column(sql, FIELD, rows, generation)
    told = {since: held.changed_rows(since) for since in range(5)}
    assert {since: None if rows is None else rows.tolist() for since, rows in told.items()} == {
        0: [0, 1], 1: [0, 1], 2: [0], 3: [0], 4: [],
    }  # fmt: skip


def test_of_changes_long_ago_nothing_is_known(sql: sqlite3.Connection) -> None:
    held, segments = HeldColumns(), Segments(sql)
    for generation in range(1, 100):
        segments.set({FIELD: np.array([generation], np.uint32)}, np.array([0]))
        segments.flush(generation)
        held.column(sql, FIELD, 1, generation)
    assert held.changed_rows(1) is None
    assert held.changed_rows(98).tolist() == [0]


def test_what_could_not_be_read_is_told_once_it_can(sql: sqlite3.Connection) -> None:
    held, segments = HeldColumns(), Segments(sql)
    for generation in (1, 2):
        segments.set({name: np.array([generation], np.uint32) for name in (FIELD, "steps")}, np.array([0]))
        segments.flush(generation)
        if generation == 1:
            for name in (FIELD, "steps"):
                held.column(sql, name, 1, 1)
    (whole,) = sql.execute("SELECT data FROM segment WHERE field = 'steps'").fetchone()
    sql.execute("UPDATE segment SET data = x'0000000001' WHERE field = 'steps'")
    with pytest.raises(DamagedBlob):
        held.bring_level(sql, 1, 2)
    sql.execute("UPDATE segment SET data = ? WHERE field = 'steps'", (whole,))
    assert held.column(sql, FIELD, 1, 2).tolist() == [2]
    assert held.changed_rows(1).tolist() == [0]
