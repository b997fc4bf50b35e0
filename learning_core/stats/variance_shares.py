"""How much of the variance of judgements goes with the prompt, with each parameter, and with neither.

Variance components by the method of moments on pairs: half the squared difference of two images is, on average, the
variance of the rest plus the component of each factor in which they differ, whatever the numbers of images (Haseman
and Elston 1972 for pairs of relatives; the squared differences of a variogram; for crossed unbalanced designs it is
Rao's MINQUE with equal prior weights, Searle, Casella and McCulloch 1992, "Variance Components", ch. 11). Inside a
prompt its easiness cancels, so a parameter that was varied there is judged by those pairs alone. There, images made
with other settings also differ by what the settings do together in that prompt and by the occasion: that is a
component of its own, so that no parameter gets it.
"""

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
from msgspec import Struct

from learning_core.stats.association import cramers_v
from learning_core.stats.beta import Reals
from learning_core.stats.grouping import Counts
from learning_core.stats.pair_tables import Images, PairTable, across_prompts, inside_prompts
from learning_core.stats.student import student_quantile

BLOCKS = 20
"""Blocks of prompts, each of which the jackknife leaves out once."""

LEAST_PROMPTS = 20
LEAST_IMAGES = 50
"""With fewer there is no answer."""

MOVED_TOGETHER = 0.9
"""Cramér's V from which on two parameters cannot be told apart."""

_LEAST_FREEDOM = 30.0
_LEAST_BLOCKS = BLOCKS // 2
"""A parameter was varied inside prompts when pairs of this weight, in at least so many blocks, differ in it, and as
many do not."""

_LEAST_OWN = 0.03
"""Share of a factor's pairs, in variance, that the other factors must leave to it."""

_LEAST_OF_EVERY = 0.005
"""The same where other settings as such are one of the factors: nearly all that was varied differs in those."""

_ROWS_OF_ASSOCIATION = 100_000


class Share(Struct, frozen=True):
    """A share of the variance, with its 95 % interval, all between 0 and 1.

    `factors` are numbers of factors that always moved together, one for a factor of its own; `inside` tells that it
    rests on images of one prompt, else it compares different prompts.
    """

    factors: tuple[int, ...]
    value: float
    low: float
    high: float
    inside: bool


class Association(Struct, frozen=True):
    """Two factors and Cramér's V between them."""

    first: int
    second: int
    v: float


class Shares(Struct, frozen=True):
    """The components of `variance`, which is that of images of different prompts.

    `prompt` and `rest` are one share, of the prompt, and `rest` is None where no prompt has a second image;
    `interaction` is that of the prompt with the factor asked for, None where too few prompts were tried with several of
    its levels to tell. `combination` is what images of a prompt under different settings differ by beyond the factors'
    own effects.
    `with_prompt` are factors of which every value belongs to one prompt: their share is in that of the prompt.
    """

    variance: float
    factors: list[Share]
    prompt: Share
    interaction: Share | None
    combination: Share | None
    rest: Share | None
    with_prompt: tuple[int, ...]
    associations: list[Association]


def blocks_of(prompts: int) -> Counts:
    """Return the block of each prompt, of numbers from 0 in an order that has nothing to do with the judgements."""
    return np.arange(prompts) % BLOCKS


def variance_shares(images: Images, crossed: int | None) -> Shares | None:
    """Return the shares of the factors; None with too few images or prompts, or where all were judged alike.

    `crossed` is the number of the factor whose interaction with the prompt is wanted, None for none.
    """
    if len(images.value) < LEAST_IMAGES or len(images.block) < LEAST_PROMPTS:
        return None
    inside, across = inside_prompts(images), across_prompts(images)
    if not across.squares.sum() or not across.weight.sum():
        return None
    associations = _associations(images)
    design = _design(len(images.factors), associations, inside, across)
    return _shares(design, crossed, associations)


def _associations(images: Images) -> list[Association]:
    """Images alike in prompt and all factors are one observation here: a batch is no proof of a habit.

    Of many images the first ones are enough, as their order has nothing to do with what they are.
    """
    code = images.prompt[:_ROWS_OF_ASSOCIATION].astype(np.uint64)
    for factor in images.factors:
        code = code * np.uint64(_MULTIPLIER) + factor[:_ROWS_OF_ASSOCIATION].astype(np.uint64)
    first = np.unique(code, return_index=True)[1]
    factors = [factor[first] for factor in images.factors]
    pairs = combinations(range(len(factors)), 2)
    return [Association(one, other, cramers_v(factors[one], factors[other])) for one, other in pairs]


_MULTIPLIER = 0x9E3779B97F4A7C15
"""An odd number without pattern in its bits, so that different rows hardly ever get one code."""


class _Design(Struct, frozen=True, eq=False):
    """Groups of factors that moved together; which were varied inside prompts; which can be told from the prompt.

    `repeated` tells that prompts have several images of the same settings; `every` is then the group of all factors,
    if other settings as such can be told from each factor inside prompts.
    """

    groups: list[tuple[int, ...]]
    repeated: bool
    every: list[tuple[int, ...]]
    inside_groups: list[int]
    across_groups: list[int]
    inside: PairTable
    across: PairTable


