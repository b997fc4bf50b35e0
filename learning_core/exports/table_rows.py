"""The rows of the tables over the whole library: keyword by checkpoint, checkpoint by LoRA, and day by day."""

from collections.abc import Callable, Iterator

import numpy as np

from learning_core.answers.answer import Outcome
from learning_core.answers.tables import CountTable, checkpoint_by_lora, keyword_by_checkpoint
from learning_core.answers.trends import by_period
from learning_core.errors import QuestionError
from learning_core.exports.legacy import LEGACY_COLUMNS, legacy_figures
from learning_core.exports.tables import Row
from learning_core.index.snapshot import Snapshot

_COUNTS = (
    "jobs", "rated", "liked", "mean_rating", "selected", "rejected", "prompts", "legacy_outcome", *LEGACY_COLUMNS,
)  # fmt: skip
KEYWORD_COLUMNS = ("keyword", "checkpoint", *_COUNTS)
LORA_COLUMNS = ("checkpoint", "lora", *_COUNTS)
DAY_COLUMNS = ("day", "jobs", "rated", "mean_rating", "judged", "selected")
Progress = Callable[[int, int], None]


def keyword_rows(snapshot: Snapshot, where: str, progress: Progress | None = None) -> Iterator[Row]:
    """Yield one row for each word of a prompt with each checkpoint; a filter is refused with QuestionError."""
    _refuse_filter(where, "keywords")
    yield from _cells(keyword_by_checkpoint(snapshot), _legacy_outcome(snapshot), progress)


def lora_rows(snapshot: Snapshot, where: str, progress: Progress | None = None) -> Iterator[Row]:
    """Yield one row for each checkpoint with each LoRA; a filter is refused with QuestionError."""
    _refuse_filter(where, "loras")
    yield from _cells(checkpoint_by_lora(snapshot), _legacy_outcome(snapshot), progress)


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


def _cells(table: CountTable, outcome: Outcome, progress: Progress | None) -> Iterator[Row]:
    for number, cell in enumerate(table.records(), 1):
        mean = round(cell["stars"] / cell["rated"], 2) if cell["rated"] else None
        picked = cell["selected"] + cell["rejected"]
        legacy = legacy_figures(
            *((picked, cell["selected"]) if outcome == "selected" else (cell["rated"], cell["liked"]))
        )
        names: dict[str, object] = {table.rows: cell["row"], table.columns: cell["column"]}
        yield {**cell, **names, "mean_rating": mean, "legacy_outcome": outcome, **legacy}
        if progress is not None:
            progress(number, len(table))


def _refuse_filter(where: str, what: str) -> None:
    if where.strip():
        raise QuestionError(f"The table {what} is kept for the whole library: leave the filter out.")
