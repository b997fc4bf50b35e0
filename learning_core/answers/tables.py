"""Tables of two names over the whole library: keyword by checkpoint, checkpoint by LoRA, with what they add up to."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypedDict

import numpy as np

from learning_core.index.columns import EVIDENCE_CLASSES, Column
from learning_core.index.snapshot import Snapshot
from learning_core.stats.crosstab import Cells, Sample, table

Name = Literal["keyword", "checkpoint", "lora"]
_PREFERENCE = EVIDENCE_CLASSES.index("preference")


class Row(TypedDict):
    """One cell by its names; images are counted where not said otherwise."""

    row: str
    column: str
    jobs: int
    rated: int
    liked: int
    stars: int
    selected: int
    rejected: int
    prompts: int


@dataclass(frozen=True, slots=True, eq=False)
class CountTable:
    """A sparse table of counts; `cells.member` numbers the rows' names and `cells.across` the columns', or reversed.

    `jobs` with a judgement, `rated` images, of these `liked` (4 or 5 stars), the sum of their `stars`, `selected`
    and `rejected` images, and the number of different `prompts` behind them.
    """

    rows: Name
    columns: Name
    cells: Cells
    row_numbers: Column
    column_numbers: Column
    row_names: dict[int, str]
    column_names: dict[int, str]

    def __len__(self) -> int:
        return len(self.cells)

    def records(self) -> Iterator[Row]:
        """Yield every cell that is not empty by its names, ordered by them."""
        named = zip(self.row_numbers.tolist(), self.column_numbers.tolist(), self.cells.counts.tolist(), strict=True)
        rows = [(self.row_names[row], self.column_names[column], counts) for row, column, counts in named]
        for row, column, counts in sorted(rows):
            jobs, rated, liked, stars, selected, rejected, prompts = counts
            yield Row(
                row=row, column=column, jobs=jobs, rated=rated, liked=liked, stars=stars, selected=selected,
                rejected=rejected, prompts=prompts,
            )  # fmt: skip


def keyword_by_checkpoint(snapshot: Snapshot) -> CountTable:
    """Return the counts of judged jobs for every word of a positive prompt and every checkpoint."""
    rows = _judged(snapshot)
    starts, words = snapshot.prompt_words()
    sample = _sample(snapshot, rows, "prompt", None)
    cells = table(sample, starts, words)
    texts = snapshot.word_texts()
    names = {number: texts[number] for number in np.flatnonzero(np.bincount(cells.member)).tolist()}
    checkpoints = snapshot.values("checkpoint")
    return CountTable("keyword", "checkpoint", cells, cells.member, cells.across, names, checkpoints)


def checkpoint_by_lora(snapshot: Snapshot) -> CountTable:
    """Return the counts of judged jobs for every checkpoint and LoRA, whatever its weight.

    Comparisons of whole models under their own settings say nothing about a LoRA and are left out, as in `what_works`.
    """
    rows = _judged(snapshot)
    compared = snapshot.column("evidence")[rows] == _PREFERENCE
    if compared.any():
        rows = rows[~compared]
    prompt = snapshot.column("prompt")[rows].astype(np.int64)
    if not prompt.all():
        # Unknown prompts of one experiment may all be the same: they count as one.
        prompt = np.where(prompt > 0, prompt, -snapshot.column("experiment")[rows].astype(np.int64))
    sets = snapshot.lora_sets()
    cells = table(_sample(snapshot, rows, "lora_set", prompt), sets.starts, sets.loras)
    names = dict(enumerate(sets.names))
    checkpoints = snapshot.values("checkpoint")
    return CountTable("checkpoint", "lora", cells, cells.across, cells.member, checkpoints, names)


def _judged(snapshot: Snapshot) -> Column:
    """Return the row numbers of the jobs with stars or a pick that were not withdrawn."""
    judged = snapshot.column("rated") | snapshot.column("selected") | snapshot.column("rejected")
    return np.flatnonzero((judged > 0) & snapshot.standing_jobs())


def _sample(snapshot: Snapshot, rows: Column, group: str, cluster: Column | None) -> Sample:
    counted = (snapshot.column(name)[rows] for name in ("rated", "liked", "rating_sum", "selected", "rejected"))
    counts = (np.ones(len(rows), np.int64), *counted)
    return Sample(snapshot.column(group)[rows], snapshot.column("checkpoint")[rows], counts, cluster)
