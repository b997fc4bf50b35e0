"""How much an answer says of each parameter: all that is asked for, or what matters where that would be too much."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from learning_core.answers.comparison import Comparison

_LEADS = ("clear_leader", "likely_leader")


class Extent(Struct, frozen=True):
    """How many settings of a parameter are shown, and whether the numbers behind the verdict are told.

    In brief, settings are shown without reasons, and all but the first with one record.
    """

    settings: int
    says_why: bool = True
    is_brief: bool = False


def extents_of(found: Sequence[Comparison], leads: Sequence[bool], limit: int, most: int | None) -> list[Extent]:
    """Return how much is said of each parameter: `limit` settings, in brief where that makes more than `most` in all.

    Then one of several settings is shown where none leads; or none, where nothing tells them apart either; or one only
    where one leads: the first of these that is not too much, or the last. `leads` says where one leads over all
    prompts. A setting that is alone is named in the sentence on its parameter.
    """
    every = [min(limit, len(each.ranking)) for each in found]
    if most is None or sum(every) <= most:
        return [Extent(settings) for settings in every]
    is_led = [each.verdict.status in _LEADS or over_all for each, over_all in zip(found, leads, strict=True)]
    is_told = [led or each.verdict.claim.strength != "none" for each, led in zip(found, is_led, strict=True)]
    one = [min(settings, len(each.ranking) - 1, 1) for settings, each in zip(every, found, strict=True)]
    for shown in _fewer(every, is_led, one, list(map(int, is_told))):
        if sum(shown) <= most:
            break
    return [Extent(settings, says_why=led, is_brief=True) for settings, led in zip(shown, is_led, strict=True)]


def _fewer(every: list[int], is_led: list[bool], one: list[int], told: list[int]) -> Iterator[list[int]]:
    for undecided in (one, told):
        yield [most if led else few for most, few, led in zip(every, undecided, is_led, strict=True)]
    yield told
