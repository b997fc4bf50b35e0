"""Components of variance that are known, and what cannot be known."""

from functools import cache

import numpy as np
import numpy.typing as npt
import pytest
from msgspec import Struct
from msgspec.structs import replace

from learning_core.stats.pair_tables import Images, across_prompts, inside_prompts
from learning_core.stats.variance_shares import Share, Shares, blocks_of, variance_shares

Reals = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

LEVELS = (8, 4, 5, 3)
CHECKPOINT, TIED = 0, 1
WORLDS = range(1000, 1060)


class World(Struct, frozen=True):
    """Visits to prompts, `batch` images of one setting each; `truth` are the shares in the order of `components`."""

    images: Images
    truth: Reals


def world(seed: int, *, prompts: int = 200, visits: float = 2.0, batch: int = 2, occasion: float = 0.3,
          easy: float = 0.0, sds: tuple[float, ...] = ()) -> World:  # fmt: skip
    """Draw components at random, some of them nothing; `easy` of the visits give the second factor by easiness."""
    draw = np.random.default_rng(seed)
    own = sds or tuple(draw.choice([0.0, 0.2, 0.4], len(LEVELS)))
    prompt_sd, both_sd = draw.uniform(0.3, 0.7), draw.choice([0.0, 0.4])
    visit = np.repeat(np.arange(prompts), 1 + draw.poisson(visits, prompts))
    luck, pairs = draw.normal(0, prompt_sd, prompts), draw.normal(0, both_sd, (prompts, LEVELS[0]))
    factors = [draw.choice(n, len(visit), p=draw.dirichlet(np.full(n, 2.0))) for n in LEVELS]
    by_easiness = np.argsort(np.argsort(luck)) * LEVELS[1] // prompts
    factors[1] = np.where(draw.random(len(visit)) < easy, by_easiness[visit], factors[1])
    of_visit = [draw.normal(0, sd, n)[factor] for sd, n, factor in zip(own, LEVELS, factors, strict=True)]
    of_visit += [luck[visit], pairs[visit, factors[0]], draw.normal(0, occasion, len(visit))]
    parts = [np.repeat(part, batch) for part in of_visit]
    parts.append(draw.normal(0, 0.9, len(parts[0])))
    variances = np.array([*(part.var() for part in parts[:5]), both_sd**2, occasion**2, 0.81])
    order = draw.permutation(len(parts[0]))
    prompt = np.repeat(visit, batch)[order]
    value = 3.0 + sum(parts)[order]
    drawn = [np.repeat(factor, batch)[order] for factor in factors]
    images = Images(value, np.zeros(len(value)), prompt, blocks_of(prompts), drawn)
    return World(images, variances / variances.sum())


def shares(images: Images, crossed: int | None = CHECKPOINT) -> Shares:
    found = variance_shares(images, crossed)
    assert found is not None
    return found


def components(found: Shares) -> list[Share | None]:
    by_factors = {each.factors: each for each in found.factors}
    own = [by_factors.get((factor,)) for factor in range(len(LEVELS))]
    return [*own, found.prompt, found.interaction, found.combination, found.rest]


@cache
def recovered() -> Reals:
    """Return for each world and component whether its interval holds the truth; nan where it has no line."""
    rows = []
    for seed in WORLDS:
        drawn = world(seed)
        pairs = zip(components(shares(drawn.images)), drawn.truth, strict=True)
        rows.append([np.nan if each is None else each.low <= truth <= each.high for each, truth in pairs])
    return np.array(rows, np.float64)


@pytest.mark.parametrize("component", range(len(LEVELS) + 4))
def test_each_component_lies_in_its_interval_in_nine_of_ten_libraries(component: int) -> None:
    inside = recovered()[:, component]
    assert not np.isnan(inside).any()
    assert inside.mean() >= 0.9


def test_the_shares_come_close_with_many_images() -> None:
    drawn = world(3, prompts=3000)
    found = [each.value for each in components(shares(drawn.images)) if each is not None]
    assert found == pytest.approx(drawn.truth.tolist(), abs=0.05)
    assert sum(found) == pytest.approx(1.0, abs=0.05)


def test_easy_prompts_given_to_one_value_are_not_counted_for_it() -> None:
    drawn = world(5, prompts=600, easy=0.8, sds=(0.3, 0.0, 0.0, 0.0))
    found = shares(drawn.images)
    across = across_prompts(drawn.images)
    differs = (np.arange(len(across.weight)) & 0b10) > 0
    gap = [across.squares[part].sum() / across.weight[part].sum() for part in (differs, ~differs)]
    assert gap[0] - gap[1] > 0.1
    second = components(found)[TIED]
    assert second is not None
    assert (second.inside, second.low) == (True, 0.0)
    assert second.value < 0.03


def test_two_factors_that_always_moved_together_have_one_share_and_neither_has_it_alone() -> None:
    drawn = world(7, sds=(0.3, 0.6, 0.0, 0.0))
    factors = list(drawn.images.factors)
    tied = replace(drawn.images, factors=[*factors[:3], (factors[1] + 1) % LEVELS[1]])
    found = shares(tied)
    assert [each.factors for each in found.factors] == [(0,), (1, 3), (2,)]
    assert found.factors[1].low > 0
    together = next(each for each in found.associations if (each.first, each.second) == (1, 3))
    assert together.v > 0.95


