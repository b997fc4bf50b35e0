import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_core.errors import RecordNotWritable
from learning_core.log.seal import encode, seal, seal_state

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
records = st.dictionaries(st.text(max_size=8), json_values, min_size=1, max_size=6).filter(lambda r: "crc32" not in r)


@given(records)
def test_a_sealed_line_is_one_line_of_json_that_gives_the_record_back(record: dict[str, object]) -> None:
    try:
        line = seal(record)
    except RecordNotWritable:
        return
    assert line.count(b"\n") == 1
    assert seal_state(line[:-1]) is True
    back = json.loads(line)
    del back["crc32"]
    assert back == json.loads(json.dumps(record))


@given(records, st.data())
def test_a_changed_byte_breaks_the_seal_or_the_line(record: dict[str, object], data: st.DataObject) -> None:
    try:
        line = bytearray(seal(record)[:-1])
    except RecordNotWritable:
        return
    place = data.draw(st.integers(0, len(line) - 1))
    old = line[place]
    line[place] = data.draw(st.integers(0, 255).filter(lambda byte: byte != old))
    assert seal_state(bytes(line)) is not True


def test_a_line_of_another_program_has_no_seal() -> None:
    assert seal_state(b'{"job_id":"j1"}') is None


def test_bytes_lost_inside_a_file_cannot_splice_two_records_into_one() -> None:
    first, second = seal({"job_id": "a", "note": "x" * 20})[:-1], seal({"job_id": "b", "note": "y" * 20})[:-1]
    spliced = first[:14] + second[14:]
    assert json.loads(spliced)
    assert seal_state(spliced) is False


@pytest.mark.parametrize("seed", [2**53 + 1, 2**63, 2**64 - 1, 2**64, 10**30, -(2**63) - 1])
def test_seeds_stay_exact(seed: int) -> None:
    assert json.loads(encode({"seed": seed}))["seed"] == seed


@pytest.mark.parametrize("value", [{1, 2}, b"raw", object()])
def test_what_is_not_json_is_refused_with_a_sentence(value: object) -> None:
    with pytest.raises(RecordNotWritable, match="Nothing was written"):
        encode({"value": value})


def test_a_line_over_the_limit_is_refused() -> None:
    with pytest.raises(RecordNotWritable, match="limit is"):
        encode({"text": "x" * 2_000_000})
