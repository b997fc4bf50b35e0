"""A static table of invented vectors, and a library to ask with it: the code is tested without any model.

Words of one group lie close together, groups far apart; "beachy" and "carne" are put together from pieces.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from library_factory import make_job, make_library, rating

from learning_core.library import Library
from learning_core.matching.embed import embed
from learning_core.matching.static_table import write_table
from learning_core.matching.widening import STATIC_TABLE

GROUPS = (
    ("beach", "seaside", "shore", "coast"),
    ("dusk", "twilight", "nightfall"),
    ("forest", "woods", "##y"),
    ("car", "automobile", "##ne"),
    ("red", "crimson", "blue"),
    ("bench", "seat", "stool"),
    ("peach", "apricot", "plum"),
    ("storm", "tempest", "gale"),
)
SPREAD = (0.0, 0.35, 0.6, 1.2)
"""How far the words of a group are from its first one: the last is near enough to be named, not to count."""


def silent(_step: str, _done: int, _total: int) -> None:
    """Take progress and say nothing."""


def vectors(dimension: int = 16) -> tuple[list[str], np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
    """Return pieces and their vectors: a group two dimensions, its words turned from the first to the second."""
    words, rows = [], []
    for group, members in enumerate(GROUPS):
        for place, word in enumerate(members):
            row = np.zeros(dimension)
            row[2 * group], row[2 * group + 1] = 1.0, SPREAD[place]
            words.append(word)
            rows.append(row * (0.1 if word.startswith("##") else 1.0))
    return words, np.array(rows)


def give_table(library: Library, dimension: int = 16, model_sha256: str = "0" * 64) -> None:
    """Put the table into a library."""
    words, rows = vectors(dimension)
    write_table(library.matching.inputs / STATIC_TABLE, words, rows, model_sha256=model_sha256, model="invented")


def scenes(prompts: Iterable[str], stars: Sequence[int] = (5, 2, 4)) -> list[object]:
    """Return rated jobs, three for each prompt, with settings that go along with the stars."""
    events: list[object] = []
    for number, prompt in enumerate(each for each in prompts for _ in range(3)):
        job = make_job(number, prompt_positive=f"{prompt}, take {number}")
        events += [job, rating(job, stars[number % len(stars)])]
    return events


def widened_library(folder: Path, prompts: Iterable[str]) -> Library:
    """Return a library with the table and the vectors of its terms."""
    library = make_library(folder, scenes(prompts))  # type: ignore[arg-type]
    give_table(library)
    embed(library, silent)
    return library
