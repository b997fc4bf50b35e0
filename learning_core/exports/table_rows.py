"""The rows of the tables over the whole library: keyword by checkpoint, checkpoint by LoRA, and day by day."""

from collections.abc import Callable, Iterator

import numpy as np

from learning_core.answers.answer import Outcome, Setting
from learning_core.answers.pairs import EveryPair
from learning_core.answers.tables import CountTable, checkpoint_by_lora, keyword_by_checkpoint
from learning_core.answers.trends import by_period
from learning_core.errors import QuestionError
from learning_core.exports.legacy import LEGACY_COLUMNS, legacy_figures
from learning_core.exports.tables import Row
from learning_core.index.snapshot import Snapshot
from learning_core.text.names import same_name

_FIGURES = ("estimate", "low", "high", "effective_n", "strength", "reason", "tier")
_COUNTS = (
    "jobs", "rated", "liked", "mean_rating", "selected", "rejected", "prompts", *_FIGURES, "legacy_outcome",
    *LEGACY_COLUMNS,
)  # fmt: skip
KEYWORD_COLUMNS = ("keyword", "checkpoint", *_COUNTS)
LORA_COLUMNS = ("checkpoint", "lora", *_COUNTS)
DAY_COLUMNS = ("day", "jobs", "rated", "mean_rating", "judged", "selected", "passed_over")
Progress = Callable[[int, int], None]


def keyword_rows(snapshot: Snapshot, where: str, progress: Progress | None = None) -> Iterator[Row]:
    """Yield one row for each word of a prompt with each checkpoint; a filter is refused with QuestionError.

    Beside the counts of a topic word stand the figures that `pairs` gives; other words have none.
    """
    _refuse_filter(where, "keywords")
    found = EveryPair(snapshot, "keyword", "checkpoint")
    yield from _cells(keyword_by_checkpoint(snapshot), found, _legacy_outcome(snapshot), progress)


def lora_rows(snapshot: Snapshot, where: str, progress: Progress | None = None) -> Iterator[Row]:
    """Yield one row for each checkpoint with each LoRA, with the figures of `pairs`; refuses a filter, as above."""
    _refuse_filter(where, "loras")
    found = EveryPair(snapshot, "checkpoint", "lora")
    yield from _cells(checkpoint_by_lora(snapshot), found, _legacy_outcome(snapshot), progress)


def day_rows(snapshot: Snapshot, where: str, progress: Progress | None = None) -> Iterator[Row]:
    """Yield one row for each day (UTC) on which something was made; raises QuestionError for a bad filter."""
    points = by_period(snapshot, per="day", where=where).points
    for number, point in enumerate(points, 1):
        yield point.model_dump() | {"day": point.start}
        if progress is not None:
            progress(number, len(points))


def _legacy_outcome(snapshot: Snapshot) -> Outcome:
    """Return the kind of judgement that the legacy figures rest on: the one of more images in the whole library."""
    standing = snapshot.standing_jobs()
    rated, selected, rejected = (
        int(snapshot.column(name)[standing].sum(dtype=np.int64)) for name in ("rated", "selected", "rejected")
    )
    return "selected" if selected + rejected > rated else "rated_4_or_5"


def _cells(table: CountTable, found: EveryPair, outcome: Outcome, progress: Progress | None) -> Iterator[Row]:
    before, settings = "", dict[str, Setting]()
    for number, cell in enumerate(table.records(), 1):
        if cell["row"] != before:
            before, settings = cell["row"], found.settings(cell["row"])
        mean = round(cell["stars"] / cell["rated"], 2) if cell["rated"] else None
        picked = cell["selected"] + cell["rejected"]
        legacy = legacy_figures(
            *((picked, cell["selected"]) if outcome == "selected" else (cell["rated"], cell["liked"]))
        )
        names: dict[str, object] = {table.rows: cell["row"], table.columns: cell["column"]}
        figures = _figures(settings.get(same_name(cell["column"])))
        yield {**cell, **names, "mean_rating": mean, **figures, "legacy_outcome": outcome, **legacy}
        if progress is not None:
            progress(number, len(table))


def _figures(setting: Setting | None) -> Row:
    if setting is None:
        return dict.fromkeys(_FIGURES)
    known = setting.model_dump(include={*_FIGURES}) | {"estimate": setting.value}
    return {name: known[name] for name in _FIGURES}


def _refuse_filter(where: str, what: str) -> None:
    if where.strip():
        raise QuestionError(f"The table {what} is kept for the whole library: leave the filter out.")
