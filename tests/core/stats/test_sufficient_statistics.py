from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct
from two_way_example import CLUSTERS, KEYWORDS, judgements, prompts_of

from learning_core.stats.sufficient_statistics import STAR_PARTS, Judgements, Prompts, Stars, summarised
from learning_core.stats.two_way import fit

Row = tuple[int, int, int]
ROWS = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 2), st.integers(0, 1)), min_size=1, max_size=40)


def of_rows(rows: list[Row], sign: list[int] | None = None, prompts: Prompts | None = None) -> Judgements:
    prompt, level, s = np.array(rows, np.int64).reshape(-1, 3).T
    n = np.ones(len(rows), np.int64) if sign is None else np.array(sign, np.int64)
    each = Stars.of_jobs(np.ones_like(s), s, 1 + s)
    stars = Stars(*(getattr(each, field) * n for field in Stars.__struct_fields__))
    return Judgements(prompt, level, n, s * n, prompts or prompts_of(KEYWORDS), 3, 2, stars)


def content(value: Any) -> bytes:
    """Return all numbers of nested structs, to the byte."""
    if isinstance(value, Struct):
        return b"|".join(content(getattr(value, each)) for each in value.__struct_fields__)
    return np.ascontiguousarray(value).tobytes()


def test_the_worked_example_has_its_counts() -> None:
    counts = summarised(judgements())
    assert (counts.n, counts.s, counts.r) == (58, 33, 444)
    assert counts.keyword_r.tolist() == [328, 216]
    cells = counts.cells
    assert cells.keyword.tolist() == [0, 0, 0, 1, 1, 1]
    assert cells.level.tolist() == [0, 1, 2, 0, 1, 2]
    assert cells.n.tolist() == [18, 14, 8, 6, 10, 12]
    assert cells.s.tolist() == [15, 5, 2, 2, 7, 5]
    assert cells.q.tolist() == [68, 52, 32, 20, 36, 48]
    assert cells.share.tolist() == [40320, 32760, 15120, 10080, 22680, 25200]
    assert counts.levels.n.tolist() == [20, 22, 16]
    assert counts.levels.s.tolist() == [15, 11, 7]
    assert counts.levels.q.tolist() == [72, 84, 64]


@settings(max_examples=40, deadline=None)
@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_the_images_changes_no_byte_of_counts_or_model(rows: list[Row], chance: Any) -> None:
    shuffled = chance.sample(rows, len(rows))
    first, second = summarised(of_rows(rows)), summarised(of_rows(shuffled))
    assert content(first) == content(second)
    assert content(fit(first)) == content(fit(second))


@given(ROWS, ROWS)
def test_images_that_are_added_and_taken_back_leave_no_trace(rows: list[Row], passing: list[Row]) -> None:
    signs = [1] * len(rows) + [1] * len(passing) + [-1] * len(passing)
    assert content(summarised(of_rows(rows))) == content(summarised(of_rows(rows + passing + passing, signs)))


@settings(max_examples=40, deadline=None)
@given(ROWS, st.permutations(range(8)))
def test_how_prompts_are_numbered_changes_no_byte_of_the_model(rows: list[Row], numbers: list[int]) -> None:
    keywords = [()] * 8
    for prompt, number in enumerate(numbers):
        keywords[number] = KEYWORDS[prompt]
    renamed = [(numbers[prompt], level, s) for prompt, level, s in rows]
    other = summarised(of_rows(renamed, prompts=prompts_of(tuple(keywords))))
    assert content(fit(summarised(of_rows(rows)))) == content(fit(other))


def test_nor_does_it_where_many_prompts_are_summed() -> None:
    chance = np.random.Generator(np.random.PCG64(7))
    drawn = zip(*(chance.integers(0, top, 3000).tolist() for top in (900, 3, 4)), strict=True)
    # Images of one prompt mostly fare alike, or the correlations would be 0 whatever the sums.
    rows = [(prompt, level, prompt // 3 % 2 if kind else 1) for prompt, level, kind in drawn]
    numbers = chance.permutation(900).tolist()
    words = [tuple(range(prompt % 3)) for prompt in range(900)]
    others = sorted(range(900), key=numbers.__getitem__)
    first = summarised(of_rows(rows, prompts=prompts_of(tuple(words))))
    renamed = [(numbers[prompt], level, s) for prompt, level, s in rows]
    second = summarised(of_rows(renamed, prompts=prompts_of(tuple(words[prompt] for prompt in others))))
    assert content(fit(first)) == content(fit(second))


def test_images_may_come_one_by_one_or_as_clusters() -> None:
    single = [(prompt, level, int(number < s)) for prompt, level, n, s in CLUSTERS for number in range(n)]
    apart = of_rows(single)
    one_by_one = Judgements(apart.prompt, apart.level, apart.n, apart.s, apart.prompts, 3, 2)
    assert content(summarised(one_by_one)) == content(summarised(judgements()))


def test_a_prompt_without_keywords_counts_for_its_level_only() -> None:
    rows = of_rows([(0, 1, 1), (0, 1, 0)], prompts=prompts_of(((), (0,))))
    counts = summarised(rows)
    assert counts.levels.n.tolist() == [0, 2, 0]
    assert len(counts.cells.n) == 0


def test_sums_beyond_the_reach_of_doubles_stay_exact() -> None:
    large = 3 * 2**52 + 1
    two = np.array([large, 1])
    rows = Judgements(
        np.array([0, 1]), np.array([0, 0]), np.array([1, 1]), np.array([1, 1]), prompts_of(((0,), (0,))), 1, 1,
        Stars(two, two, two, two),
    )  # fmt: skip
    assert summarised(rows).cells.stars.tolist() == [large + 1]


def test_products_of_stars_are_those_of_a_jobs_means() -> None:
    found = Stars.of_jobs(np.array([1, 4, 0]), np.array([1, 2, 0]), np.array([5, 14, 0]))
    assert (found.squares / STAR_PARTS).tolist() == [25.0, 49.0, 0.0]
    assert (found.good / STAR_PARTS).tolist() == [5.0, 7.0, 0.0]
    assert (found.good_squares / STAR_PARTS).tolist() == [1.0, 1.0, 0.0]


def test_a_prompt_has_as_many_words_as_it_says_or_else_as_keywords() -> None:
    prompts = prompts_of(((0, 1), (0,)))
    assert prompts.traits.tolist() == [[2, 0, 0, 0], [1, 0, 0, 0]]
    told = [[30, 200, 1, 0], [1, 5, 0, 0]]
    assert Prompts(prompts.starts, prompts.keywords, np.array(told)).traits.tolist() == told
