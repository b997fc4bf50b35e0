"""Operations make of one content exactly the other, test what they replace, and are told in words."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from learning_core.drafts.differences import changed_fields, operations_between, pointer_to, unified
from learning_core.drafts.draft import Operation
from learning_core.drafts.patch import patched
from learning_core.errors import DraftRefused

SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-2, 2) | st.text(max_size=3)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
CONTENTS = st.dictionaries(st.sampled_from(["kind", "a/b", "x~y", "list", ""]), VALUES, max_size=4)


def grown(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return `after` with what only `before` has: drafts take nothing away."""
    return {**{key: value for key, value in before.items() if key not in after}, **after}


@settings(max_examples=40, deadline=None)
@given(CONTENTS, CONTENTS)
def test_the_operations_make_of_one_content_the_other(before: dict[str, Any], after: dict[str, Any]) -> None:
    source = json.dumps(before, indent=2).encode()
    found = json.loads(patched(source, operations_between(before, grown(before, after))))
    for key, value in after.items():
        assert keeps(before.get(key), value, found[key]), (key, value, found[key])
    assert {key: found[key] for key in before if key not in after} == {
        key: value for key, value in before.items() if key not in after
    }


def keeps(before: Any, after: Any, found: Any) -> bool:
    """Tell whether what was found is `after`, with keys that only `before` has kept inside."""
    if isinstance(after, dict) and isinstance(before, dict):
        kept = all(found[key] == value for key, value in before.items() if key not in after)
        return kept and all(keeps(before.get(key), value, found[key]) for key, value in after.items())
    if isinstance(after, list) and isinstance(before, list) and all(isinstance(x, dict) for x in (*before, *after)):
        older = [*before, *([None] * len(after))]
        grows = len(before) <= len(after) == len(found)
        return all(map(keeps, older, after, found)) if grows else bool(found == after)
    return bool(type(found) is type(after) and found == after)


def test_a_replaced_value_is_tested_first_and_an_entry_by_its_id() -> None:
    before = {"presets": [{"id": "p1", "steps": 20, "cfg": 7}]}
    after = {"presets": [{"id": "p1", "steps": 30, "cfg": 7}]}
    assert operations_between(before, after) == [
        Operation(op="test", path="/presets/0/id", value="p1"),
        Operation(op="test", path="/presets/0/steps", value=20),
        Operation(op="replace", path="/presets/0/steps", value=30),
    ]


def test_a_test_that_fails_refuses_the_whole_patch() -> None:
    operations = operations_between({"steps": 20}, {"steps": 30})
    try:
        patched(b'{"steps": 21}', operations)
    except DraftRefused as error:
        assert "do not fit" in str(error)
    else:
        raise AssertionError("a patch of another sidecar was taken")


def test_only_the_changed_value_differs_in_the_bytes() -> None:
    source = '\ufeff{"b":  1.50,\r\n\t"a": [1,2],  "x_note": "\\u00e4 keep" }\r\n'.encode()
    content = {"b": 1.5, "a": [1, 2], "x_note": "ä keep"}
    found = patched(source, operations_between(content, {**content, "b": 2.25}))
    assert found == source.replace(b"1.50", b"2.25")


def test_changes_are_told_by_the_id_of_their_entry() -> None:
    before = {"presets": [{"id": "p1", "steps": 20}], "summary": None}
    after = {"presets": [{"id": "p1", "steps": 30}, {"id": "p2", "steps": 8}], "summary": {"runs": 3}}
    assert [(each.field, each.pointer, each.before, each.after) for each in changed_fields(before, after)] == [
        ("presets[p1].steps", "/presets/0/steps", 20, 30),
        ("presets[p2].id", "/presets/1/id", None, "p2"),
        ("presets[p2].steps", "/presets/1/steps", None, 8),
        ("summary.runs", "/summary/runs", None, 3),
    ]


def test_names_in_pointers_are_escaped() -> None:
    assert pointer_to("a/b", "x~y", 0) == "/a~1b/x~0y/0"


def test_the_unified_difference_names_the_file() -> None:
    text = unified("coast.modelprofile.json", b'{\n "a": 1\n}', b'{\n "a": 2\n}')
    assert text.split("\n")[:2] == ["--- coast.modelprofile.json (now)", "+++ coast.modelprofile.json (proposed)"]
    assert '- "a": 1\n+ "a": 2' in text
