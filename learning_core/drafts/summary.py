"""What a draft proposes, in one plain sentence: the preset or pairing, and its values before and after."""

import json
from collections.abc import Sequence
from typing import Any

from learning_core.drafts.draft import Change, Content
from learning_core.text.names import number_text

_ENTRIES = ("recommended_presets", "recommended_pairings")
_BOOKKEEPING = "/learning_summary"
_NOT_SAID = ("id", "label", "source", "name", "model", "preset_id")
"""Fields of an entry that name it or say nothing of how images are made."""

_OVERLAYS = "lora_overlays"


def summary(content: Content, shown: Sequence[Change]) -> str:
    """Return the sentence; `shown` are the changes of the draft in the order in which they are shown."""
    said = [each for each in shown if not each.pointer.startswith(_BOOKKEEPING)]
    inside = [each for each in said if _entry(each) is not None]
    if not inside:
        rest = [_before_and_after(each, each.field) for each in said]
        return f"{content.target}: {', '.join(rest) or 'only learning_summary is brought up to date'}."
    is_new = all(each.before is None for each in inside) and any(_key(each) in ("id", "model") for each in inside)
    values = [text for each in inside if (text := _value(each, is_new=is_new))]
    return f"{content.target}, {_what(content, inside[0], is_new=is_new)}: {', '.join(values) or 'only its label'}."


def _what(content: Content, change: Change, *, is_new: bool) -> str:
    is_preset = _entry(change) == _ENTRIES[0]
    name = f"preset {_label(change)}" if is_preset else f"with {content.evidence.question.checkpoint}"
    if not is_new:
        return name if is_preset else f"together {name}"
    if content.base is None:
        return f"a new profile with the {name}" if is_preset else f"a new profile, together {name}"
    return f"a new {name}" if is_preset else f"a new pairing {name}"


def _entry(change: Change) -> str | None:
    parts = change.pointer.split("/")
    return parts[1] if len(parts) > 3 and parts[1] in _ENTRIES else None


def _key(change: Change) -> str:
    return change.pointer.split("/")[3]


def _label(change: Change) -> str:
    """Return the id of the preset that a change is in, which stands in brackets in its field."""
    return change.field[len(_ENTRIES[0]) + 1 : change.field.rindex(f"].{_key(change)}")]


def _value(change: Change, *, is_new: bool) -> str:
    key, last = _key(change), change.pointer.rpartition("/")[2]
    if key == _OVERLAYS and last == "weight":
        lora = change.field[change.field.rindex(f"{_OVERLAYS}[") + len(_OVERLAYS) + 1 : -len("].weight")]
        return _before_and_after(change, f"LoRA {lora}", is_new=is_new)
    if key in _NOT_SAID or key == _OVERLAYS or (is_new and change.after in (None, [], {})):
        return ""
    return _before_and_after(change, key, is_new=is_new)


def _before_and_after(change: Change, name: str, *, is_new: bool = False) -> str:
    return f"{name} {_text(change.after)}" if is_new else f"{name} {_text(change.before)} → {_text(change.after)}"


def _text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or "none"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number_text(float(value))
    if isinstance(value, list) and len(value) == 2 and all(isinstance(side, int) for side in value):
        return f"{value[0]}x{value[1]}"
    return json.dumps(value, ensure_ascii=False)
