"""Pairs of images by what they differ in: weights and half squared differences, by block of prompts.

A pattern is a number whose bit f is set where the two images of a pair differ in factor f.
"""

from collections.abc import Sequence
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
from msgspec import Struct
from numpy.lib.stride_tricks import sliding_window_view

from learning_core.stats.beta import Reals
from learning_core.stats.grouping import Counts, Numbers, lengths, stable_order, starts

Values = TypeVar("Values", bound=npt.NDArray[Any])

PAIRS = 1_500_000
"""About so many pairs are looked at of either kind, or a few for each image; all there are where they are fewer."""

_LEAST_LAGS = 3
_AT_ONCE = 1 << 18


class Images(Struct, frozen=True, eq=False):
    """Judged images, in an order that has nothing to do with how they were judged; at least two.

    `value` is the judgement, `spread` the variance of those behind it (0 for one image), `prompt` a number from 0,
    `block` the block of each prompt, from 0, and `factors` the level of each factor as a number from 0.
    """

    value: Reals
    spread: Reals
    prompt: Counts
    block: Counts
    factors: Sequence[Numbers]


class PairTable(Struct, frozen=True, eq=False):
    """By pattern: the weight of the pairs, and of their half squared differences, of all and by block.

    Row b of the arrays by block is what would be taken away with the prompts of block b.
    """

    weight: Reals
    squares: Reals
    block_weight: Reals
    block_squares: Reals


def inside_prompts(images: Images) -> PairTable:
    """Return pairs of images of one prompt; those of a prompt of n images weigh n - 1, as in an analysis of variance.

    With many images a prompt's pairs are those that stand close to each other in the order (an incomplete
    U-statistic: Blom 1976, "Some properties of incomplete U-statistics").
    """
    order = stable_order(images.prompt)
    prompt = images.prompt[order]
    first = starts(prompt)
    sizes = lengths(first, len(prompt))
    lags, pairs = _lags_inside(sizes)
    weight = np.zeros(len(images.block))
    weight[prompt[first]] = (sizes - 1.0) / np.maximum(pairs, 1)
    blocks, patterns = int(images.block.max()) + 1, 1 << len(images.factors)
    sums = np.zeros((2, blocks * patterns))
    factors = [factor[order] for factor in images.factors]
    value, spread = images.value[order], images.spread[order]
    for lag in range(1, lags + 1):
        one = np.flatnonzero(prompt[lag:] == prompt[:-lag])
        other = one + lag
        pattern = _pattern([(factor[one], factor[other]) for factor in factors], len(one))
        place = images.block[prompt[one]] * patterns + pattern
        weights = weight[prompt[one]]
        squares = 0.5 * ((value[one] - value[other]) ** 2 + spread[one] + spread[other])
        sums[0] += np.bincount(place, weights, sums.shape[1])
        sums[1] += np.bincount(place, weights * squares, sums.shape[1])
    by_block = sums.reshape(2, blocks, patterns)
    return PairTable(*by_block.sum(axis=1), *by_block)


def across_prompts(images: Images) -> PairTable:
    """Return pairs of images of different prompts, each of weight 1: all, or those close to each other in the order.

    The order closes to a ring, so that every image is in as many pairs.
    """
    n = len(images.value)
    lags = min((n - 1) // 2, max(-(-PAIRS // n), _LEAST_LAGS))
    blocks, patterns = int(images.block.max()) + 1, 1 << len(images.factors)
    block = images.block[images.prompt]
    # One pattern more takes the pairs of one prompt, which are left out.
    sums = np.zeros((2, blocks * blocks * (patterns + 1)))
    at_once = max(1, _AT_ONCE // n)
    for first in range(1, lags + 1, at_once):
        last = min(first + at_once, lags + 1)
        pattern = _pattern([_ring(factor, first, last) for factor in images.factors], (last - first, n))
        pattern = np.where(np.equal(*_ring(images.prompt, first, last)), patterns, pattern)
        one, other = _ring(block, first, last)
        place = ((one * blocks + other) * (patterns + 1) + pattern).ravel()
        value, spread = _ring(images.value, first, last), _ring(images.spread, first, last)
        squares = 0.5 * ((value[0] - value[1]) ** 2 + spread[0] + spread[1])
        sums[0] += np.bincount(place, minlength=sums.shape[1])
        sums[1] += np.bincount(place, squares.ravel(), sums.shape[1])
    by_blocks = sums.reshape(2, blocks, blocks, patterns + 1)[..., :patterns]
    inside = np.diagonal(by_blocks, axis1=1, axis2=2).swapaxes(1, 2)
    touched = by_blocks.sum(axis=1) + by_blocks.sum(axis=2) - inside
    return PairTable(*by_blocks.sum(axis=(1, 2)), *touched)


def _lags_inside(sizes: Counts) -> tuple[int, Counts]:
    """Return up to which distance in the order images of a prompt are paired, and how many pairs each prompt has."""
    pairs = np.zeros(len(sizes), np.int64)
    for lag in range(1, int(sizes.max())):
        more = np.maximum(sizes - lag, 0)
        if lag > _LEAST_LAGS and int(pairs.sum() + more.sum()) > PAIRS:
            return lag - 1, pairs
        pairs += more
    return int(sizes.max()) - 1, pairs


def _ring(values: Values, first: int, last: int) -> tuple[Values, Values]:
    """Return values, and beside them those that follow `first` to `last` - 1 places later, a row a distance."""
    ring = np.concatenate([values, values[: last - 1]])
    return values, cast("Values", sliding_window_view(ring, len(values))[first:last])


def _pattern(factors: Sequence[tuple[Numbers, Numbers]], shape: int | tuple[int, int]) -> Counts:
    found = np.zeros(shape, np.uint16)
    for bit, (one, other) in enumerate(factors):
        found |= (one != other).astype(np.uint16) << np.uint16(bit)
    return found.astype(np.int64)
