"""DuckDB asked the same questions: each in several layouts and ways to say it, of which the fastest counts."""

from collections.abc import Callable, Sequence
from typing import Any

from benchmarks import asked

MATCHING = {
    "wide table with a list of keywords": "wide WHERE list_contains(words, '{word}')",
    "prompts with a list of keywords":
        "images WHERE prompt IN (SELECT prompt FROM prompts WHERE list_contains(words, '{word}'))",
    "sorted postings of prompts": "images WHERE prompt IN (SELECT prompt FROM posting WHERE word = '{word}')",
    "sorted postings of prompts, images by prompt":
        "images_by_prompt WHERE prompt IN (SELECT prompt FROM posting WHERE word = '{word}')",
    "postings of prompts with ART index":
        "images WHERE prompt IN (SELECT prompt FROM posting_with_art WHERE word = '{word}')",
    "sorted postings of images": "images WHERE job IN (SELECT job FROM image_posting WHERE word = '{word}')",
}  # fmt: skip
"""Ways to find the images of a keyword; all go on with AND."""

_SETTINGS = ("checkpoint", "sampler", "scheduler", "steps", "cfg_scale", "size")
_GOOD = "count(*) AS n, count(*) FILTER (stars >= 4) AS good, avg(stars) AS mean"
_SETS = ", ".join(f"({setting})" for setting in _SETTINGS)
_BY_SETTING = f"SELECT {', '.join(_SETTINGS)}, {_GOOD} FROM matched GROUP BY GROUPING SETS ({_SETS})"
_USED = "(SELECT unnest(loras) AS lora, * EXCLUDE (loras) FROM matched)"
_BY_LORA = f"SELECT lora, {_GOOD} FROM {_USED} GROUP BY lora"

_OF_PROMPT = "count(*) AS n, count(*) FILTER (stars >= 4) AS good, sum(stars) AS stars"
_OF_PROMPTS = (
    "sum(n), sum(good), sum(stars) / sum(n), count(*) AS prompts, sum(n * n) AS squares, sum(good * good / n) AS spread"
)
_BEST = "max_by(job, stars * 1e12 + time, 3) AS best"
_SETS_OF_PROMPTS = ", ".join(f"({setting}, prompt)" for setting in _SETTINGS)
EVIDENCE = {
    "by setting": (
        f"SELECT {', '.join(_SETTINGS)}, {_OF_PROMPTS} FROM (SELECT {', '.join(_SETTINGS)}, prompt, {_OF_PROMPT}"
        f" FROM matched GROUP BY GROUPING SETS ({_SETS_OF_PROMPTS})) GROUP BY ALL"
    ),
    "by LoRA": (
        f"SELECT lora, {_OF_PROMPTS} FROM (SELECT lora, prompt, {_OF_PROMPT} FROM {_USED} GROUP BY lora, prompt)"
        " GROUP BY lora"
    ),
    "best by setting": f"SELECT {', '.join(_SETTINGS)}, {_BEST} FROM matched GROUP BY GROUPING SETS ({_SETS})",
    "best by LoRA": f"SELECT lora, {_BEST} FROM {_USED} GROUP BY lora",
}
"""What an answer of `what_works` rests on: counts prompt by prompt, as images of one are not independent, and records.

The intervals, the comparisons and the sentences are left to whatworks.
"""

