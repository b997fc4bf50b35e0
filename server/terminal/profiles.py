"""Profiles as a person at a terminal likes to read them: listed, one in full, checked, explained."""

from collections.abc import Iterator, Sequence
from typing import Any

from learning_core.profiles.report import (
    Checked,
    ExplainedConfig,
    ExplainedSetting,
    Finding,
    ListedProfile,
    Profiles,
    ShownProfile,
)
from learning_core.text.names import number_text
from learning_core.text.wording import count
from server.terminal.layout import paragraph, table
from server.untrusted import visible

_NAME_CHARACTERS = 40
_KINDS = {"model_profile": "checkpoints", "lora_profile": "LoRAs"}
_ENTRIES = {"model_profile": "presets", "lora_profile": "weights"}
_WHO = {
    "override": "you",
    "last_run": "the last run",
    "user_preset": "your preset",
    "profile": "profile",
    "style": "style",
    "engine_default": "engine default",
}


def listing(found: Profiles) -> str:
    """Return all profiles by kind, what could not be used, and the folders."""
    lines = []
    for kind, heading in _KINDS.items():
        rows = [_row(each) for each in found.profiles if each.kind == kind]
        if rows:
            head = ("", "base", _ENTRIES[kind], "suggests", "rated", "learned", "file")
            lines += [heading, *table(head, rows, spare=(5, 1)), ""]
    hidden = [file for each in found.profiles for file in each.hides]
    lines += [paragraph(f"Problem: {visible(error)}") for error in found.unusable]
    lines += [paragraph(f"Note: {visible(file)} is not used; another one of its name comes first.") for file in hidden]
    remarks = sum(each.remarks for each in found.profiles)
    lines += [f"Note: {count(remarks, 'remark')}; `whatworks profiles validate` tells them."] if remarks else []
    for folder in found.folders:
        profiles, models = count(folder.sidecars, "profile"), count(folder.model_files, "model file")
        lines.append(f"In {visible(folder.folder)} ({folder.layout}): {profiles}, {models}.")
        lines += [paragraph(visible(note), "  ") for note in folder.notes]
    if not found.folders:
        lines.append("No folder of models is named yet. Name one: whatworks profiles add FOLDER")
    elif not found.profiles:
        lines.append("No usable profile there.")
    return "\n".join(lines)


def _row(each: ListedProfile) -> tuple[str, ...]:
    learned = count(each.runs_observed, "run") if each.runs_observed is not None else ""
    mean = f"mean {number_text(each.mean_rating)}" if each.mean_rating is not None else ""
    return (
        visible(each.name, _NAME_CHARACTERS),
        visible(each.base_type, _NAME_CHARACTERS),
        str(each.entries),
        visible(each.best, _NAME_CHARACTERS) or "-",
        visible(each.rating, _NAME_CHARACTERS) or "-",
        ", ".join(filter(None, (learned, mean))) or "-",
        visible(each.file),
    )


def in_full(found: ShownProfile) -> str:
    """Return one profile: what the file says, in its order, and what is to be known of it."""
    lines = [f"{visible(found.name)}: {found.kind}", paragraph(visible(found.file), "  "), ""]
    lines += [line for key, value in found.content.items() for line in _value(key, value, "  ")]
    lines.append("")
    if found.suggested:
        lines.append(f"Suggested: preset {visible(found.suggested)}.")
    if found.style:
        lines.append(f"Style: {found.style}.")
    if found.unknown_keys:
        lines.append(paragraph(f"Kept, not used: {', '.join(map(visible, found.unknown_keys))}."))
    return "\n".join([*lines, *map(_finding, found.findings)])


def _value(key: str, value: Any, indent: str) -> Iterator[str]:
    name = visible(key, _NAME_CHARACTERS)
    if isinstance(value, dict) and value:
        yield f"{indent}{name}:"
        for inner, part in value.items():
            yield from _value(inner, part, f"{indent}  ")
    elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
        for place, part in enumerate(value):
            yield from _value(f"{key}[{place}]", part, indent)
    else:
        yield f"{indent}{name}: {_plain(value)}"


def _plain(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, list):
        return ", ".join(map(_plain, value)) or "-"
    if isinstance(value, float):
        return number_text(value)
    return visible(str(value))


def checked(found: Checked) -> str:
    """Return every sidecar with its findings, and what it comes to."""
    lines: list[str] = []
    for file in found.files:
        fatal = any(each.is_fatal for each in file.findings)
        mark = "PROBLEM" if fatal else "remarks" if file.findings else "ok     "
        lines += [f"{mark}  {visible(file.file)}", *(f"         {_finding(each)}" for each in file.findings)]
    lines += [paragraph(f"Note: {visible(note)}") for note in found.notes]
    bad = sum(any(each.is_fatal for each in file.findings) for file in found.files)
    if not found.files:
        return "\n".join(
            [*lines, "No profile was found to check; name files, or folders: whatworks profiles add FOLDER"]
        )
    return "\n".join([*lines, f"{count(len(found.files), 'profile')} checked, {bad} cannot be used."])


def _finding(finding: Finding) -> str:
    where = f"{visible(finding.field)}: " if finding.field else ""
    return f"{where}{visible(finding.reason)}"


def explained(found: ExplainedConfig) -> str:
    """Return each setting with its value, who decides it and why, and what else was said."""
    lines = [
        paragraph(f"{visible(found.checkpoint)} starts with (priors of profiles, not evidence of your images):"),
        "",
    ]
    lines += _settings(found.settings)
    lines.append("")
    lines += [paragraph(f"Left out: {visible(each)}.") for each in found.left_out]
    return "\n".join([*lines, *(paragraph(f"Note: {visible(note)}") for note in found.notes)])


def _settings(settings: Sequence[ExplainedSetting]) -> list[str]:
    rows: list[tuple[str, ...]] = []
    for each in settings:
        setting = visible(each.setting, _NAME_CHARACTERS)
        rows.append((setting, _plain(each.value), _because(_WHO[each.layer], each.reason)))
        rows += [("", "", f"not {_plain(other.value)}: {_because(_WHO[other.layer], other.reason)}")
                 for other in each.instead_of]  # fmt: skip
    return table(("", "", "because"), rows, left=2)


def _because(who: str, reason: str) -> str:
    return visible(f"{who}: {reason}" if reason else who)
