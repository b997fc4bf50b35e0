"""The difference between two contents of a sidecar: as operations, field by field for people, and line by line."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from learning_core.drafts.draft import Change, Operation

_BEFORE, _AFTER = "now", "proposed"
_MISSING = object()


def operations_between(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> list[Operation]:
    """Return the JSON Patch (RFC 6902) that makes one content of the other; `before` is None for no file.

    Each replaced value is tested first, and an entry of a list that has an `id` by that. Nothing is removed: keys
    that `after` lacks stay, and lists of objects only grow.
    """
    if before is None:
        return [Operation(op="add", path="", value=dict(after))]
    return list(_operations(before, after, ""))


def changed_fields(before: Any, after: Any) -> list[Change]:
    """Return each field whose value differs, in the order of the new content.

    Entries of a list that carry an `id` or a `name` of their own are told apart by it, others by their number from 0.
    """
    return list(_changes(before, after, "", ""))


def unified(name: str, before: bytes | None, after: bytes) -> str:
    """Return the unified difference of two sidecars as text; `name` is the file's."""
    lines = difflib.unified_diff(
        _lines(before or b""), _lines(after), f"{name} ({_BEFORE})", f"{name} ({_AFTER})", lineterm="", n=2
    )
    return "\n".join(lines)


def pointer_to(*parts: str | int) -> str:
    """Return the JSON Pointer (RFC 6901) of some parts."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def _operations(before: Any, after: Any, path: str) -> Iterator[Operation]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        if any(_differ(before.get(key), value) for key, value in after.items()) and "id" in before and path:
            yield Operation(op="test", path=path + "/id", value=before["id"])
        for key, value in after.items():
            if key not in before:
                yield Operation(op="add", path=path + pointer_to(key), value=value)
            else:
                yield from _operations(before[key], value, path + pointer_to(key))
    elif _are_objects(before) and _are_objects(after) and len(after) >= len(before):
        for place, (old, new) in enumerate(zip(before, after, strict=False)):
            yield from _operations(old, new, path + pointer_to(place))
        yield from (Operation(op="add", path=f"{path}/-", value=each) for each in after[len(before) :])
    elif _differ(before, after):
        yield Operation(op="test", path=path, value=before)
        yield Operation(op="replace", path=path, value=after)


def _changes(before: Any, after: Any, field: str, pointer: str) -> Iterator[Change]:
    new = _members(after)
    old = _members(before) if before is not _MISSING and before is not None else [] if new is not None else None
    if old is None or new is None:
        before = None if before is _MISSING else before
        if _differ(before, after):
            yield Change(field=field, pointer=pointer, before=before, after=after)
        return
    by_label = {label: value for label, _, value in old}
    for label, key, value in new:
        inner = label if not field or label.startswith("[") else f".{label}"
        yield from _changes(by_label.get(label, _MISSING), value, field + inner, pointer + pointer_to(key))


def _members(value: Any) -> list[tuple[str, str | int, Any]] | None:
    """Return (label, key, value) of what is inside an object or a list of objects; None for anything else."""
    if isinstance(value, Mapping):
        return [(str(key), str(key), inner) for key, inner in value.items()]
    if not _are_objects(value) or not value:
        return None
    names = [item.get("id", item.get("name")) for item in value]
    labels = [text if isinstance(text, str) and names.count(text) == 1 else at for at, text in enumerate(names)]
    return [(f"[{label}]", place, item) for place, (label, item) in enumerate(zip(labels, value, strict=True))]


def _are_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, Mapping) for item in value)


def _differ(one: Any, other: Any) -> bool:
    return type(one) is not type(other) or one != other


def _lines(data: bytes) -> list[str]:
    return data.decode("utf-8", "backslashreplace").split("\n")
