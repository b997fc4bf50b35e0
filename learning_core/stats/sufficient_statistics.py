"""Integer counts of judged images by cluster, level, keyword and cell: all that the two-way model needs to know.

A level is a value of the factor asked about (a checkpoint, a LoRA), a cluster is all images of one prompt with one
level, a cell is all images of one level whose prompts have one keyword (statistics.md 3.0 and 3.1). Integers make
any order of the images give the same bytes.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from learning_core.stats.grouping import Counts, distinct

UNSEEN = -1
"""The number of a level or a keyword that no judged image has."""

MOST_KEYWORDS = 10
"""How many keywords of a prompt count."""

PROMPT_SHARES = 2520
"""A prompt's weight is shared out among its keywords in these parts, which 1 to 10 of them divide evenly."""

TRAITS = ("words", "characters", "numbers", "negations")
"""What is counted in the text of a prompt as a whole."""

STAR_PARTS = 2520
"""Products of stars are means over the images of a job, in these parts: 1 to 10 images divide them evenly."""

_EXACT = 1 << 53

Numbers = npt.NDArray[Any]


class Prompts(Struct, frozen=True, eq=False):
    """Keywords of each prompt: `keywords[starts[p]:starts[p + 1]]`, distinct, ascending, at most ten.

    `told` are TRAITS of each prompt, a row each; None where nothing is known of the text but its keywords.
    """

    starts: Counts
    keywords: Counts
    told: Counts | None = None

    @property
    def lengths(self) -> Counts:
        """How many keywords each prompt has."""
        return np.diff(self.starts)

    @property
    def traits(self) -> Counts:
        """TRAITS of each prompt, a row each."""
        return self.told if self.told is not None else np.outer(self.lengths, np.eye(len(TRAITS), dtype=np.int64)[0])

    def pairs(self, prompts: Counts) -> tuple[Counts, Counts]:
        """Return a row for each keyword of each of the prompts: the prompt's place in the argument, the keyword."""
        lengths = self.lengths[prompts]
        place = np.repeat(np.arange(len(prompts)), lengths)
        first = np.cumsum(lengths) - lengths
        at = np.arange(len(place)) - np.repeat(first - self.starts[:-1][prompts], lengths)
        return place, self.keywords[at]


class Judgements(Struct, frozen=True, eq=False):
    """Rows of judged images: n images of one prompt and level, of which s came out well, with the sums of their stars.

    A row with negative numbers takes images back. Prompts, levels and keywords are numbers from 0; those of levels
    and keywords must follow the order of their names, for the numbers decide in which order sums are taken.
    `stars` are None where the outcome has none.
    """

    prompt: Counts
    level: Counts
    n: Counts
    s: Counts
    prompts: Prompts
    levels: int
    keywords: int
    stars: "Stars | None" = None


class Stars(Struct, frozen=True, eq=False):
    """Sums of ratings 1 to 5 (`total`), and of their products over jobs: y², sy and s² of a job's mean y and s.

    Products are in STAR_PARTS an image.
    """

    total: Counts
    squares: Counts
    good: Counts
    good_squares: Counts

    @classmethod
    def of_jobs(cls, n: Counts, s: Counts, total: Counts) -> "Stars":
        """Return the sums of single jobs with n judged images, of which s came out well, with so many stars."""
        images = np.maximum(n, 1)
        return cls(total, *(each * STAR_PARTS // images for each in (total * total, s * total, s * s)))

    def of(self, rows: Counts) -> "Stars":
        """Return the sums of some rows."""
        return Stars(self.total[rows], self.squares[rows], self.good[rows], self.good_squares[rows])


class Clusters(Struct, frozen=True, eq=False):
    """Clusters with images, sorted by prompt, then by level."""

    prompt: Counts
    level: Counts
    n: Counts
    s: Counts


class Cells(Struct, frozen=True, eq=False):
    """Cells with images, sorted by keyword, then by level.

    `q` is Σ n_g² over clusters, `share` Σ 2520/L over images (L keywords of the prompt).
    """

    keyword: Counts
    level: Counts
    n: Counts
    s: Counts
    q: Counts
    share: Counts
    stars: Counts


class Levels(Struct, frozen=True, eq=False):
    """Sums of each level; `q` is Σ n_g² over its clusters, `stars` are 0 where the outcome has none."""

    n: Counts
    s: Counts
    q: Counts
    stars: Stars


class SufficientStatistics(Struct, frozen=True, eq=False):
    """Counts by cluster, cell and level; `keyword_r` and `r` are Σ n_p² over prompts, of each keyword and of all."""

    clusters: Clusters
    cells: Cells
    levels: Levels
    keyword_r: Counts
    r: int
    prompts: Prompts

    @property
    def n(self) -> int:
        """All judged images."""
        return int(self.levels.n.sum())

    @property
    def s(self) -> int:
        """All images that came out well."""
        return int(self.levels.s.sum())


def summarised(judgements: Judgements) -> SufficientStatistics:
    """Return the counts of judged images, whatever their order; clusters that were taken back are left out."""
    levels = judgements.levels
    key, place = distinct(judgements.prompt.astype(np.int64) * levels + judgements.level)
    nothing = np.zeros(len(judgements.prompt), np.int64)
    stars = judgements.stars or Stars(*(nothing,) * 4)
    sums = [_sums(place, each, len(key)) for each in (judgements.n, judgements.s, stars.total)]
    kept = np.flatnonzero(sums[0])
    n, s, y = (each[kept] for each in sums)
    prompt, level = key[kept] // levels, key[kept] % levels
    prompts = judgements.prompts
    by_prompt = _sums(prompt, n, len(prompts.starts) - 1)
    return SufficientStatistics(
        clusters=Clusters(prompt, level, n, s),
        cells=_cells(judgements, prompt, level, (n, s, y)),
        levels=Levels(
            n=_sums(level, n, levels),
            s=_sums(level, s, levels),
            q=_sums(level, n * n, levels),
            stars=Stars(*(_sums(judgements.level, getattr(stars, each), levels) for each in Stars.__struct_fields__)),
        ),
        keyword_r=_keyword_r(prompts, by_prompt, judgements.keywords),
        r=int((by_prompt * by_prompt).sum()),
        prompts=prompts,
    )


def _cells(judgements: Judgements, prompt: Counts, level: Counts, sums: tuple[Counts, ...]) -> Cells:
    n, s, y = sums
    cluster, keyword = judgements.prompts.pairs(prompt)
    key, place = distinct(keyword * judgements.levels + level[cluster])
    share = PROMPT_SHARES // np.maximum(judgements.prompts.lengths[prompt], 1)
    totals = (_sums(place, each[cluster], len(key)) for each in (n, s, n * n, n * share, y))
    return Cells(key // judgements.levels, key % judgements.levels, *totals)


def _keyword_r(prompts: Prompts, by_prompt: Counts, keywords: int) -> Counts:
    used = np.flatnonzero(by_prompt)
    place, keyword = prompts.pairs(used)
    return _sums(keyword, (by_prompt[used] ** 2)[place], keywords)


def _sums(place: Counts, numbers: Numbers, places: int) -> Counts:
    """Return the integer sums by place; doubles hold them exactly while they are small enough."""
    if int(np.abs(numbers).sum()) < _EXACT:
        return np.bincount(place, numbers, places).astype(np.int64)
    total = np.zeros(places, np.int64)
    np.add.at(total, place, numbers)
    return total