def _design(factors: int, associations: list[Association], inside: PairTable, across: PairTable) -> _Design:
    groups: list[tuple[int, ...]] = [(factor,) for factor in range(factors)]
    for each in associations:
        if each.v >= MOVED_TOGETHER:
            groups = _joined(groups, each.first, each.second)
    while True:
        varied = [number for number, group in enumerate(groups) if _varied_inside(inside, group)]
        repeated = [number for number, group in enumerate(groups) if _repeated_across(across, group)]
        pair = _inseparable(inside, groups, varied) or _inseparable(across, groups, repeated)
        if pair is None:
            whole = [*(groups[number] for number in varied), tuple(range(factors))]
            again = bool(varied) and _enough(inside, 1.0 - _differs(len(inside.weight), whole[-1]))
            told = again and len(varied) > 1 and not _inseparable(inside, whole, range(len(whole)), _LEAST_OF_EVERY)
            return _Design(groups, again, whole[-1:] if told else [], varied, repeated, inside, across)
        groups = _joined(groups, groups[pair[0]][0], groups[pair[1]][0])


def _joined(groups: list[tuple[int, ...]], first: int, second: int) -> list[tuple[int, ...]]:
    together = {factor for group in groups if first in group or second in group for factor in group}
    rest = [group for group in groups if not together & set(group)]
    return sorted([*rest, tuple(sorted(together))])


def _differs(patterns: int, group: tuple[int, ...]) -> Reals:
    """Return for each pattern 1 where the images differ in any factor of a group."""
    mask = sum(1 << factor for factor in group)
    differs: Reals = ((np.arange(patterns) & mask) != 0).astype(np.float64)
    return differs


def _varied_inside(inside: PairTable, group: tuple[int, ...]) -> bool:
    differs = _differs(len(inside.weight), group)
    return _enough(inside, differs) and _enough(inside, 1.0 - differs)


def _enough(inside: PairTable, patterns: Reals) -> bool:
    """Tell whether there are enough pairs of some patterns, and not only in a few blocks."""
    by_block = inside.block_weight @ patterns
    return bool(by_block.sum() >= _LEAST_FREEDOM and np.count_nonzero(by_block) >= _LEAST_BLOCKS)


def _repeated_across(across: PairTable, group: tuple[int, ...]) -> bool:
    """Tell whether images of different prompts share a level of the group, and others do not."""
    differs = _differs(len(across.weight), group)
    alike = across.block_weight @ (1.0 - differs)
    return bool(np.count_nonzero(alike) >= _LEAST_BLOCKS and (across.weight @ differs) > 0)


def _inseparable(
    table: PairTable, groups: list[tuple[int, ...]], among: Sequence[int], least: float = _LEAST_OWN
) -> tuple[int, int] | None:
    """Return the two groups of which one leaves the other least of its own, None when all have enough of their own."""
    if len(among) < 2:
        return None
    columns = np.stack([_differs(len(table.weight), groups[number]) for number in among], axis=1)
    weight = table.weight / table.weight.sum()
    centred = columns - weight @ columns
    covariance = centred.T @ (centred * weight[:, None])
    scale = np.sqrt(np.diagonal(covariance))
    correlation = covariance / np.outer(scale, scale) + 1e-12 * np.eye(len(among))
    own = 1.0 / np.diagonal(np.linalg.inv(correlation))
    worst = int(np.argmin(own))
    if own[worst] >= least:
        return None
    others = np.abs(correlation[worst])
    others[worst] = -1.0
    return among[worst], among[int(np.argmax(others))]


def _shares(design: _Design, crossed: int | None, associations: list[Association]) -> Shares:
    crossed_group = _crossed_group(design, crossed)
    every = _mixed(design, crossed_group, _estimates(design, design.inside, design.across))
    half = _half_width(design, crossed_group)
    lower, counted, upper = np.clip([every - half, every, every + half], 0.0, 1.0)
    # A component below 0 counts as none: then it is the others that make the whole.
    counted /= max(float(counted.sum()), 1.0)
    low, value, high = np.minimum(lower, counted).tolist(), counted.tolist(), upper.tolist()

    def share(place: int, group: tuple[int, ...] = (), *, inside: bool = True) -> Share:
        return Share(group, value[place], low[place], high[place], inside)

    count = len(design.groups)
    told_apart = {*design.inside_groups, *design.across_groups}
    return Shares(
        variance=float(design.across.squares.sum() / design.across.weight.sum()),
        factors=[share(n, design.groups[n], inside=n in design.inside_groups) for n in sorted(told_apart)],
        prompt=share(count, inside=_has_rest(design.inside)),
        interaction=share(count + 1) if crossed_group is not None else None,
        combination=share(count + 2) if design.repeated else None,
        rest=share(count + 3) if _has_rest(design.inside) else None,
        with_prompt=tuple(sorted(factor for n in set(range(count)) - told_apart for factor in design.groups[n])),
        associations=associations,
    )


