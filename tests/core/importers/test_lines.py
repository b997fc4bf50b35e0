"""Foreign JSONL: one bad line costs one line."""

import hashlib
import json
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_core.errors import Unreadable
from learning_core.importers.lines import Line, read_lines
from learning_core.importers.reading import Skipped
from learning_core.limits import JSON_DEPTH, LINE_BYTES
from learning_core.text.json_object import decode_object

GOOD_BEFORE, GOOD_AFTER = b'{"n":"before"}', b'{"n":"after"}'


def results(tmp_path, data):
    path = tmp_path / "log.jsonl"
    path.write_bytes(data)
    return list(read_lines(path))


def values(found):
    return [item.value for item in found if isinstance(item, Line)]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"[1,2]", "an array where a JSON object belongs"),
        (b"null", "null where a JSON object belongs"),
        (b'"text"', "a text where a JSON object belongs"),
        (b"true", "true or false where a JSON object belongs"),
        (b'{"a":', "not JSON"),
        (b"nonsense", "not JSON"),
        (b'{"a":"\xff"}', "not UTF-8"),
        (b'{"a":"\xed\xa0\x80"}', "not UTF-8"),
        (b'{"a":"\\ud800"}', "a text with half a surrogate pair"),
        (b'{"a":' * 200 + b"1" + b"}" * 200, f"nested deeper than {JSON_DEPTH} levels"),
        (b'{"a":' + b"[" * 100_000, f"nested deeper than {JSON_DEPTH} levels"),
    ],
)
def test_a_bad_line_costs_itself_and_its_neighbours_survive(tmp_path, bad, reason):
    found = results(tmp_path, GOOD_BEFORE + b"\n" + bad + b"\n" + GOOD_AFTER + b"\n")
    assert [item.value for item in (found[0], found[2])] == [{"n": "before"}, {"n": "after"}]
    assert found[1] == Skipped(reason, "line 2")
    assert [found[0].number, found[2].number] == [1, 3]


def test_a_byte_order_mark_carriage_returns_and_blank_lines_cost_nothing(tmp_path):
    found = results(tmp_path, b"\xef\xbb\xbf" + GOOD_BEFORE + b"\r\n\r\n  \r\n" + GOOD_AFTER + b"\r\n")
    assert values(found) == [{"n": "before"}, {"n": "after"}]
    assert [item.number for item in found] == [1, 4]


def test_a_run_of_nul_bytes_longer_than_the_line_limit_does_not_swallow_the_record_behind_it(tmp_path):
    found = results(tmp_path, b"\0" * (2 * LINE_BYTES) + GOOD_BEFORE + b"\0\0\n" + GOOD_AFTER + b"\n")
    assert values(found) == [{"n": "before"}, {"n": "after"}]


def test_an_unfinished_last_line_is_named_so_and_a_whole_one_without_newline_counts(tmp_path):
    assert results(tmp_path, GOOD_BEFORE + b'\n{"n":"aft')[1] == Skipped("the last line is unfinished", "line 2")
    assert values(results(tmp_path, GOOD_BEFORE + b"\n" + GOOD_AFTER)) == [{"n": "before"}, {"n": "after"}]


def test_only_newline_bytes_split_lines(tmp_path):
    text = json.dumps({"n": "sea\u2028shore\u0085dune"}, ensure_ascii=False).encode()
    assert values(results(tmp_path, text + b"\n")) == [{"n": "sea\u2028shore\u0085dune"}]


def test_a_hundred_megabyte_line_is_passed_over_in_bounded_memory(tmp_path):
    path = tmp_path / "log.jsonl"
    with path.open("wb") as file:
        file.write(GOOD_BEFORE + b"\n")
        for _ in range(100):
            file.write(b"x" * 1024 * 1024)
        file.write(b"\n" + GOOD_AFTER + b"\n")
    tracemalloc.start()
    found = list(read_lines(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found[1] == Skipped("longer than 10 MB", "line 2")
    assert values(found) == [{"n": "before"}, {"n": "after"}]
    assert peak < 5 * LINE_BYTES


def test_big_integers_stay_exact_and_numbers_that_are_none_become_unknown_with_their_key():
    value, remarks = decode_object(
        f'{{"seed":{2**64 + 1},"cfg":NaN,"x":[-Infinity,{{"y":1e999}}],"long":{"9" * 5000},"low":{-(2**70)}}}'
    )
    assert value == {"seed": 2**64 + 1, "cfg": None, "x": [None, {"y": None}], "long": None, "low": -(2**70)}
    assert sorted(remarks) == [
        "cfg: NaN is no number, treated as unknown",
        "long: a number of 5000 digits, treated as unknown",
        "x: -Infinity is no number, treated as unknown",
        "y: a number beyond all limits is no number, treated as unknown",
    ]


def test_of_a_key_written_twice_the_last_value_counts_and_it_is_remarked():
    value, remarks = decode_object('{"steps":20,"steps":30,"in":{"a":1,"a":2}}')
    assert value == {"steps": 30, "in": {"a": 2}}
    assert set(remarks) == {
        "steps: written more than once, the last value counts",
        "a: written more than once, the last value counts",
    }


def test_a_line_carries_the_hash_of_its_own_bytes(tmp_path):
    (line,) = results(tmp_path, GOOD_BEFORE + b"\r\n")
    assert line.sha256 == hashlib.sha256(GOOD_BEFORE).hexdigest()


def test_a_file_that_is_not_there_is_a_readable_error(tmp_path):
    with pytest.raises(Unreadable, match="cannot be read"):
        list(read_lines(tmp_path / "absent.jsonl"))


@settings(max_examples=60, deadline=None)
@given(bad=st.binary(max_size=400))
def test_any_bytes_between_two_good_lines_never_raise_and_never_harm_them(tmp_path_factory, bad):
    path = tmp_path_factory.mktemp("any") / "log.jsonl"
    path.write_bytes(GOOD_BEFORE + b"\n" + bad + b"\n" + GOOD_AFTER + b"\n")
    found = values(list(read_lines(path)))
    assert found[0] == {"n": "before"}
    assert found[-1] == {"n": "after"}


@settings(max_examples=60, deadline=None)
@given(text=st.text(alphabet='{}[]",:\\ \n\t01e-NaIn"\ud800é', max_size=300))
def test_any_text_is_decoded_or_refused_with_a_reason(text):
    try:
        value, _ = decode_object(text)
    except Unreadable as error:
        assert error.reason
    else:
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode("utf-8")
