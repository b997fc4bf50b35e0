import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_core.index import keys
from learning_core.index.keys import SortedKeys


@contextmanager
def small_leaves() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE TABLE leaf(name TEXT, level INTEGER, first INTEGER, keys BLOB, rows BLOB, UNIQUE(name, level, first))"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "LEAF_KEYS", 4)
        patch.setattr(keys, "_GROWTH", 2)
        patch.setattr(keys, "_FEW", 3)
        yield connection


KEY = st.one_of(st.integers(0, 12), st.integers(0, 2**64 - 1))


def pairs_of(found: tuple[object, object]) -> list[tuple[int, int]]:
    return sorted(zip(found[0].tolist(), found[1].tolist(), strict=True))  # type: ignore[attr-defined]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.lists(KEY, max_size=9), st.booleans()), max_size=8), st.lists(KEY, max_size=8))
def test_every_row_of_a_key_is_found_whatever_was_added_when(
    batches: list[tuple[list[int], bool]], wanted: list[int]
) -> None:
    with small_leaves() as connection:
        held = SortedKeys(connection, "job")
        SortedKeys(connection, "other").add(np.array([1, 2], np.uint64), np.array([90, 91]))
        expected: list[tuple[int, int]] = []
        for batch, reopened in batches:
            rows = range(len(expected), len(expected) + len(batch))
            if reopened:
                held = SortedKeys(connection, "job")
            held.add(np.array(batch, np.uint64), np.array(rows, np.int64))
            expected += zip(batch, rows, strict=True)
            for asked in (wanted, wanted[:1], [key for key, _ in expected]):
                matching = sorted(pair for pair in expected if pair[0] in set(asked))
                assert pairs_of(held.find(np.array(asked, np.uint64))) == matching
                assert pairs_of(SortedKeys(connection, "job").find(np.array(asked, np.uint64))) == matching


def test_a_key_with_more_rows_than_a_leaf_holds_keeps_them_all() -> None:
    with small_leaves() as connection:
        held = SortedKeys(connection, "event_of_job")
        held.add(np.array([7] * 50 + [8], np.uint64), np.arange(51))
        found = SortedKeys(connection, "event_of_job").find(np.array([7], np.uint64))
        assert sorted(found[1].tolist()) == list(range(50))


def test_few_new_keys_rewrite_only_the_first_level() -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE TABLE leaf(name TEXT, level INTEGER, first INTEGER, keys BLOB, rows BLOB, UNIQUE(name, level, first))"
    )
    many = np.arange(200_000, dtype=np.uint64)
    SortedKeys(connection, "job").add(many * 7919, many)
    before = connection.total_changes
    SortedKeys(connection, "job").add(np.array([3], np.uint64), np.array([200_000]))
    assert connection.total_changes - before <= 2
    assert SortedKeys(connection, "job").find(np.array([3, 7919 * 5], np.uint64))[1].tolist() == [200_000, 5]
