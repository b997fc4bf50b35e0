"""Comparing the index with one made from scratch: what it read must still be what the log says.

A byte changed in the middle of a file, without a change of its size, its beginning or its end, is invisible to
reading on from where one stopped. This finds it by the checksum of each line that stands for a job or an event.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import get_args

import numpy as np

from learning_core.answers.answer import By
from learning_core.answers.background import USUAL
from learning_core.answers.overview import library_overview
from learning_core.answers.what_works import what_works
from learning_core.health.findings import SHOWN, Finding, file_text, not_all
from learning_core.health.index_state import REBUILD
from learning_core.health.places import line_numbers
from learning_core.index.columns import NAMED, NAMED_BY_JUDGEMENTS, TYPES, Column, PromptField
from learning_core.index.folder import IndexFolder
from learning_core.index.inspection import Row
from learning_core.index.opening import open_snapshot
from learning_core.index.snapshot import Snapshot
from learning_core.library import Library
from learning_core.log import lock

LOCK_SECONDS = 600.0
_COLUMNS = sorted(set(TYPES) - {"place", "event"})
Progress = Callable[[int, int], None]
Difference = tuple[str, int]
"""File and byte offset of a line that the index read differently."""


def compare(library: Library, snapshot: Snapshot, progress: Progress | None) -> Iterator[Finding]:
    """Build a second index in a folder of its own and yield where they differ; raises IndexUnavailable, OSError.

    Bounded memory: rows are walked side by side, columns are compared one at a time. `progress` is called with the
    bytes of log indexed and in all. Writers may go on: lines that came after the snapshot are not compared.
    """
    read = {cursor.name: cursor.offset for cursor in snapshot.inspection.cursors()}
    # A column that cannot be read must be blamed on this index, not on the fresh one.
    for name in _COLUMNS:
        snapshot.column(name)
    with _fresh(library, progress) as fresh:
        grown = {cursor.name: cursor.offset for cursor in fresh.inspection.cursors()} != read
        found, total = _lines(snapshot, fresh, read)
        yield from _changed(library, found)
        yield from not_all("changed lines", total)
        differing = [] if total or grown else [*_columns(snapshot, fresh), *_answers(snapshot, fresh)]
    if differing:
        yield Finding(
            level="problem",
            check="comparison",
            what=f"The index differs from a fresh one in: {', '.join(differing)}.",
            file=file_text(library.cache),
            remedy=REBUILD.format(file_text(library.cache)),
        )
    elif grown:
        yield Finding(
            level="warning",
            check="comparison",
            what="The log grew during the check, so only what was read before was compared, and no answers.",
            remedy="Run it again while nothing writes.",
        )
    elif not total:
        what = "The index gives the same rows and answers as one made from scratch."
        yield Finding(level="ok", check="comparison", what=what)


@contextmanager
def _fresh(library: Library, progress: Progress | None) -> Iterator[Snapshot]:
    folder = library.cache / "comparison"
    with lock.held(library.cache / "comparison.lock", LOCK_SECONDS):
        shutil.rmtree(folder, ignore_errors=True)
        try:
            index = IndexFolder(folder, library.log_folder)
            with open_snapshot(lambda: index.refresh(progress), library.log_folder) as snapshot:
                yield snapshot
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _lines(old: Snapshot, new: Snapshot, read: dict[str, int]) -> tuple[list[Difference], int]:
    """Return the first places in what was `read` where the two say something else, and how many there are."""
    found: list[Difference] = []
    total = 0
    before, after = old.inspection, new.inspection
    for mine, other in ((before.job_rows(), after.job_rows()), (before.event_rows(), after.event_rows())):
        for place in _differing(mine, other):
            if place[1] < read.get(place[0], 0):
                total += 1
                if len(found) < SHOWN:
                    found.append(place)
    return sorted(set(found)), total


def _differing(old: Iterator[Row], new: Iterator[Row]) -> Iterator[Difference]:
    """Walk two sequences in the order of their keys and yield the place of each row that only one of them has."""
    mine, other = next(old, None), next(new, None)
    while mine is not None or other is not None:
        if mine == other:
            mine, other = next(old, None), next(new, None)
        elif other is None or (mine is not None and mine[0] < other[0]):
            assert mine is not None  # noqa: S101  they are not both None
            yield mine[1], mine[2]
            mine = next(old, None)
        else:
            yield other[1], other[2]
            if mine is not None and mine[0] == other[0]:
                mine = next(old, None)
            other = next(new, None)


def _changed(library: Library, places: list[Difference]) -> Iterator[Finding]:
    for name in sorted({name for name, _ in places}):
        path = library.log_folder / name
        offsets = [offset for each, offset in places if each == name]
        numbers = line_numbers(path, offsets)
        for offset in offsets:
            yield Finding(
                level="problem",
                check="comparison",
                what="This line no longer says what the index read there: bytes of it changed.",
                file=file_text(path),
                line=numbers.get(offset),
                offset=offset,
                remedy="Compare it with a backup of the log and restore the file if the change was not meant. "
                + REBUILD.format(file_text(library.cache)),
            )


def _columns(old: Snapshot, new: Snapshot) -> Iterator[str]:
    """Yield the names of the columns that differ; rows are brought into the order of the jobs' keys."""
    first, second = np.argsort(old.column("key")), np.argsort(new.column("key"))
    for name in _COLUMNS:
        mine, other = old.column(name)[first], new.column(name)[second]
        if name in (*NAMED, *NAMED_BY_JUDGEMENTS):
            same = np.array_equal(*_translated(name, old, mine, new, other))
        elif name in get_args(PromptField):
            same = _same_classes(mine, other)
        else:
            same = np.array_equal(mine, other)
        if not same:
            yield name


def _translated(name: str, old: Snapshot, mine: Column, new: Snapshot, other: Column) -> tuple[Column, Column]:
    """Numbers of values differ between two indexes; what they stand for must not."""
    texts = sorted({*old.same_keys(name).values(), *new.same_keys(name).values()})
    place = {text: number for number, text in enumerate(texts, 1)}
    return _numbered(old.same_keys(name), place, mine), _numbered(new.same_keys(name), place, other)


def _numbered(keys: dict[int, str], place: dict[str, int], column: Column) -> Column:
    table = np.zeros(int(max([*keys, int(column.max(initial=0))])) + 1, np.int64)
    for number, text in keys.items():
        table[number] = place[text]
    return table[column.astype(np.int64)]


def _same_classes(mine: Column, other: Column) -> bool:
    """Tell whether two numberings put the same rows together."""
    pairs = np.unique(np.stack([mine.astype(np.int64), other.astype(np.int64)]), axis=1).shape[1]
    return bool(pairs == len(np.unique(mine)) == len(np.unique(other)))


def _answers(old: Snapshot, new: Snapshot) -> Iterator[str]:
    if library_overview(old) != library_overview(new):
        yield "the overview"
    parameters: tuple[By, ...] = USUAL
    if what_works(old, "", by=parameters, limit=SHOWN) != what_works(new, "", by=parameters, limit=SHOWN):
        yield "the statistics"
    for what, mine, other in (
        ("unusable lines", old.inspection.refusals(SHOWN), new.inspection.refusals(SHOWN)),
        ("conflicts", old.inspection.conflicts(SHOWN), new.inspection.conflicts(SHOWN)),
    ):
        if mine != other:
            yield what
