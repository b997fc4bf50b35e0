"""Tables of two names over the whole library: keyword by checkpoint, checkpoint by LoRA, with what they add up to."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, TypedDict

import numpy as np
from msgspec import Struct

from learning_core.answers.kept_table import Columns, KeptTable, brought_level
from learning_core.index.columns import EVIDENCE_CLASSES, Column
from learning_core.index.snapshot import Snapshot
from learning_core.stats.crosstab import Cells, Sample

Name = Literal["keyword", "checkpoint", "lora"]
Names = Mapping[int, str] | Sequence[str]
_PREFERENCE = EVIDENCE_CLASSES.index("preference")
_COUNTED = (
    "prompt", "checkpoint", "rated", "liked", "rating_sum", "selected", "rejected", "withdrawn",
)  # fmt: skip


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


class CountTable(Struct, frozen=True, eq=False):
    """A sparse table of counts; `cells.member` numbers the rows' names and `cells.across` the columns', or reversed.

    `jobs` with a judgement, `rated` images, of these `liked` (4 or 5 stars), the sum of their `stars`, `selected`
    and `rejected` images, and the number of different `prompts` behind them.
    """

    rows: Name
    columns: Name
    cells: Cells
    row_numbers: Column
    column_numbers: Column
    row_names: Names
    column_names: Names

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
    """Return the counts of judged jobs for every word of a positive prompt and every checkpoint.

    Counted once in a process; what is logged later is added.
    """
    cells = _cells(snapshot, "keyword by checkpoint", _COUNTED, snapshot.prompt_words(), _keyword_sample)
    checkpoints = snapshot.values("checkpoint")
    return CountTable("keyword", "checkpoint", cells, cells.member, cells.across, snapshot.word_texts(), checkpoints)


def checkpoint_by_lora(snapshot: Snapshot) -> CountTable:
    """Return the counts of judged jobs for every checkpoint and LoRA, whatever its weight.

    Comparisons of whole models under their own settings say nothing about a LoRA and are left out, as in `what_works`.
    Counted once in a process; what is logged later is added.
    """
    sets = snapshot.lora_sets()
    columns = (*_COUNTED, "lora_set", "evidence", "experiment")
    cells = _cells(snapshot, "checkpoint by lora", columns, (sets.starts, sets.loras), _lora_sample)
    checkpoints = snapshot.values("checkpoint")
    return CountTable("checkpoint", "lora", cells, cells.across, cells.member, checkpoints, sets.names)


def _cells(
    snapshot: Snapshot,
    name: str,
    columns: tuple[str, ...],
    groups: tuple[Column, Column],
    sample: Callable[[Columns], Sample],
) -> Cells:
    def made(before: KeptTable | None) -> KeptTable:
        return brought_level(before, {each: snapshot.column(each) for each in columns}, *groups, sample)

    return snapshot.carried(name, made).cells


def _keyword_sample(columns: Columns) -> Sample:
    return _sample(_of(columns, columns["withdrawn"] == 0), "prompt")


def _lora_sample(columns: Columns) -> Sample:
    some = _of(columns, (columns["withdrawn"] == 0) & (columns["evidence"] != _PREFERENCE))
    prompt = some["prompt"]
    if not prompt.all():
        # Unknown prompts of one experiment may all be the same: they count as one.
        prompt = np.where(prompt > 0, prompt.astype(np.int64), -some["experiment"].astype(np.int64))
    return _sample(some, "lora_set", prompt)


def _of(columns: Columns, mask: Column) -> Columns:
    return columns if mask.all() else {name: column[mask] for name, column in columns.items()}


def _sample(columns: Columns, group: str, cluster: Column | None = None) -> Sample:
    judged = (columns["rated"] | columns["selected"] | columns["rejected"]) > 0
    counts = (judged, *(columns[name] for name in ("rated", "liked", "rating_sum", "selected", "rejected")))
    return Sample(columns[group], columns["checkpoint"], counts, cluster)