_SUMS = (
    "count(*) AS jobs, count(stars) AS rated, count(*) FILTER (stars >= 4) AS liked, sum(stars) AS stars,"
    " count(*) FILTER (selected) AS selected, count(*) FILTER (NOT selected) AS rejected"
)
_SUMS_OF_SUMS = (
    "sum(jobs) AS jobs, sum(rated) AS rated, sum(liked) AS liked, sum(stars) AS stars, sum(selected) AS selected,"
    " sum(rejected) AS rejected"
)
_JUDGED = "(stars IS NOT NULL OR selected IS NOT NULL)"
_BY_PROMPT = f"SELECT prompt, checkpoint, {_SUMS} FROM images WHERE {_JUDGED} GROUP BY prompt, checkpoint"
TABLES = {
    asked.KEYWORD_BY_CHECKPOINT: {
        "wide table with a list of keywords":
            f"SELECT word, checkpoint, {_SUMS}, count(DISTINCT prompt) AS prompts FROM"
            f" (SELECT unnest(words) AS word, * FROM wide WHERE {_JUDGED}) GROUP BY word, checkpoint",
        "prompts with a list of keywords":
            f"SELECT word, checkpoint, {_SUMS_OF_SUMS}, count(*) AS prompts FROM (SELECT unnest(words) AS word,"
            f" counted.* FROM ({_BY_PROMPT}) AS counted JOIN prompts USING (prompt)) GROUP BY word, checkpoint",
        "sorted postings of prompts":
            f"SELECT word, checkpoint, {_SUMS_OF_SUMS}, count(*) AS prompts FROM ({_BY_PROMPT})"
            " JOIN posting USING (prompt) GROUP BY word, checkpoint",
    },
    asked.CHECKPOINT_BY_LORA: {
        "wide table with a list of LoRAs":
            f"SELECT checkpoint, lora, {_SUMS}, count(DISTINCT prompt) AS prompts FROM"
            f" (SELECT unnest(loras) AS lora, * FROM images WHERE {_JUDGED}) GROUP BY checkpoint, lora",
        "list of LoRAs, prompt by prompt":
            f"SELECT checkpoint, lora, {_SUMS_OF_SUMS}, count(*) AS prompts FROM (SELECT checkpoint, lora, prompt,"
            f" {_SUMS} FROM (SELECT unnest(loras) AS lora, * FROM images WHERE {_JUDGED})"
            " GROUP BY checkpoint, lora, prompt) GROUP BY checkpoint, lora",
        "table of LoRAs used":
            f"SELECT checkpoint, lora, {_SUMS}, count(DISTINCT prompt) AS prompts FROM images JOIN used USING (job)"
            f" WHERE {_JUDGED} GROUP BY checkpoint, lora",
    },
}  # fmt: skip

_TREND = "count(*), count(stars), avg(stars), count(selected), count(*) FILTER (selected)"
_PAGE = "job, time, checkpoint, sampler, scheduler, steps, cfg_scale, size, stars, selected, loras"
_STEPS = f"steps BETWEEN {asked.FIRST_STEPS} AND {asked.LAST_STEPS}"
_PAGE_FILTER = f"stars >= {asked.LEAST_STARS} AND {_STEPS}"

Layouts = dict[str, Callable[[], Any]]
"""Ways to answer one question, by name."""


