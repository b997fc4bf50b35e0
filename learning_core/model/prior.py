"""A prior: settings that somebody recommended for a checkpoint, before any image of one's own was judged."""

from collections.abc import Mapping

from msgspec import Struct


class PriorLora(Struct, frozen=True):
    """A LoRA that belongs to a prior, and why it has this weight."""

    name: str
    weight: float
    reason: str


class Prior(Struct, frozen=True):
    """What is recommended for one checkpoint; never evidence, whatever it claims to rest on.

    `values` are by parameter (`steps`, `size`), spelled as the index spells values. `rank` is 5 for the best rating
    to 1 for the worst, 0 for an unknown one. `runs_observed` and `mean_rating` (1 to 5 stars) are as its source
    states them.
    """

    checkpoint: str
    preset: str
    rating: str
    rank: int
    source: str
    values: Mapping[str, str]
    loras: tuple[PriorLora, ...] = ()
    left_out: tuple[str, ...] = ()
    runs_observed: int | None = None
    mean_rating: float | None = None
