"""Names that a question allows for a parameter: which of them the library knows, and which may be misspelt."""

import difflib
from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from learning_core.answers.answer import By
from learning_core.answers.recommendation import NotKnown
from learning_core.errors import OverLimit
from learning_core.index.lora_sets import NO_LORA
from learning_core.index.snapshot import Snapshot
from learning_core.text.names import file_stem, same_name

MOST_NAMES = 200
_NEAR = 3


class Available(Struct, frozen=True):
    """Values that may be recommended, in their order by name, and names that the library does not hold.

    `named` tells whether the question named them; else they are all that the library knows.
    """

    names: list[str]
    not_known: list[NotKnown]
    named: bool


def checkpoints_of(snapshot: Snapshot, named: Sequence[str] | None) -> Available:
    """Return the checkpoints that may be recommended; those of withdrawn jobs alone are unknown."""
    return _chosen("checkpoint", snapshot.derived("checkpoints of standing jobs", lambda: _used(snapshot)), named)


def loras_of(snapshot: Snapshot, named: Sequence[str] | None) -> Available:
    """Return the LoRAs that may be recommended; none at all is always one of the choices."""
    found = _chosen("lora", snapshot.lora_sets().names[1:], named)
    return Available([NO_LORA, *found.names], found.not_known, found.named)


def _used(snapshot: Snapshot) -> list[str]:
    numbers = np.flatnonzero(np.bincount(snapshot.column("checkpoint")[snapshot.standing_jobs()], minlength=1))
    return snapshot.names("checkpoint", numbers[numbers > 0])


def _chosen(by: By, known: Sequence[str], named: Sequence[str] | None) -> Available:
    if named is None:
        return Available(sorted(known), [], named=False)
    if len(named) > MOST_NAMES:
        raise OverLimit(f"{len(named)} names; at most {MOST_NAMES} are compared", field=f"{by}s")
    by_key = {same_name(each): each for each in known}
    found: set[str] = set()
    missing: dict[str, NotKnown] = {}
    for name in named:
        key = same_name(file_stem(name) or name)
        if key in by_key:
            found.add(by_key[key])
        else:
            near = difflib.get_close_matches(key, sorted(by_key), _NEAR, 0.6)
            missing.setdefault(key, NotKnown(by=by, name=name, near=[by_key[each] for each in near]))
    return Available(sorted(found), list(missing.values()), named=True)
