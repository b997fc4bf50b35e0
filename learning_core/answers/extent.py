"""How much an answer says of each parameter: all that is asked for, or what matters where that would be too much."""

from collections.abc import Container, Iterator, Mapping

from msgspec import Struct

from learning_core.answers.answer import By
from learning_core.answers.comparison import Comparison

_LEADS = ("clear_leader", "likely_leader")


class Extent(Struct, frozen=True):
    """How many settings of a parameter are shown of the `limit` asked for, and whether why the verdict is so is told.

    In brief, settings are shown without reasons, and all but the first with one record.
    """

    limit: int
    settings: int
    says_why: bool = True
    is_brief: bool = False


def extents_of(found: Mapping[By, Comparison], led: Container[By], limit: int, most: int | None) -> dict[By, Extent]:
    """Return how much is said of each parameter: `limit` settings, in brief where that makes more than `most` in all.

    Then one of several settings is shown where none leads; or none, where nothing tells them apart either; or one only
    where one leads: the first of these that is not too much, or the last. Of those `led` one leads over all prompts. A
    setting that is alone is named in the sentence on its parameter.
    """
    every = [min(limit, len(each.ranking)) for each in found.values()]
    if most is None or sum(every) <= most:
        return {by: Extent(limit, settings) for by, settings in zip(found, every, strict=True)}
    is_led = [each.verdict.status in _LEADS or by in led for by, each in found.items()]
    is_told = [lead or each.verdict.claim.strength != "none" for each, lead in zip(found.values(), is_led, strict=True)]
    one = [min(settings, len(each.ranking) - 1, 1) for settings, each in zip(every, found.values(), strict=True)]
    for shown in _fewer(every, is_led, one, list(map(int, is_told))):
        if sum(shown) <= most:
            break
    return {
        by: Extent(limit, settings, says_why=lead, is_brief=True)
        for by, settings, lead in zip(found, shown, is_led, strict=True)
    }


def _fewer(every: list[int], is_led: list[bool], one: list[int], told: list[int]) -> Iterator[list[int]]:
    for undecided in (one, told):
        yield [most if lead else few for most, few, lead in zip(every, undecided, is_led, strict=True)]
    yield told
