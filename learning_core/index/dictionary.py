"""Numbers for texts that return: names of settings, prompts by their words, words, files that records came from."""

import sqlite3
from collections.abc import Iterable
from itertools import chain

import numpy as np

from learning_core.index.blobs import opened, sealed
from learning_core.index.columns import NAMED, NAMED_BY_JUDGEMENTS, PROMPTS_OF_A_BLOCK, PromptField
from learning_core.index.features import TAG_BREAK, Value, prompt_terms
from learning_core.index.keys import SortedKeys, keys_of
from learning_core.index.schema import counter

KEPT_TEXTS = 100_000
"""So many texts are remembered at most while a log is read."""

KEPT_NEIGHBOURS = 4096
"""So many are remembered of what only neighbouring lines share."""


_BETWEEN_TAGS = f" {TAG_BREAK} "
_LARGEST = "SELECT MAX(number) FROM value WHERE field = ?"


class Values:
    """A number, from 1, for each value of each named column; new ones are written by `flush`."""

    def __init__(self, sql: sqlite3.Connection) -> None:
        self._sql = sql
        self._known: dict[tuple[str, str], tuple[int, str]] = {}
        self._new: dict[tuple[str, str], tuple[int, str]] = {}
        largest = {field: sql.execute(_LARGEST, (field,)).fetchone()[0] for field in (*NAMED, *NAMED_BY_JUDGEMENTS)}
        self._counts: dict[str, int] = {field: number for field, number in largest.items() if number}
        self._stored = dict(self._counts)

    def number(self, field: str, value: Value) -> int:
        """Return the number of a value. Of several spellings the smallest is shown, whatever came first."""
        key = (field, value.same)
        known = self._known.get(key) or self._new.get(key) or self._find(key)
        if known is None:
            number = self._counts[field] = self._counts.get(field, 0) + 1
            self._new[key] = (number, value.display)
            return number
        if value.display < known[1]:
            known = (known[0], value.display)
            if key in self._new:
                self._new[key] = known
            else:
                self._rename(key, value.display)
        if key not in self._new:
            self._known[key] = known
        return known[0]

    def _find(self, key: tuple[str, str]) -> tuple[int, str] | None:
        if key[0] not in self._stored:
            return None
        found: tuple[int, str] | None = self._sql.execute(
            "SELECT number, display FROM value WHERE field = ? AND same = ?", key
        ).fetchone()
        return found

    def _rename(self, key: tuple[str, str], display: str) -> None:
        self._sql.execute("UPDATE value SET display = ? WHERE field = ? AND same = ?", (display, *key))
        self._sql.execute("UPDATE state SET value = value + 1 WHERE name = 'renamed'")

    def flush(self) -> None:
        """Write what is new."""
        self._sql.executemany(
            "INSERT INTO value(field, number, same, display) VALUES (?, ?, ?, ?)",
            [(field, number, same, display) for (field, same), (number, display) in self._new.items()],
        )
        self._known |= self._new
        self._new.clear()
        if len(self._known) > KEPT_TEXTS:
            self._known.clear()
            self._stored = dict(self._counts)


class Words:
    """A number, from 0, for each word of the prompts, positive and negative."""

    def __init__(self, sql: sqlite3.Connection) -> None:
        self._sql = sql
        self._known: dict[str, int] = {}
        self._count = int(sql.execute("SELECT COUNT(*) FROM word").fetchone()[0])

    def numbers(self, words: list[str]) -> list[int]:
        """Return the numbers of words, each once, in the order in which they first appear."""
        try:
            return list(dict.fromkeys(map(self._known.__getitem__, words)))
        except KeyError:
            self._learn(words)
            return self.numbers(words)

    def _learn(self, words: list[str]) -> None:
        if len(self._known) > KEPT_TEXTS:
            self._known.clear()
        for word in words:
            if word not in self._known:
                self._known[word] = self._find(word)

    def _find(self, word: str) -> int:
        found = self._sql.execute("SELECT number FROM word WHERE text = ?", (word,)).fetchone()
        if found is not None:
            return int(found[0])
        number = self._count
        self._sql.execute("INSERT INTO word VALUES (?, ?)", (number, word))
        self._count += 1
        return number


