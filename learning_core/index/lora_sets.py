"""Which LoRAs each set of LoRAs holds, read from the value dictionary once and extended by what is new."""

import sqlite3
from collections.abc import Mapping
from itertools import chain

import numpy as np
import orjson

from learning_core.index.columns import Column
from learning_core.text.names import same_name

NO_LORA = "(no LoRA)"


class LoraSets:
    """The LoRAs of set s are `loras[starts[s]:starts[s + 1]]`, each once, whatever their weights; 0 is no LoRA.

    Set 0, the unknown one, has none. `names` are those of the LoRAs by their number, of several spellings the smallest.
    `spelled` has for each of `loras` the number of its spelling in that set; spelling n is `spellings[n]`, a name of
    LoRA `lora_of[n]`.
    """

    def __init__(self) -> None:
        self.names = [NO_LORA]
        self.starts: Column = np.zeros(2, np.int64)
        self.loras: Column = np.zeros(0, np.int32)
        self.spellings = [NO_LORA]
        self.spelled: Column = np.zeros(0, np.int32)
        self._numbers: dict[str, int] = {}
        self._known: dict[str, int] = {}
        self.lora_of = [0]

    def __len__(self) -> int:
        return len(self.starts) - 2

    def extended(self, sql: sqlite3.Connection) -> "LoraSets":
        """Return these sets and those that were numbered since; what was handed out before does not change."""
        (found,) = sql.execute(
            "SELECT json_group_array(json(display)) FROM"
            " (SELECT display FROM value WHERE field = 'lora_set' AND number > ? ORDER BY number)",
            (len(self),),
        ).fetchone()
        sets = orjson.loads(found)
        if not sets:
            return self
        after = LoraSets()
        after.names, after.spellings = list(self.names), list(self.spellings)
        after._numbers, after._known, after.lora_of = dict(self._numbers), dict(self._known), list(self.lora_of)
        members = [[after._spelling(name) for name, _ in each] or [0] for each in sets]
        sizes = np.fromiter(map(len, members), np.int64, len(members))
        spelled = np.fromiter(chain.from_iterable(members), np.int32, int(sizes.sum()))
        after.starts = np.concatenate([self.starts, self.starts[-1] + np.cumsum(sizes)])
        after.spelled = np.concatenate([self.spelled, spelled])
        after.loras = np.concatenate([self.loras, np.array(after.lora_of, np.int32)[spelled]])
        return after

    def number_of(self, name: str) -> int | None:
        """Return the number of a LoRA, given in any spelling; None where no set holds it."""
        return 0 if name == NO_LORA else self._numbers.get(same_name(name))

    def as_arrays(self) -> dict[str, Column]:
        """Return all of it as arrays."""
        texts = np.frombuffer(orjson.dumps([self.names, self.spellings]), np.uint8)
        lora_of = np.array(self.lora_of, np.int64)
        return {"texts": texts, "starts": self.starts, "spelled": self.spelled, "lora_of": lora_of}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Column]) -> "LoraSets":
        """Return the sets that were made arrays; raises KeyError when some are missing."""
        found = cls()
        found.names, found.spellings = orjson.loads(arrays["texts"].tobytes())
        found.starts, found.spelled = arrays["starts"], arrays["spelled"]
        found.lora_of = arrays["lora_of"].tolist()
        found.loras = arrays["lora_of"].astype(np.int32)[found.spelled]
        found._numbers = {same_name(name): number for number, name in enumerate(found.names) if number}
        found._known = {spelling: number for number, spelling in enumerate(found.spellings) if number}
        return found

    def _spelling(self, name: str) -> int:
        number = self._known.get(name)
        if number is None:
            number = self._known[name] = len(self.spellings)
            self.spellings.append(name)
            self.lora_of.append(self._number(name))
        return number

    def _number(self, name: str) -> int:
        key = same_name(name)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.names)
            self.names.append(name)
        elif name < self.names[number]:
            self.names[number] = name
        return number
