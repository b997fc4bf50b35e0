"""In how many prompts each term occurs: words, and tags of at most four words; counted on, never from the start.

A cache in a file of its own: what it holds belongs to one index, and is counted anew for another.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np

from learning_core.errors import TermsUnusable
from learning_core.index.columns import Column
from learning_core.index.features import TAG_BREAK, prompt_terms
from learning_core.index.snapshot import Snapshot
from learning_core.text.keywords import topic_words

LONGEST_TAG_WORDS = 4
LONGEST_TERM_CHARACTERS = 60
LEAST_PROMPTS = 3
MOST_TERMS = 100_000
PROMPTS_AT_ONCE = 10_000
FORMAT = 1

_LINES_AT_ONCE = 500
_SCHEMA = f"""
BEGIN IMMEDIATE;
DROP TABLE IF EXISTS term;
DROP TABLE IF EXISTS state;
PRAGMA user_version = {FORMAT};
CREATE TABLE term(name TEXT PRIMARY KEY, prompts INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE state(identity INTEGER NOT NULL, prompts INTEGER NOT NULL);
"""

Progress = Callable[[int, int], None]
Counts = list[tuple[str, int]]


def terms_of(prompt: str) -> set[str]:
    """Return the terms of a prompt: its folded words without small ones, and its tags of two to four words."""
    found: set[str] = set()
    for tag in prompt_terms(prompt).split(f" {TAG_BREAK} "):
        folded = tag.split(" ")
        found.update(topic_words(word for word in folded if not word.isdecimal()))
        if 1 < len(folded) <= LONGEST_TAG_WORDS:
            found.add(tag)
    return {each for each in found if 1 < len(each) <= LONGEST_TERM_CHARACTERS}


def counted_terms(snapshot: Snapshot, path: Path, progress: Progress | None = None) -> Counts:
    """Return (folded term, prompts) of the terms in 3 prompts or more, sorted by name: the 100,000 most frequent.

    What a killed run counted stays counted. Raises TermsUnusable when the file refuses.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        return _counted(snapshot, path, progress)
    except sqlite3.DatabaseError as error:
        if path.exists() and not isinstance(error, sqlite3.OperationalError):
            # It is no database any more: what it held can be counted again.
            path.unlink()
            return _counted(snapshot, path, progress)
        raise TermsUnusable(path.name, str(error), "Free the disk, or correct the permissions of its folder") from error


def _counted(snapshot: Snapshot, path: Path, progress: Progress | None) -> Counts:
    with closing(sqlite3.connect(path, isolation_level=None)) as sql:
        done = _begin(sql, snapshot.identity)
        for last, counts in _parts(snapshot, done):
            sql.execute("BEGIN IMMEDIATE")
            sql.executemany(
                "INSERT INTO term VALUES (?, ?) ON CONFLICT(name) DO UPDATE SET prompts = prompts + excluded.prompts",
                sorted(counts.items()),
            )
            sql.execute("UPDATE state SET prompts = ?", (last,))
            sql.execute("COMMIT")
            if progress is not None:
                progress(last, snapshot.prompts)
        most = sql.execute(
            "SELECT name, prompts FROM term WHERE prompts >= ? ORDER BY prompts DESC, name LIMIT ?",
            (LEAST_PROMPTS, MOST_TERMS),
        ).fetchall()
    return sorted(most)


def _begin(sql: sqlite3.Connection, identity: int) -> int:
    """Return how many prompts of this index are counted; what belongs to another one is forgotten."""
    if sql.execute("PRAGMA user_version").fetchone()[0] == FORMAT:
        known, done = sql.execute("SELECT identity, prompts FROM state").fetchone()
        if known == identity:
            return int(done)
    sql.executescript(_SCHEMA)
    sql.execute("INSERT INTO state VALUES (?, 0)", (identity,))
    sql.execute("COMMIT")
    return 0


def _parts(snapshot: Snapshot, done: int) -> Iterator[tuple[int, Counter[str]]]:
    """Yield runs of prompts by number, from the first that is not counted on, with their terms."""
    column = snapshot.column("prompt")
    numbers, rows = np.unique(column, return_index=True)
    for first in range(done + 1, snapshot.prompts + 1, PROMPTS_AT_ONCE):
        last = min(first + PROMPTS_AT_ONCE - 1, snapshot.prompts)
        chosen = rows[np.searchsorted(numbers, first) : np.searchsorted(numbers, last + 1)]
        counts: Counter[str] = Counter()
        for prompt in _texts(snapshot, np.sort(chosen)):
            counts.update(terms_of(prompt))
        yield last, counts


def _texts(snapshot: Snapshot, rows: Column) -> Iterator[str]:
    for start in range(0, len(rows), _LINES_AT_ONCE):
        for job in snapshot.jobs_at(rows[start : start + _LINES_AT_ONCE].tolist()):
            prompt = job.get("prompt_positive")
            if isinstance(prompt, str):
                yield prompt