def test_a_factor_that_another_determines_has_no_share_of_its_own() -> None:
    drawn = world(8)
    factors = list(drawn.images.factors)
    found = shares(replace(drawn.images, factors=[*factors[:3], factors[0] // 4]))
    assert (0, 3) in [each.factors for each in found.factors]


def test_two_factors_that_only_change_together_inside_prompts_have_one_share() -> None:
    images = world(15, prompts=400).images
    draw = np.random.default_rng(1)
    visit = images.prompt * LEVELS[0] + images.factors[0]
    random_levels = [draw.integers(0, 250, 400 * LEVELS[0])[visit] for _ in range(2)]
    found = shares(replace(images, factors=[images.factors[1], *random_levels]), None)
    assert [each.factors for each in found.factors] == [(0,), (1, 2)]
    assert next(each.v for each in found.associations if (each.first, each.second) == (1, 2)) < 0.5


def test_a_factor_that_differs_in_every_pair_of_a_prompt_is_judged_across_prompts() -> None:
    images = world(16).images
    order = np.argsort(images.prompt, kind="stable")
    first = np.searchsorted(images.prompt[order], images.prompt)
    nth = np.empty(len(order), np.int64)
    nth[order] = np.arange(len(order))
    found = shares(replace(images, factors=[images.factors[0], nth - first]))
    assert [(each.factors, each.inside) for each in found.factors] == [((0,), True), ((1,), False)]


def test_what_all_settings_do_together_is_not_given_to_one_of_them() -> None:
    found = components(shares(world(17, prompts=2000, occasion=0.7, sds=(0.0,) * 4).images))
    own, combination = found[: len(LEVELS)], found[6]
    assert max(each.value for each in own if each is not None) < 0.05
    assert combination is not None
    assert combination.low > 0.1


def test_a_factor_of_which_each_value_belongs_to_one_prompt_is_the_prompts() -> None:
    drawn = world(9)
    found = shares(replace(drawn.images, factors=[*drawn.images.factors[:3], drawn.images.prompt]))
    assert found.with_prompt == (3,)
    assert all(3 not in each.factors for each in found.factors)


def test_without_a_second_image_of_a_prompt_nothing_is_said_of_the_rest_or_of_interactions() -> None:
    found = shares(world(10, prompts=400, visits=0.0, batch=1).images)
    assert (found.rest, found.interaction, found.combination) == (None, None, None)
    assert not any(each.inside for each in found.factors)


def test_where_nothing_was_varied_prompt_and_rest_share_all() -> None:
    found = shares(replace(world(18).images, factors=[]), None)
    assert found.rest is not None
    assert found.prompt.value + found.rest.value == pytest.approx(1.0)
    assert (found.factors, found.interaction, found.combination) == ([], None, None)


def test_too_little_or_no_difference_at_all_gives_no_shares() -> None:
    images = world(11).images
    assert variance_shares(replace(images, value=np.full(len(images.value), 4.0)), CHECKPOINT) is None
    few = images.prompt < 19
    some = Images(images.value[few], images.spread[few], images.prompt[few], blocks_of(19), [images.factors[0][few]])
    assert variance_shares(some, 0) is None


def test_names_of_values_and_prompts_change_no_bit() -> None:
    images = world(12).images
    draw = np.random.default_rng(0)
    renamed = replace(images, factors=[draw.permutation(50)[factor] for factor in images.factors])
    assert variance_shares(renamed, CHECKPOINT) == variance_shares(images, CHECKPOINT)


def test_pairs_inside_prompts_weigh_as_an_analysis_of_variance_does() -> None:
    images = world(13, prompts=30).images
    table = inside_prompts(images)
    assert table.weight.sum() == pytest.approx(len(images.value) - 30)
    within = sum(float(((part - part.mean()) ** 2).sum()) for part in _by_prompt(images))
    assert table.squares.sum() == pytest.approx(within, rel=1e-9)


def test_all_pairs_across_prompts_are_there_in_a_small_library_and_blocks_take_theirs_away() -> None:
    images = world(14, prompts=30).images
    n = len(images.value) - 1 + len(images.value) % 2
    images = Images(
        images.value[:n], images.spread[:n], images.prompt[:n], images.block, [f[:n] for f in images.factors]
    )
    table = across_prompts(images)
    apart = images.prompt[:, None] != images.prompt[None, :]
    gaps = 0.5 * (images.value[:, None] - images.value[None, :]) ** 2
    assert table.weight.sum() == apart.sum() / 2
    assert table.squares.sum() == pytest.approx((gaps * apart).sum() / 2)
    touched = (images.block[images.prompt] == 4)[:, None] | (images.block[images.prompt] == 4)[None, :]
    assert table.block_squares[4].sum() == pytest.approx((gaps * apart * touched).sum() / 2)


def _by_prompt(images: Images) -> list[Reals]:
    return [images.value[images.prompt == number] for number in np.unique(images.prompt)]
