"""Plain SQLite asked the same questions: normalised tables, a postings table of keywords, FTS5, fitting indexes."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks import asked
from benchmarks.rows import Rows

_TABLES = """
CREATE TABLE prompt(id INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE image(
  id INTEGER PRIMARY KEY, time REAL NOT NULL, checkpoint TEXT, sampler TEXT, scheduler TEXT, steps INTEGER,
  cfg_scale REAL, size TEXT, prompt INTEGER, stars INTEGER, selected INTEGER);
CREATE TABLE used(image INTEGER, lora TEXT, PRIMARY KEY(image, lora)) WITHOUT ROWID;
CREATE TABLE posting(word TEXT, prompt INTEGER, PRIMARY KEY(word, prompt)) WITHOUT ROWID;
CREATE VIRTUAL TABLE prompt_words USING fts5(words, content='', detail=none, columnsize=0);
"""
_INDEXES = """
CREATE INDEX image_of_prompt ON image(prompt, stars, steps);
CREATE INDEX image_by_time ON image(time, stars, steps);
CREATE INDEX posting_of_prompt ON posting(prompt, word);
ANALYZE;
"""
_SETTINGS = ("checkpoint", "sampler", "scheduler", "steps", "cfg_scale", "size")
_SUMS = (
    "count(*) AS jobs, count(stars) AS rated, sum(coalesce(stars >= 4, 0)) AS liked, sum(stars) AS stars,"
    " sum(coalesce(selected, 0)) AS selected, sum(coalesce(NOT selected, 0)) AS rejected"
)
_BY_PROMPT = (
    f"SELECT prompt, checkpoint, {_SUMS} FROM image WHERE stars IS NOT NULL OR selected IS NOT NULL"
    " GROUP BY prompt, checkpoint"
)
_SUMS_OF_SUMS = "sum(jobs), sum(rated), sum(liked), sum(stars), sum(selected), sum(rejected)"
_TREND = "count(*), count(stars), avg(stars), count(selected), sum(selected)"
_STEPS = f"steps BETWEEN {asked.FIRST_STEPS} AND {asked.LAST_STEPS}"
_PAGE = (
    "image.id, time, checkpoint, sampler, scheduler, steps, cfg_scale, size, stars, selected,"
    " (SELECT group_concat(lora) FROM used WHERE used.image = image.id), text"
)
_OF_WORD = "prompt IN (SELECT prompt FROM posting WHERE word = ?)"
_OF_TEXT = "prompt IN (SELECT rowid FROM prompt_words WHERE prompt_words MATCH ?)"


class SQLite:
    """A database in memory with all rows."""

    def __init__(self, rows: Rows) -> None:
        self._sql = sqlite3.connect(":memory:")
        self._sql.executescript(_TABLES)
        self._sql.executemany(
            f"INSERT INTO image VALUES ({', '.join('?' * 11)})", (image[:11] for image in rows.images)
        )
        self._sql.executemany(
            "INSERT OR IGNORE INTO used VALUES (?, ?)",
            ((image[0], lora) for image in rows.images for lora in image[11]),
        )
        for number, (text, words) in enumerate(rows.prompts, 1):
            self._sql.execute("INSERT INTO prompt VALUES (?, ?)", (number, text))
            self._sql.execute("INSERT INTO prompt_words(rowid, words) VALUES (?, ?)", (number, " ".join(words)))
            self._sql.executemany("INSERT INTO posting VALUES (?, ?)", [(word, number) for word in words])
        self._sql.executescript(_INDEXES)

    def questions(self, texts: dict[str, tuple[str, ...]], places: dict[int, float]) -> dict[str, Callable[[], Any]]:
        """Return how to answer each question, as `DuckDB.questions`."""
        month = "strftime('%Y-%m', time, 'unixepoch')"
        found: dict[str, Callable[[], Any]] = {
            asked.COUNTS: lambda: self._counts_by_value("TRUE"),
            asked.COUNTS_FILTERED: lambda: self._counts_by_value(_STEPS),
            asked.KEYWORD_BY_CHECKPOINT: lambda: self._all(
                f"SELECT word, checkpoint, {_SUMS_OF_SUMS}, count(*) FROM ({_BY_PROMPT}) JOIN posting USING (prompt)"
                " GROUP BY word, checkpoint"
            ),
            asked.CHECKPOINT_BY_LORA: lambda: self._all(
                f"SELECT checkpoint, lora, {_SUMS}, count(DISTINCT prompt) FROM image"
                " JOIN used ON used.image = image.id WHERE stars IS NOT NULL OR selected IS NOT NULL"
                " GROUP BY checkpoint, lora"
            ),
            asked.BY_DAY: lambda: self._all(
                f"SELECT CAST(time / 86400 AS INTEGER) AS day, {_TREND} FROM image GROUP BY day ORDER BY day"
            ),
            asked.BY_MONTH: lambda: self._all(
                f"SELECT {month}, {_TREND} FROM image WHERE {_OF_WORD} GROUP BY 1 ORDER BY 1", asked.SUBJECT
            ),
        }
        for number, place in places.items():
            condition = f"stars >= {asked.LEAST_STARS} AND {_STEPS}"
            found[asked.page_name(number)] = self._search(condition, place)
        for name, words in texts.items():
            condition = f"stars >= {asked.LEAST_STARS} AND {_OF_TEXT}"
            found[name] = self._search(condition, None, " AND ".join(f'"{word}"' for word in words))
        return found

    def _all(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._sql.execute(sql, values).fetchall()

    def _counts_by_value(self, condition: str) -> list[tuple[Any, ...]]:
        self._sql.execute("DROP TABLE IF EXISTS temp.matched")
        self._sql.execute(
            f"CREATE TEMP TABLE matched AS SELECT id, {', '.join(_SETTINGS)}, stars FROM image"
            f" WHERE {_OF_WORD} AND stars IS NOT NULL AND {condition}",
            (asked.SUBJECT,),
        )
        good = "count(*), sum(stars >= 4), avg(stars)"
        found = [
            (setting, *row)
            for setting in _SETTINGS
            for row in self._all(f"SELECT {setting}, {good} FROM matched GROUP BY {setting}")
        ]
        return found + [
            ("lora", *row)
            for row in self._all(f"SELECT lora, {good} FROM matched JOIN used ON used.image = matched.id GROUP BY lora")
        ]

    def _search(self, condition: str, place: float | None, *values: Any) -> Callable[[], Any]:
        page = (
            f"SELECT {_PAGE} FROM image JOIN prompt ON prompt.id = image.prompt WHERE {condition}"
            f"{'' if place is None else f' AND time < {place!r}'} ORDER BY time DESC LIMIT {asked.PAGE_LENGTH}"
        )
        total = f"SELECT count(*) FROM image WHERE {condition}"
        return lambda: (self._all(page, *values), self._all(total, *values)[0][0])


def settings_of(rows: Sequence[tuple[Any, ...]]) -> dict[tuple[str, str], tuple[int, int]]:
    """Return (n, good) by parameter and value, written as whatworks does, of any peer's answer to what works."""
    return {
        (name, f"{float(value):g}" if name == "cfg_scale" else str(value)): (int(n), int(good))
        for name, value, n, good, *_ in rows
        if value is not None
    }
