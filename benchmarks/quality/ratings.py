"""Human ratings in normal form (shared/data/ratings/README.md): one JSON object a line, one file a set."""

import json
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from msgspec import Struct

from benchmarks.quality.topic_words import measured_words, traits_of_answers, words_of_answers
from learning_core.stats.beta import Reals
from learning_core.stats.grouping import Counts
from learning_core.stats.sufficient_statistics import MOST_KEYWORDS, Prompts
from learning_core.text.prompt_traits import Traits

THRESHOLDS = {"genai_bench": 4.0, "tifa160": 5.0}
"""The least rating that counts as selected, of sets whose measurement fixed one."""

_COMMON_SHARE = 0.8
_MOST = 0.99


class RatingsError(Exception):
    """A folder or line that cannot be used, in one sentence."""


class RatingSet(Struct, frozen=True, eq=False):
    """One set: a row for each rating, with its prompt, level, whether it counts as selected, and its stars.

    Prompts, levels and keywords are numbers in the order of their names. `words` are those that answers read in the
    prompts, `measured` those of the measurement, which the rivals are given.
    """

    name: str
    threshold: str
    prompt: Counts
    level: Counts
    selected: Counts
    stars: Counts
    words: "Vocabulary"
    measured: "Vocabulary"
    level_names: list[str]


class Vocabulary(Struct, frozen=True, eq=False):
    """The keywords of each prompt, and all keywords by name."""

    prompts: Prompts
    names: list[str]

    @classmethod
    def of(cls, words: list[list[str]], traits: list[Traits] | None = None) -> "Vocabulary":
        """Number the first words of each prompt."""
        kept = [each[:MOST_KEYWORDS] for each in words]
        names = sorted({word for each in kept for word in each})
        numbers = _numbers(names)
        keywords = [each for one in kept for each in sorted(map(numbers.__getitem__, one))]
        starts = np.cumsum([0, *map(len, kept)])
        told = None if traits is None else np.array(traits, np.int64)
        return cls(Prompts(starts, np.array(keywords, np.int64), told), names)


def read_folder(folder: Path, thresholds: Mapping[str, float]) -> list[RatingSet]:
    """Return the sets of a folder, by name; `thresholds` come before the known ones. Raises RatingsError."""
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        raise RatingsError(f"{folder}: no *.jsonl file here; give the folder of the rating sets.")
    unknown = set(thresholds) - {file.stem for file in files}
    if unknown:
        raise RatingsError(f"{folder}: no set called {', '.join(sorted(unknown))} to set a threshold for.")
    return [_read(file, {**THRESHOLDS, **thresholds}.get(file.stem)) for file in files]


def _read(file: Path, threshold: float | None) -> RatingSet:
    rows = [_row(file, number, line) for number, line in enumerate(file.read_bytes().splitlines(), 1) if line.strip()]
    if not rows:
        raise RatingsError(f"{file}: holds no rating.")
    ids = {row["prompt_id"]: row for row in rows}
    names, levels = sorted(ids), sorted({_level(row) for row in rows})
    selected, how = _selected(rows, threshold)
    of_prompt, of_level = _numbers(names), _numbers(levels)
    texts = [ids[name]["prompt"] for name in names]
    return RatingSet(
        file.stem,
        how,
        np.array([of_prompt[row["prompt_id"]] for row in rows]),
        np.array([of_level[_level(row)] for row in rows]),
        np.array(selected, np.int64),
        _stars(np.array([row["rating"] for row in rows], np.float64)),
        Vocabulary.of(list(map(words_of_answers, texts)), list(map(traits_of_answers, texts))),
        Vocabulary.of([measured_words(ids[name]["prompt"], ids[name].get("tags") or ()) for name in names]),
        levels,
    )


def _is_star_scale(ratings: Reals) -> bool:
    """Tell whether ratings are 1 to 5; a slip of the source, such as 44 for 4, does not make another scale."""
    within = (ratings >= 1.0) & (ratings <= 5.0)
    return bool(within.mean() >= _MOST and ratings[within].max() > 2.0)


def _stars(ratings: Reals) -> Counts:
    """Return ratings as whole stars: what is 1 to 5 as it is, rounded; other scales first stretched to 1 to 5."""
    if not _is_star_scale(ratings):
        low, high = np.quantile(ratings, (1.0 - _MOST, _MOST))
        ratings = 1.0 + 4.0 * (ratings - low) / max(high - low, 1e-9)
    return np.rint(np.clip(ratings, 1.0, 5.0)).astype(np.int64)


def _row(file: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise RatingsError(f"{file}, line {number}: not JSON ({error}).") from None
    if not isinstance(row, dict):
        raise RatingsError(f"{file}, line {number}: not an object.")
    for field, kind in (("prompt", str), ("prompt_id", str), ("model", str), ("rating", (int, float))):
        if not isinstance(row.get(field), kind) or isinstance(row.get(field), bool):
            raise RatingsError(f"{file}, line {number}: {field} is missing or of the wrong type.")
    return row


def _level(row: dict[str, Any]) -> str:
    return " ".join([row["model"], *([row["variant"]] if row.get("variant") else [])])


def _selected(rows: list[dict[str, Any]], threshold: float | None) -> tuple[list[bool], str]:
    """Return which ratings count as selected: as the lines say, by the threshold, or by the kind of scale."""
    if all(isinstance(row.get("selected"), bool) for row in rows):
        return [row["selected"] for row in rows], "as the lines say"
    ratings = [float(row["rating"]) for row in rows]
    if threshold is None:
        is_whole = all(rating.is_integer() for rating in ratings)
        threshold = 4.0 if is_whole and _is_star_scale(np.array(ratings)) else _middle(ratings)
    return [rating >= threshold for rating in ratings], f"rating ≥ {threshold:g}"


def _middle(ratings: list[float]) -> float:
    """Return the median, or the next greater rating where nearly all are as good as the median."""
    middle = median(ratings)
    above = [rating for rating in ratings if rating > middle]
    if above and sum(rating >= middle for rating in ratings) > _COMMON_SHARE * len(ratings):
        return min(above)
    return middle


def _numbers(names: list[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(names)}