class DuckDB:
    """One connection to all layouts."""

    def __init__(self, connection: Any) -> None:
        self._sql = connection

    def questions(self, texts: dict[str, tuple[str, ...]], places: dict[int, float]) -> dict[str, Layouts]:
        """Return ways to answer each question; `places` gives the time behind which a page begins."""
        found: dict[str, Layouts] = {
            asked.WHAT_WORKS: self._of_subject("TRUE", self._evidence),
            asked.FILTERED: self._of_subject(_STEPS, self._evidence),
            asked.COUNTS: self._of_subject("TRUE", self._counts),
            asked.COUNTS_FILTERED: self._of_subject(_STEPS, self._counts),
            asked.BY_DAY: self._by_day(),
            asked.BY_MONTH: self._by_month(),
        }
        for name, layouts in TABLES.items():
            found[name] = {layout: self._numpy(sql) for layout, sql in layouts.items()}
        for number, place in places.items():
            found[asked.page_name(number)] = self._page(f"{_PAGE_FILTER}", place)
        for name, words in texts.items():
            found[name] = self._text(words)
        return found

    def _numpy(self, sql: str) -> Callable[[], Any]:
        return lambda: self._sql.execute(sql).fetchnumpy()

    def _of_subject(self, condition: str, ways: Callable[[str], Layouts]) -> Layouts:
        return {
            f"{name}, {way}": ask
            for name, matching in MATCHING.items()
            for way, ask in ways(f"{matching.format(word=asked.SUBJECT)} AND stars IS NOT NULL AND {condition}").items()
        }

    def _evidence(self, matched: str) -> Layouts:
        def temporary() -> list[tuple[Any, ...]]:
            self._sql.execute(
                f"CREATE OR REPLACE TEMP TABLE matched AS SELECT {', '.join(_SETTINGS)}, stars, loras, prompt, job,"
                f" time FROM {matched}"
            )
            found = {name: self._sql.execute(sql).fetchall() for name, sql in EVIDENCE.items()}
            return _by_value(found["by setting"], found["by LoRA"])

        return {"temporary table": temporary}

    def _counts(self, matched: str) -> Layouts:
        needed = f"SELECT {', '.join(_SETTINGS)}, stars, loras FROM {matched}"

        def temporary() -> list[tuple[Any, ...]]:
            self._sql.execute(f"CREATE OR REPLACE TEMP TABLE matched AS {needed}")
            return _by_value(self._sql.execute(_BY_SETTING).fetchall(), self._sql.execute(_BY_LORA).fetchall())

        def together() -> list[tuple[Any, ...]]:
            settings = ", ".join(f"{setting}::VARCHAR AS {setting}" for setting in _SETTINGS)
            rows = self._sql.execute(
                f"WITH matched AS MATERIALIZED ({needed}), by_setting AS ({_BY_SETTING})"
                f" SELECT {settings}, NULL AS lora, n, good, mean FROM by_setting UNION ALL"
                f" SELECT {', '.join(['NULL'] * len(_SETTINGS))}, lora::VARCHAR, n, good, mean FROM ({_BY_LORA})"
            ).fetchall()
            return _by_value(
                [(*row[:6], *row[7:]) for row in rows if row[6] is None], [row[6:] for row in rows if row[6]]
            )

        return {"temporary table": temporary, "one statement": together}

    def _by_day(self) -> Layouts:
        day = "CAST(floor(time / 86400) AS INTEGER)"
        return {
            "time as a number": lambda: self._sql.execute(
                f"SELECT {day} AS day, {_TREND} FROM images GROUP BY 1 ORDER BY 1"
            ).fetchall(),
            "column of days": lambda: self._sql.execute(
                f"SELECT day, {_TREND} FROM images GROUP BY 1 ORDER BY 1"
            ).fetchall(),
        }

    def _by_month(self) -> Layouts:
        def ask(matching: str) -> Callable[[], Any]:
            sql = (
                f"SELECT date_trunc('month', day) AS month, {_TREND} FROM {matching.format(word=asked.SUBJECT)}"
                " GROUP BY 1 ORDER BY 1"
            )
            return lambda: self._sql.execute(sql).fetchall()

        return {name: ask(matching) for name, matching in MATCHING.items()}

    def _page(self, condition: str, place: float) -> Layouts:
        def ask(source: str, text: str) -> Callable[[], Any]:
            page = (
                f"SELECT {_PAGE}, {text} FROM {source} AND {condition} AND time < {place!r}"
                f" ORDER BY time DESC LIMIT {asked.PAGE_LENGTH}"
            )
            total = f"SELECT count(*) FROM {source} AND {condition}"
            return lambda: (self._sql.execute(page).fetchall(), self._sql.execute(total).fetchone()[0])

        return {
            "wide table": ask("wide WHERE TRUE", "text"),
            "prompts apart": ask(
                "images WHERE TRUE", "(SELECT text FROM prompts WHERE prompts.prompt = images.prompt)"
            ),
        }

    def _text(self, words: Sequence[str]) -> Layouts:
        first, *rest = words
        found: Layouts = {}
        for name, matching in MATCHING.items():
            source = matching.format(word=first)
            condition = f"stars >= {asked.LEAST_STARS}"
            for word in rest:
                condition += f" AND {matching.format(word=word).partition(' WHERE ')[2]}"
            table = source.partition(" ")[0]
            text = "text" if table == "wide" else f"(SELECT text FROM prompts WHERE prompts.prompt = {table}.prompt)"
            found[name] = self._search(source, condition, text)
        return found

    def _search(self, source: str, condition: str, text: str) -> Callable[[], Any]:
        page = f"SELECT {_PAGE}, {text} FROM {source} AND {condition} ORDER BY time DESC LIMIT {asked.PAGE_LENGTH}"
        total = f"SELECT count(*) FROM {source} AND {condition}"
        return lambda: (self._sql.execute(page).fetchall(), self._sql.execute(total).fetchone()[0])


def _by_value(settings: list[tuple[Any, ...]], loras: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return rows of (parameter, value, n, good, mean)."""
    found = []
    for row in settings:
        values, counts = row[: len(_SETTINGS)], row[len(_SETTINGS) :]
        name, value = next(
            (pair for pair in zip(_SETTINGS, values, strict=True) if pair[1] is not None), (_SETTINGS[0], None)
        )
        found.append((name, value, *counts))
    return found + [("lora", *row) for row in loras]
