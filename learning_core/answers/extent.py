"""How much an answer says of each parameter: all that is asked for, or what matters where that would be too much."""

from collections.abc import Container, Mapping

from msgspec import Struct

from learning_core.answers.answer import By
from learning_core.answers.comparison import Comparison


class Extent(Struct, frozen=True):
    """How many settings of a parameter are shown of the `limit` asked for, and whether why the verdict is so is told.

    In brief, settings are shown without reasons, and all but the first with one record.
    """

    limit: int
    settings: int
    says_why: bool
    is_brief: bool


def extents_of(found: Mapping[By, Comparison], led: Container[By], limit: int, most: int | None) -> dict[By, Extent]:
    """Return how much is said of each parameter: `limit` settings, fewer and in brief where `most` in all are too few.

    Then one of several settings is shown where none leads; or none, where nothing tells them apart either; or one only
    where one leads: the first of these that is not too much, or the last. Of those `led` one leads over all prompts. A
    setting that is alone is named in the sentence on its parameter.
    """
    every = [min(limit, len(each.ranking)) for each in found.values()]
    is_led = [each.verdict.leads or by in led for by, each in found.items()]
    one = [min(settings, len(each.ranking) - 1, 1) for settings, each in zip(every, found.values(), strict=True)]
    told = [
        int(lead or each.verdict.claim.strength != "none") for each, lead in zip(found.values(), is_led, strict=True)
    ]

    def with_undecided(few: list[int]) -> list[int]:
        return [many if lead else less for many, less, lead in zip(every, few, is_led, strict=True)]

    choices = every, with_undecided(one), with_undecided(told), told
    shown = next((each for each in choices if most is None or sum(each) <= most), told)
    is_brief = shown != every
    return {
        by: Extent(limit, settings, says_why=lead or not is_brief, is_brief=is_brief)
        for by, settings, lead in zip(found, shown, is_led, strict=True)
    }
