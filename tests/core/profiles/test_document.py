"""A sidecar is rewritten in its owner's own hand: nothing but the changed values differs in the file."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_core.errors import Unreadable
from learning_core.profiles.document import content_of, new_document, rewritten

ODD = (
    '\ufeff{\r\n\t"kind" : "model_profile",\r\n\t"version":1,\r\n\t"x_note": "caf\\u00e9 \\/ keep",'
    '\r\n\t"steps": 3.20e1,\r\n\t"size": [ 832 , 1216 ],\r\n\t"x": {"deep": [1.50, {"a": null}]}\r\n}\r\n'
).encode()


def changed(source: bytes, **values: Any) -> bytes:
    content, _ = content_of(source)
    return rewritten(source, {**content, **values})


def test_an_unchanged_content_gives_the_same_bytes() -> None:
    assert rewritten(ODD, content_of(ODD)[0]) == ODD


def test_only_the_changed_value_differs() -> None:
    assert changed(ODD, steps=28) == ODD.replace(b"3.20e1", b"28")
    assert changed(ODD, size=[832, 1024]) == ODD.replace(b"1216", b"1024")


def test_a_new_key_comes_last_in_the_manner_of_the_file() -> None:
    assert changed(ODD, tags=["a"]) == ODD.replace(b"]}\r\n}", b']},\r\n\t"tags": [\r\n\t\t"a"\r\n\t]\r\n}')
    assert changed(b'{"a":1,"b":2}', c={"d": [1]}) == b'{"a":1,"b":2,"c":{"d":[1]}}'


def test_a_key_that_is_gone_takes_only_itself_along() -> None:
    content, _ = content_of(ODD)
    del content["steps"]
    assert rewritten(ODD, content) == ODD.replace(b'\r\n\t"steps": 3.20e1,', b"")


def test_an_item_put_between_others_leaves_them_alone() -> None:
    source = b'{"p": [\n  {"id": "a", "cfg": 6.50},\n  {"id": "b", "cfg": 7.0}\n]}'
    content, _ = content_of(source)
    content["p"].insert(1, "new")
    assert rewritten(source, content) == source.replace(b'6.50},\n  {"id": "b"', b'6.50},\n  "new",\n  {"id": "b"')


def test_a_number_that_no_reader_understands_stays_where_nobody_touches_it() -> None:
    source = b'{"odd": NaN, "steps": 3, "steps": 4}'
    assert changed(source, steps=5) == b'{"odd": NaN, "steps": 3, "steps": 5}'


def test_what_is_no_object_in_utf_8_is_refused() -> None:
    for source in (b"[1]", b"\xff{}", b'{"a": 1', b""):
        with pytest.raises(Unreadable):
            rewritten(source, {})


def test_a_new_sidecar_is_indented_text_that_ends_its_last_line() -> None:
    assert new_document({"name": "Küste"}) == '{\n  "name": "Küste"\n}\n'.encode()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abcdé\"\\"), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
OBJECTS = st.dictionaries(st.sampled_from('abcdé"\\'), VALUES, max_size=5)
STYLES = st.sampled_from([{}, {"indent": 2}, {"indent": "\t", "ensure_ascii": False}, {"separators": (",", ":")}])


@settings(max_examples=60, deadline=None)
@given(OBJECTS, OBJECTS, STYLES, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_whatever_is_changed_the_file_then_says_that_and_going_back_changes_what_was_changed(
    old: dict[str, Any], new: dict[str, Any], style: dict[str, Any], line_break: str, bom: bool
) -> None:
    text = ("\ufeff" if bom else "") + json.dumps(old, **style).replace("\n", line_break)
    source = text.encode()
    there = rewritten(source, new)
    assert content_of(there)[0] == new
    assert there.startswith(b"\xef\xbb\xbf") == bom
    assert rewritten(source, old) == source
    kept = {**old, "other": 1}
    assert rewritten(source, kept).startswith(source.rstrip(b"}\t \r\n")) or not old