class Prompts:
    """A number, from 1, for each prompt of one field that differs from the field's others in its words."""

    def __init__(self, sql: sqlite3.Connection, field: PromptField, words: Words) -> None:
        self._sql = sql
        self._field = field
        self._keys = SortedKeys(sql, field)
        self._words = words
        self._count = counter(sql, field)
        self._known: dict[str, int] = {"": 0}

    def of(self, prompts: Iterable[str | None]) -> list[int]:
        """Return the number of each prompt; 0 for an unknown one and for one without words."""
        # The images of a batch, which stand side by side, share their prompt.
        prompts = list(prompts)
        terms = {prompt: "" if prompt is None else prompt_terms(prompt) for prompt in dict.fromkeys(prompts)}
        numbers = self.numbers(terms.values())
        found = {prompt: numbers[each] for prompt, each in terms.items()}
        return list(map(found.__getitem__, prompts))

    def numbers(self, terms: Iterable[str]) -> dict[str, int]:
        """Return the numbers of prompts given by their words (`features.prompt_terms`); 0 for one without words."""
        wanted = dict.fromkeys(terms)
        if len(self._known) > KEPT_NEIGHBOURS:
            self._known = {"": 0}
        unknown = [each for each in wanted if each not in self._known]
        if unknown:
            self._learn(unknown)
        return {each: self._known[each] for each in wanted}

    def _learn(self, unknown: list[str]) -> None:
        keys = keys_of(unknown)
        by_key = dict(zip(*(column.tolist() for column in self._keys.find(keys)), strict=True))
        fresh: dict[int, str] = {}
        for key, terms in zip(keys.tolist(), unknown, strict=True):
            number = by_key.get(key)
            if number is None:
                number = by_key[key] = self._count + 1 + len(fresh)
                fresh[key] = terms
            self._known[terms] = number
        if fresh:
            self._add(fresh)

    def _add(self, fresh: dict[int, str]) -> None:
        first = self._count + 1
        numbers = range(first, first + len(fresh))
        self._keys.add(np.fromiter(fresh, np.uint64, len(fresh)), np.arange(first, first + len(fresh)))
        if self._field == "prompt":
            self._sql.executemany(
                "INSERT INTO prompt_text(rowid, words) VALUES (?, ?)", zip(numbers, fresh.values(), strict=True)
            )
        self._write_words(first, [self._word_numbers(terms) for terms in fresh.values()])
        self._count += len(fresh)
        self._sql.execute("UPDATE state SET value = ? WHERE name = ?", (self._count, self._field))

    def _word_numbers(self, terms: str) -> list[int]:
        return self._words.numbers(terms.replace(_BETWEEN_TAGS, " ").split(" "))

    def _write_words(self, first: int, words: list[list[int]]) -> None:
        """Append to the blocks of PROMPTS_OF_A_BLOCK prompts; the last one may have room."""
        place = 0
        while place < len(words):
            number, used = divmod(first - 1 + place, PROMPTS_OF_A_BLOCK)
            part = words[place : place + PROMPTS_OF_A_BLOCK - used]
            stored = self._sql.execute(
                "SELECT sizes, words FROM words_of_prompts WHERE field = ? AND number = ?", (self._field, number)
            ).fetchone()
            sizes, flat = (b"", b"") if stored is None else map(bytes, map(opened, stored))
            sizes += np.fromiter(map(len, part), np.uint16, len(part)).tobytes()
            flat += np.fromiter(chain.from_iterable(part), np.uint32).tobytes()
            self._sql.execute(
                "INSERT OR REPLACE INTO words_of_prompts(field, number, sizes, words) VALUES (?, ?, ?, ?)",
                (self._field, number, sealed(sizes), sealed(flat)),
            )
            place += len(part)


class Origins:
    """A number, from 1, for each file that imported jobs and events came from, where its producer may rewrite it."""

    def __init__(self, sql: sqlite3.Connection) -> None:
        self._sql = sql
        self._known: dict[str, int] = {}

    def number(self, path: str | None) -> int:
        """Return the number of a path, 0 for none."""
        if path is None:
            return 0
        if path not in self._known:
            self._sql.execute("INSERT INTO origin(path) VALUES (?) ON CONFLICT DO NOTHING", (path,))
            row = self._sql.execute("SELECT number FROM origin WHERE path = ?", (path,)).fetchone()
            self._known[path] = int(row[0])
        return self._known[path]
