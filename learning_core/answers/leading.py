"""Which of some values leads for a prompt, how surely, and which are tied with it."""

from collections.abc import Callable
from functools import partial

import numpy as np
from msgspec import Struct

from learning_core.answers.answer import By
from learning_core.answers.breakdown import Levels
from learning_core.answers.contest import THIN_EFFECTIVE_N
from learning_core.answers.entanglement import entangled_with
from learning_core.answers.judged_prompts import Scope
from learning_core.answers.model import Model
from learning_core.answers.uneven_words import uneven_words
from learning_core.index.columns import Column
from learning_core.index.snapshot import Snapshot
from learning_core.stats.beta import Reals
from learning_core.stats.comparing import Difference
from learning_core.stats.strength import LEAST_EFFECTIVE_N, STRENGTHS, STRONG_PROMPTS, Case, Claim, claim
from learning_core.stats.topic_order import Order
from learning_core.stats.unrated import Arm, unevenly_rated


class Sizes(Struct, frozen=True, eq=False):
    """What each value rests on: effective images, prompts, and the mean of its stars (0 without any)."""

    effective_n: Reals
    prompts: Column
    stars: Reals


class Lead(Struct, frozen=True, eq=False):
    """Values in their order, best first, how many of the first are tied, and how surely the first one leads.

    Numbers are those of levels; `closest` is the rival that the claim is about, None where there is none.
    """

    ranking: list[int]
    tied: int
    claim: Claim
    closest: int | None = None
    difference: Difference | None = None
    entangled: str = ""

    @property
    def is_sure(self) -> bool:
        """Whether the lead is moderate or strong."""
        return is_sure(self.claim)


Objection = Callable[[int, list[int]], str]
"""Tells what else could be behind the lead of a value over others, empty for nothing."""


def is_sure(found: Claim) -> bool:
    """Tell whether a claim is moderate or strong."""
    return STRENGTHS.index(found.strength) >= STRENGTHS.index("moderate")


def lead(order: Order, sizes: Sizes, allowed: Column, objection: Objection, *, several: bool) -> Lead:
    """Return which of the allowed levels, one at least, leads; `several` words lower the claim."""
    ranking, tied = _ranking(order, sizes, allowed)
    if len(ranking) == 1:
        return Lead(ranking, 1, Claim("none", "there is nothing to compare it with"))
    if tied > 1:
        return Lead(ranking, tied, Claim("none", f"{tied} values are tied"))
    solid = [level for level in ranking if sizes.effective_n[level] >= THIN_EFFECTIVE_N]
    leader = solid[0] if len(solid) > 1 else ranking[0]
    is_rival = (sizes.effective_n >= LEAST_EFFECTIVE_N) & (sizes.prompts >= STRONG_PROMPTS)
    others = [level for level in ranking if level != leader]
    rivals = [level for level in others if is_rival[level]] if is_rival[leader] else []
    compared = rivals or ([level for level in others if level in solid] or others)[:1]
    closest, found, difference = weakest_claim(order, sizes, leader, compared, several=several)
    entangled = objection(leader, compared) if is_sure(found) else ""
    if entangled:
        found = Claim("weak", f"{entangled} could be what makes the difference")
    if leader != ranking[0] and not is_sure(found):
        # Without a sure lead the highest estimate stands first, however little it rests on.
        return Lead(ranking, 1, Claim("none", f"the first one rests on {sizes.effective_n[ranking[0]]:.1f} images"))
    return Lead([leader, *others], 1, found, closest, difference, entangled)


def weakest_claim(
    order: Order, sizes: Sizes, leader: int, rivals: list[int], *, several: bool
) -> tuple[int, Claim, Difference]:
    """Return the rival that the leader is least surely ahead of, how surely, and their difference."""
    found = order.compared(leader, np.array(rivals))
    claims = [
        claim(
            Case(
                probability=float(found.probability[place]),
                bayes_factor=float(found.bayes_factor[place]),
                effective_n=float(min(sizes.effective_n[leader], sizes.effective_n[rival])),
                prompts=int(min(sizes.prompts[leader], sizes.prompts[rival])),
                several_keywords=several,
            )
        )
        for place, rival in enumerate(rivals)
    ]
    weakest = min(
        range(len(rivals)),
        key=lambda place: (STRENGTHS.index(claims[place].strength), found.probability[place], place),
    )
    return rivals[weakest], claims[weakest], found.one(weakest)


def _ranking(order: Order, sizes: Sizes, allowed: Column) -> tuple[list[int], int]:
    """Order levels by score, then by stars, effective images and name; and tell how many of the first are equal."""
    # The last digits are rounding errors, and must not part what is equal.
    levels = np.flatnonzero(allowed)
    keys = [-each[levels].round(9) for each in (order.score, sizes.stars, sizes.effective_n)]
    ranking = np.lexsort(keys[::-1])
    first = ranking[0]
    equal = np.logical_and.reduce([key == key[first] for key in keys])
    found: list[int] = levels[ranking].tolist()
    return found, int(np.count_nonzero(equal))


def objection_of(
    snapshot: Snapshot,
    scope: Scope,
    model: Model,
    by: By,
    names: list[str],
    parameters: tuple[By, ...],
    looks: int = 1,
) -> Objection:
    """Return what looks for another cause of a lead, in the images of a scope; `names` are those of the levels.

    Of as many `looks`, in as many scopes, any one would do for a claim.
    """

    def look(leader: int, rivals: list[int]) -> str:
        levels = scope.breakdown.levels(by)
        place = {} if levels is None else {name: number for number, name in enumerate(levels.names)}
        seen = [place[names[rival]] for rival in rivals if names[rival] in place]
        if levels is None or names[leader] not in place or not seen:
            return "what these words are about"
        compared = (place[names[leader]], seen)
        found = _entangled(snapshot, scope, model, levels, compared, parameters, looks)
        return found or _unevenly_judged(scope, by, levels, compared)

    return look


def _unevenly_judged(scope: Scope, by: By, levels: Levels, compared: tuple[int, list[int]]) -> str:
    """Return that the images of the leader and a rival were unevenly judged, empty where they were not."""
    leader, rivals = compared
    arms = {
        level: Arm(max(scope.made(by, levels.names[level]), n), n, int(levels.tally.s[level]))
        for level in (leader, *rivals)
        for n in [int(levels.tally.n[level])]
    }
    uneven = any(unevenly_rated(arms[leader], arms[rival]) for rival in rivals)
    return "how unevenly their images were judged" if uneven else ""


def _entangled(
    snapshot: Snapshot,
    scope: Scope,
    model: Model,
    levels: Levels,
    compared: tuple[int, list[int]],
    parameters: tuple[By, ...],
    looks: int,
) -> str:
    leader, rivals = compared
    uneven = partial(uneven_words, snapshot, scope.evidence, model, levels, leader, rivals)
    return entangled_with(scope.breakdown, levels, leader, rivals, parameters, uneven, looks)
