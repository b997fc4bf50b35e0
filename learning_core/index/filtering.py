"""Evaluating a filter and a subject against a snapshot: masks over its jobs."""

import difflib
import json
import math
from dataclasses import dataclass

import numpy as np

from learning_core.errors import UnknownValue
from learning_core.index.apply import SEED_COLUMN_MAXIMUM
from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot
from learning_core.text.filters import Range, Term
from learning_core.text.keywords import Subject
from learning_core.text.names import same_name

SEEDS = SEED_COLUMN_MAXIMUM
_NUMBER_COLUMNS = ("steps", "cfg_scale", "denoising_strength")


@dataclass(frozen=True, slots=True)
class SubjectMatch:
    """Which jobs a subject selects, and (alternative, prompts by phrase, prompts by words) of each alternative."""

    jobs: Column
    terms: tuple[tuple[str, int, int], ...]


def match_subject(snapshot: Snapshot, subject: Subject) -> SubjectMatch:
    """Return the jobs whose prompt holds, of every facet, at least one alternative."""
    mask = np.ones(snapshot.jobs, bool)
    terms: list[tuple[str, int, int]] = []
    for facet in subject:
        found: list[Column] = []
        for alternative in facet:
            by_words = snapshot.prompts_with(alternative, phrase=False)
            terms.append((alternative, len(snapshot.prompts_with(alternative, phrase=True)), len(by_words)))
            found.append(by_words)
        mask &= snapshot.jobs_with_prompts(np.concatenate(found))
    return SubjectMatch(mask, tuple(terms))


def match_filter(snapshot: Snapshot, terms: tuple[Term, ...]) -> tuple[Column, list[str]]:
    """Return the jobs that a filter selects, and notes on names that matched several values.

    Raises UnknownValue with the nearest names when a name matches nothing.
    """
    mask = snapshot.standing_jobs()
    notes: list[str] = []
    for term in terms:
        chosen = _term(snapshot, term, notes)
        mask = mask & (~chosen if term.negated else chosen)
    return mask, notes


def _term(snapshot: Snapshot, term: Term, notes: list[str]) -> Column:
    if not term.field:
        return snapshot.jobs_with_prompts(snapshot.prompts_with(term.names[0], phrase=False))
    if term.field in ("after", "before"):
        time = snapshot.column("time")
        return (time >= term.time) if term.field == "after" else (time > 0) & (time < term.time)
    if term.field == "selection":
        return _selection(snapshot, {name.casefold() for name in term.names})
    if term.field == "tag":
        return snapshot.jobs_with_tags(_names(term, {tag: tag for tag in snapshot.tags()}, notes))
    if term.ranges:
        return _numbers(snapshot, term)
    field = "lora_set" if term.field == "lora" else term.field
    numbers = _lora_sets(snapshot, term, notes) if term.field == "lora" else _values(snapshot, term, notes)
    return np.isin(snapshot.column(field), np.array(sorted(numbers), np.int32))


def _selection(snapshot: Snapshot, wanted: set[str]) -> Column:
    selected, rejected = snapshot.column("selected") > 0, snapshot.column("rejected") > 0
    mask = np.zeros(snapshot.jobs, bool)
    if "selected" in wanted:
        mask |= selected
    if "rejected" in wanted:
        mask |= rejected
    if "none" in wanted:
        mask |= ~selected & ~rejected
    return mask


def _numbers(snapshot: Snapshot, term: Term) -> Column:
    if term.field in _NUMBER_COLUMNS:
        values = {number: float(text) for number, text in snapshot.values(term.field).items()}
        chosen = [number for number, value in values.items() if any(_inside(value, ends) for ends in term.ranges)]
        return np.isin(snapshot.column(term.field), np.array(sorted(chosen), np.int32))
    if term.field == "rating":
        known = snapshot.column("rated") > 0
        numbers = snapshot.column("rating_sum") / np.maximum(snapshot.column("rated"), 1)
    elif term.field == "seed":
        return _seeds(snapshot, term)
    else:
        known = snapshot.column(term.field) > 0
        numbers = snapshot.column(term.field).astype(np.float64)
    mask = np.zeros(snapshot.jobs, bool)
    for ends in term.ranges:
        low = numbers > ends.low if ends.open_low else numbers >= ends.low
        high = numbers < ends.high if ends.open_high else numbers <= ends.high
        mask |= low & high
    return mask & known


def _seeds(snapshot: Snapshot, term: Term) -> Column:
    """Seeds are compared as integers: beyond 2**53 neighbours are one and the same float."""
    stored = snapshot.column("seed")
    mask = np.zeros(snapshot.jobs, bool)
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
    """Return the keys that a term's names mean: the whole name if there is one, else all that contain it."""
    found: list[str] = []
    for name in term.names:
        key = same_name(name)
        hits = [key] if key in known else sorted(candidate for candidate in known if key in candidate.casefold())
        if not hits:
            near = difflib.get_close_matches(key, list(known), 3, 0.4) or sorted(known)[:3]
            raise UnknownValue(term.field, name, [known[hit] for hit in near])
        if len(hits) > 1:
            listed = ", ".join(known[hit] for hit in hits[:5]) + (", …" if len(hits) > 5 else "")
            notes.append(f"{term.field}:{name} matched {len(hits)} values: {listed}.")
        found.extend(hits)
    return found
