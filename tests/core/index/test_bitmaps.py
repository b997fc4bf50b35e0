import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from learning_core.index.bitmaps import BITS, Postings, count_of, packed, unpacked
from learning_core.index.columns import Column

MASKS = st.lists(st.booleans(), max_size=300)


@given(MASKS)
def test_a_mask_comes_back_bit_for_bit_and_is_counted(mask: list[bool]) -> None:
    bitmap = packed(np.array(mask, bool))
    assert unpacked(bitmap, slice(0, len(mask))).tolist() == mask
    assert count_of(bitmap) == sum(mask)


@given(MASKS, st.integers(0, 5), st.integers(0, 300))
def test_some_rows_of_a_mask_come_back_alone(mask: list[bool], block: int, last: int) -> None:
    first, last = block * BITS, min(last, len(mask))
    if first <= last:
        assert unpacked(packed(np.array(mask, bool)), slice(first, last)).tolist() == mask[first:last]


@given(MASKS)
def test_what_is_not_in_a_mask_is_not_behind_its_rows(mask: list[bool]) -> None:
    every = packed(np.ones(len(mask), bool))
    assert count_of(every & ~packed(np.array(mask, bool))) == mask.count(False)


@given(st.lists(st.integers(0, 4), max_size=400), st.lists(st.integers(0, 400), max_size=4), st.sets(st.integers(0, 5)))
def test_rows_that_hold_values_are_found_while_the_column_grows(
    values: list[int], ends: list[int], numbers: set[int]
) -> None:
    column, postings = np.array(values, np.uint8), Postings()
    wanted = tuple(("steps", number) for number in numbers)
    for end in sorted(ends):
        mask = np.isin(column[:end], list(numbers))
        earlier, postings = postings, postings.copy()
        found = postings.of(wanted, len(mask), lambda first: mask[first:])  # noqa: B023
        assert unpacked(found, slice(0, len(mask))).tolist() == mask.tolist()
        assert earlier.of(wanted, len(mask), lambda first: mask[first:]).tolist() == found.tolist()  # noqa: B023


def test_what_is_kept_is_not_worked_out_again_and_only_some_is() -> None:
    column, postings, asked = np.arange(100), Postings(), []

    def rows_of(number: int) -> list[int]:
        def holding(first: int) -> Column:
            asked.append(number)
            return column[first:] == number

        return np.flatnonzero(unpacked(postings.of((("steps", number),), 100, holding), slice(0, 100))).tolist()

    for number in (*range(100), 99):
        assert rows_of(number) == [number]
    assert asked == list(range(100))
    assert len(postings._kept) <= 64
