"""Evaluating a filter against a snapshot: masks over its jobs."""

import difflib
import json
import math
from collections.abc import Collection

import numpy as np

from learning_core.errors import UnknownValue
from learning_core.index.bitmaps import Value, packed
from learning_core.index.columns import PEOPLE, SEED_COLUMN_MAXIMUM, Column
from learning_core.index.ratings import Ratings
from learning_core.index.snapshot import Snapshot
from learning_core.text.filters import Range, Term
from learning_core.text.names import one_spelling, same_name

SEEDS = SEED_COLUMN_MAXIMUM
_NUMBER_COLUMNS = ("steps", "cfg_scale", "denoising_strength")

Rows = Column | slice
"""Row numbers, or all rows."""

EVERY_ROW = slice(None)


def select(snapshot: Snapshot, prompts: Column | None, terms: tuple[Term, ...], notes: list[str]) -> Column:
    """Return the sorted row numbers of the jobs that a filter selects, of some prompts (ascending numbers) or of all.

    Notes on names that matched several values are added to `notes`. With prompts it takes time by their number, not
    by the size of the library. Raises UnknownValue with the nearest names when a name of the filter matches nothing.
    """
    if prompts is None:
        return np.flatnonzero(_mask(snapshot, terms, EVERY_ROW, notes))
    rows = snapshot.rows_of_prompts(prompts)
    return rows[_mask(snapshot, terms, rows, notes)] if terms or _some_are_withdrawn(snapshot) else rows


def match_filter(snapshot: Snapshot, terms: tuple[Term, ...]) -> tuple[Column, list[str]]:
    """Return a mask of the jobs that a filter selects, and notes; raises UnknownValue as `select` does."""
    notes: list[str] = []
    return _mask(snapshot, terms, EVERY_ROW, notes), notes


def bitmap_of(snapshot: Snapshot, terms: tuple[Term, ...]) -> tuple[Column, list[str]]:
    """Return a bitmap of the jobs that a filter selects, and notes; raises UnknownValue as `select` does."""
    notes: list[str] = []
    bitmap = snapshot.standing_bitmap()
    for term in terms:
        chosen = _bitmap(snapshot, term, notes)
        bitmap = bitmap & (~chosen if term.negated else chosen)
    return bitmap, notes


def _bitmap(snapshot: Snapshot, term: Term, notes: list[str]) -> Column:
    coded = _coded(snapshot, term, notes)
    if coded is None:
        return packed(_term(snapshot, term, EVERY_ROW, notes))
    column, values = coded
    return snapshot.postings().of(tuple(values), len(column), lambda first: among(column[first:], values.values()))


def selected_by(snapshot: Snapshot, terms: tuple[Term, ...], rows: Column, notes: list[str]) -> Column:
    """Return a mask of those of some rows that every term selects; adds notes, and raises UnknownValue, as `select`."""
    return _mask(snapshot, terms, rows, notes)


def _mask(snapshot: Snapshot, terms: tuple[Term, ...], rows: Rows, notes: list[str]) -> Column:
    """Return which of the rows are standing jobs that every term selects."""
    masks = []
    for term in terms:
        coded = _coded(snapshot, term, notes)
        chosen = _term(snapshot, term, rows, notes) if coded is None else among(coded[0][rows], coded[1].values())
        masks.append(~chosen if term.negated else chosen)
    if not masks or _some_are_withdrawn(snapshot):
        masks.append(np.array(snapshot.standing_jobs()[rows]))
    mask = masks.pop()
    for chosen in masks:
        mask &= chosen
    return mask


def _some_are_withdrawn(snapshot: Snapshot) -> bool:
    return snapshot.standing_count() < snapshot.jobs


def _coded(snapshot: Snapshot, term: Term, notes: list[str]) -> tuple[Column, dict[Value, int]] | None:
    """Return a column of small numbers and those that a term selects, by what they mean; None where none tells it."""
    if term.field == "rating":
        ratings = snapshot.ratings()
        return ratings.codes, {("rating", ratings.pairs[code]): code for code in _rating_codes(ratings, term)}
    if not term.field or term.field in _UNCODED:
        return None
    field = "lora_set" if term.field == "lora" else term.field
    if term.field == "people":
        numbers: Collection[int] = {PEOPLE.index(name.casefold()) for name in term.names}
    elif term.field in _NUMBER_COLUMNS:
        numbers = _numbers_within(snapshot, term)
    else:
        numbers = _lora_sets(snapshot, term, notes) if field == "lora_set" else _values(snapshot, term, notes)
    return snapshot.column(field), {(field, number): number for number in numbers}


_UNCODED = ("after", "before", "selection", "tag", "seed", "runtime")


def _term(snapshot: Snapshot, term: Term, rows: Rows, notes: list[str]) -> Column:
    """Return which of the rows a term selects that no column of small numbers tells."""
    if not term.field:
        chosen = np.zeros(snapshot.jobs, bool)
        chosen[snapshot.rows_of_prompts(snapshot.prompts_with(term.names[0], phrase=False))] = True
        return chosen[rows]
    if term.field in ("after", "before"):
        time = snapshot.column("time")[rows]
        return (time >= term.time) if term.field == "after" else (time > 0) & (time < term.time)
    if term.field == "selection":
        return _selection(snapshot, {name.casefold() for name in term.names}, rows)
    if term.field == "tag":
        return snapshot.jobs_with_tags(_names(term, {tag: tag for tag in snapshot.tags()}, notes))[rows]
    if term.field == "seed":
        return _seeds(snapshot.column("seed")[rows], term)
    return _numbers(snapshot.column(term.field)[rows].astype(np.float64), term)


