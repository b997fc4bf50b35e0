import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_core.errors import OverLimit, Unreadable
from learning_core.limits import JSON_DEPTH
from learning_core.text.json_text import load_json, nesting


def test_plain_json_is_read_as_it_is():
    assert load_json('{"a": [1, 2.5, "x", true, null]}', what="line 1") == {"a": [1, 2.5, "x", True, None]}


def test_bytes_with_a_byte_order_mark_are_read():
    assert load_json('{"a": "é"}'.encode("utf-8-sig"), what="file") == {"a": "é"}
    assert load_json("\ufeff[1]", what="file") == [1]


def test_nan_and_infinities_are_unknown_also_when_they_come_as_overflowing_numbers():
    assert load_json("[NaN, Infinity, -Infinity, 1e999, -1e999, 1e3]", what="x") == [None] * 5 + [1000.0]


def test_integers_stay_exact_beyond_64_bits():
    assert load_json("[18446744073709551615, 123456789012345678901234567890]", what="x") == [
        2**64 - 1,
        123456789012345678901234567890,
    ]


def test_an_integer_of_thousands_of_digits_is_refused_in_a_short_phrase():
    with pytest.raises(Unreadable, match=r"^prompt: a number too long to read$"):
        load_json("[" + "9" * 5000 + "]", what="prompt")


def test_what_is_no_json_is_refused_with_its_place():
    with pytest.raises(Unreadable, match=r"^line 3: not JSON \(line 1, column 8\)$"):
        load_json('{"a": 1', what="line 3")


def test_bytes_that_are_not_utf8_are_refused():
    with pytest.raises(Unreadable, match=r"^file: not UTF-8 \(byte 1\)$"):
        load_json(b'"\xff"', what="file")


def test_nesting_is_read_up_to_the_limit_and_refused_above_it():
    assert load_json("[" * JSON_DEPTH + "]" * JSON_DEPTH, what="x") is not None
    with pytest.raises(OverLimit):
        load_json("[" * (JSON_DEPTH + 1) + "]" * (JSON_DEPTH + 1), what="x")
    with pytest.raises(OverLimit):
        load_json('{"a":' * 200_000, what="x")


def test_brackets_in_strings_and_side_by_side_do_not_count_as_nesting():
    text = json.dumps(["[[[[{{{{" * 100, '\\"[', [[]] * 500])
    assert nesting(text) == 3
    assert load_json(text, what="x") == json.loads(text)


def test_lone_surrogates_become_replacement_characters_and_pairs_stay():
    assert load_json(r'{"\udc00": ["a\ud800b", "\ud83c\udf0a"]}', what="x") == {"\ufffd": ["a\ufffdb", "🌊"]}


@pytest.mark.parametrize("unit", ['"', '"\\', "[", '\\"', '["', "{}"])
def test_hostile_repetitions_take_linear_time(unit):
    start = time.perf_counter()
    with pytest.raises(Unreadable):
        load_json("[" * 50 + '"' + unit * 300_000 + "[" * 60, what="x")
    assert time.perf_counter() - start < 5


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON_VALUES)
def test_every_json_value_comes_back_as_written(value):
    assert load_json(json.dumps(value), what="x") == value


@given(st.text() | st.binary())
def test_nothing_but_unreadable_is_ever_raised(text):
    try:
        load_json(text, what="x")
    except Unreadable as error:
        assert str(error).startswith("x: ")
