"""The words of prompts held in memory, and extended by those of new prompts."""

import sqlite3

import numpy as np
from msgspec import Struct, field

from learning_core.index.blobs import opened
from learning_core.index.columns import PROMPTS_OF_A_BLOCK, Column, PromptField
from learning_core.index.held_columns import with_room


class HeldWords(Struct):
    """The numbers of the words of the first `prompts` prompts, see `Snapshot.prompt_words`, in arrays with room."""

    prompts: int = 0
    _starts: Column = field(default_factory=lambda: np.zeros(2, np.int64))
    _words: Column = field(default_factory=lambda: np.zeros(0, np.uint32))

    def of(self, sql: sqlite3.Connection, field: PromptField, prompts: int) -> tuple[Column, Column]:
        """Return (starts, words) of this many prompts; never changed afterwards."""
        if prompts > self.prompts:
            self._extend(sql, field)
        starts = self._starts[: prompts + 2]
        return starts, self._words[: starts[-1]]

    def _extend(self, sql: sqlite3.Connection, field: PromptField) -> None:
        """Add the words of all prompts behind those that are known; the last block of these may have grown."""
        block, known = divmod(self.prompts, PROMPTS_OF_A_BLOCK)
        sizes, parts = [], []
        for number_of, number_words in sql.execute(
            "SELECT sizes, words FROM words_of_prompts WHERE field = ? AND number >= ? ORDER BY number", (field, block)
        ):
            of_block = np.frombuffer(opened(number_of), np.uint16).astype(np.int64)
            parts.append(np.frombuffer(opened(number_words), np.uint32)[of_block[:known].sum() :])
            sizes.append(of_block[known:])
            known = 0
        first = self.prompts + 2
        ends = self._starts[first - 1] + np.cumsum(np.concatenate(sizes))
        self._starts = _appended(self._starts, first, ends)
        self._words = _appended(self._words, int(self._starts[first - 1]), np.concatenate(parts))
        self.prompts += len(ends)


def _appended(values: Column, used: int, more: Column) -> Column:
    """Return values of which so many are used, with more behind them."""
    if used + len(more) > len(values):
        values = with_room(values[:used], used + len(more), values.dtype)
    values[used : used + len(more)] = more
    return values