def among(column: Column, numbers: Collection[int]) -> Column:
    """Return where a column of small numbers holds one of these."""
    if len(numbers) <= _FEW_NUMBERS:
        first, *others = numbers or (_NO_NUMBER,)
        mask: Column = np.equal(column, first)
        equal = np.empty(len(column), bool) if others else mask
        for number in others:
            np.equal(column, number, out=equal)
            mask |= equal
        return mask
    table = np.zeros(max(int(column.max(initial=0)), *numbers) + 1, bool)
    table[list(numbers)] = True
    return table[column]


_NO_NUMBER = -1
_FEW_NUMBERS = 12
"""Up to so many are compared one by one, which is faster than a look-up for each row."""


def _selection(snapshot: Snapshot, wanted: set[str], rows: Rows) -> Column:
    selected, rejected = snapshot.column("selected")[rows] > 0, snapshot.column("rejected")[rows] > 0
    mask = np.zeros(len(selected), bool)
    if "selected" in wanted:
        mask |= selected
    if "rejected" in wanted:
        mask |= rejected
    if "none" in wanted:
        mask |= ~selected & ~rejected
    return mask


def _numbers_within(snapshot: Snapshot, term: Term) -> list[int]:
    values = {number: float(text) for number, text in snapshot.values(term.field).items()}
    return [number for number, value in values.items() if any(_inside(value, ends) for ends in term.ranges)]


def _rating_codes(ratings: Ratings, term: Term) -> list[int]:
    """A job's rating is the mean over its images; the few different pairs of number and sum are compared once."""
    return [
        code
        for code, (rated, stars) in enumerate(ratings.pairs)
        if rated and any(_inside(stars / rated, ends) for ends in term.ranges)
    ]


def _numbers(numbers: Column, term: Term) -> Column:
    mask = np.zeros(len(numbers), bool)
    for ends in term.ranges:
        low = numbers > ends.low if ends.open_low else numbers >= ends.low
        high = numbers < ends.high if ends.open_high else numbers <= ends.high
        mask |= low & high
    return mask & (numbers > 0)


def _seeds(stored: Column, term: Term) -> Column:
    """Seeds are compared as integers: beyond 2**53 neighbours are one and the same float."""
    mask = np.zeros(len(stored), bool)
    for ends in term.ranges:
        low = 0 if ends.low == -math.inf else math.floor(ends.low) + 1 if ends.open_low else math.ceil(ends.low)
        high = SEEDS if ends.high == math.inf else math.ceil(ends.high) - 1 if ends.open_high else math.floor(ends.high)
        if low <= high and high >= 0 and low < SEEDS:
            # A stored seed is one more than the seed, so that 0 can stand for unknown.
            first, last = np.uint64(max(low, 0) + 1), np.uint64(min(high, SEEDS - 1) + 1)
            mask |= (stored >= first) & (stored <= last)
    return mask


def _inside(value: float, ends: Range) -> bool:
    above = value > ends.low if ends.open_low else value >= ends.low
    below = value < ends.high if ends.open_high else value <= ends.high
    return above and below


def _values(snapshot: Snapshot, term: Term, notes: list[str]) -> set[int]:
    displays = snapshot.values(term.field)
    keys = snapshot.same_keys(term.field)
    names = set(_names(term, {key: displays[number] for number, key in keys.items()}, notes))
    return {number for number, key in keys.items() if key in names}


def _lora_sets(snapshot: Snapshot, term: Term, notes: list[str]) -> set[int]:
    sets = {number: json.loads(text) for number, text in snapshot.values("lora_set").items()}
    members = {same_name(name): name for each in sets.values() for name, _ in each}
    if [name.casefold() for name in term.names] == ["none"]:
        return {number for number, each in sets.items() if not each}
    wanted = set(_names(term, members, notes))
    return {number for number, each in sets.items() if any(same_name(name) in wanted for name, _ in each)}


def _names(term: Term, known: dict[str, str], notes: list[str]) -> list[str]:
    """Return the keys that a term's names mean: the whole name, in any spelling, or else all that contain it."""
    found: list[str] = []
    for name in term.names:
        key, spelled = same_name(name), same_name(one_spelling(term.field, name))
        whole = next((each for each in (key, spelled) if each in known), None)
        hits = [whole] if whole else sorted(candidate for candidate in known if key in candidate.casefold())
        if not hits:
            near = difflib.get_close_matches(key, list(known), 3, 0.4) or sorted(known)[:3]
            raise UnknownValue(term.field, name, [known[hit] for hit in near])
        if len(hits) > 1:
            listed = ", ".join(known[hit] for hit in hits[:5]) + (", …" if len(hits) > 5 else "")
            notes.append(f"{term.field}:{name} matched {len(hits)} values: {listed}.")
        found.extend(hits)
    return found