def _has_rest(inside: PairTable) -> bool:
    return bool(inside.weight.sum() >= _LEAST_FREEDOM)


def _crossed_group(design: _Design, crossed: int | None) -> int | None:
    """Return the group of the crossed factor if prompts were tried with several of its levels, and levels recur.

    None also where what other settings do as such would be taken for its interaction.
    """
    if design.repeated and not design.every:
        return None
    for number, group in enumerate(design.groups):
        if crossed in group and number in design.inside_groups and number in design.across_groups:
            return number
    return None


def _without(design: _Design, block: int) -> tuple[PairTable, PairTable]:
    tables = (design.inside, design.across)
    return tuple(  # type: ignore[return-value]
        PairTable(
            each.weight - each.block_weight[block],
            each.squares - each.block_squares[block],
            each.block_weight,
            each.block_squares,
        )
        for each in tables
    )


class _Estimates(Struct, frozen=True, eq=False):
    """Components of the groups by pairs of one prompt and by pairs of different ones, over the variance.

    Where only one kind of pairs tells of a group, both have its figure. `combination` and `rest` come from the former.
    `apart` is the share of all pairs that differ in each group.
    """

    inside: Reals
    across: Reals
    apart: Reals
    combination: float
    rest: float


def _estimates(design: _Design, inside: PairTable, across: PairTable) -> _Estimates:
    within = _components(inside, [*(design.groups[number] for number in design.inside_groups), *design.every])
    between = _components(across, [design.groups[number] for number in design.across_groups])
    patterns, variance = len(across.weight), across.squares.sum() / across.weight.sum()
    apart = np.array([across.weight @ _differs(patterns, group) for group in design.groups]) / across.weight.sum()
    by_inside, by_across = np.zeros(len(design.groups)), np.zeros(len(design.groups))
    by_inside[design.across_groups] = by_across[design.across_groups] = between[1:]
    by_inside[design.inside_groups] = within[1 : 1 + len(design.inside_groups)]
    only = sorted(set(design.inside_groups) - set(design.across_groups))
    by_across[only] = by_inside[only]
    return _Estimates(
        by_inside / variance,
        by_across / variance,
        apart,
        float(within[-1] / variance) if design.every else 0.0,
        float(within[0] / variance) if _has_rest(design.inside) else 0.0,
    )


def _mixed(
    design: _Design, crossed: int | None, estimates: _Estimates, choose: Callable[[Reals, Reals], Reals] = np.minimum
) -> Reals:
    """Return the shares of the groups, then of prompt, interaction, combination and rest; they add up to 1.

    Inside a prompt another level also brings what it does there only; across prompts, the choice of easy ones. Where
    no other component takes these, each figure is an upper bound of the level's own, and the smaller one is chosen.

    A component is the mean of half squared differences of two different levels' effects: times the share of pairs of
    images that differ it is the variance that the parameter brings among the images as they were made.
    """
    bounded = np.zeros(len(design.groups), bool)
    if crossed is not None:
        bounded[crossed] = True
    if design.repeated and not design.every:
        bounded[sorted(set(design.inside_groups) & set(design.across_groups))] = True
    own = np.where(bounded, choose(estimates.inside, estimates.across), estimates.inside)
    beyond = estimates.inside - own
    interaction = 0.0 if crossed is None else float(beyond[crossed])
    combination = estimates.combination + float(beyond.sum()) - interaction
    others = np.array([interaction, combination, estimates.rest])
    own = own * estimates.apart
    return np.concatenate([own, [1.0 - own.sum() - others.sum()], others])


def _half_width(design: _Design, crossed: int | None) -> Reals:
    """Return half the widths of the 95 % intervals: Student's t times the error by leaving out each block once.

    The smaller of two figures varies less than either: their own errors are no less.
    """
    blocks = len(design.inside.block_weight)
    left_out = [_estimates(design, *_without(design, block)) for block in range(blocks)]
    choices: tuple[Callable[[Reals, Reals], Reals], ...] = (np.minimum, lambda one, _: one, lambda _, other: other)
    errors = []
    for choose in choices:
        shares = np.array([_mixed(design, crossed, each, choose) for each in left_out])
        errors.append(((shares - shares.mean(axis=0)) ** 2).sum(axis=0))
    half: Reals = student_quantile(blocks - 1) * np.sqrt((blocks - 1) / blocks * np.max(errors, axis=0))
    return half


def _components(table: PairTable, groups: list[tuple[int, ...]]) -> Reals:
    """Return the least-squares intercept and the component of each group."""
    used = np.flatnonzero(table.weight > 0)
    if not len(used):
        return np.zeros(1 + len(groups))
    patterns = len(table.weight)
    design = np.stack([np.ones(patterns), *(_differs(patterns, group) for group in groups)], axis=1)[used]
    moments = design.T @ (design * table.weight[used, None])
    found = np.linalg.lstsq(moments, design.T @ table.squares[used], rcond=1e-12)[0]
    return found.astype(np.float64)
