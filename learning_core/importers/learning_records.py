"""LearningRecordV2 logs that other programs wrote, field by field, and whatworks' own events inside them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from learning_core.errors import Unreadable
from learning_core.importers.changes import Changes
from learning_core.importers.foreign_values import distinct, real, shown, utc_seconds, whole
from learning_core.importers.identity import event_id
from learning_core.importers.lines import Line, read_lines
from learning_core.importers.path_text import path_text
from learning_core.importers.reading import Reading, Skipped
from learning_core.importers.stablenew_ratings import stars
from learning_core.importers.stablenew_settings import loras_from_prompt
from learning_core.limits import JOB_ID_CHARACTERS, NOTE_CHARACTERS
from learning_core.model.generation import RawReference
from learning_core.model.job import JobRecord
from learning_core.model.job_fields import JobFields
from learning_core.model.judgement import JUDGEMENTS, AnyJudgement, Note, Rating
from learning_core.model.judgement_fields import judgement_of

READER = "learning-record/1"
NAMESPACE = "learning-record"
_SCHEMA_VERSION = 1
_WHOLE = frozenset({
    "steps", "seed", "variant_index", "variant_total", "batch_index", "batch_total", "width", "height",
    "clip_skip",
})  # fmt: skip
_REAL = frozenset({
    "timestamp_start", "timestamp_end", "cfg_scale", "refiner_strength", "hires_denoise", "hires_scale",
    "upscale_denoise", "upscale_scale", "total_runtime_sec", "distilled_cfg_scale", "denoising_strength",
})  # fmt: skip
_TIMES = frozenset({"timestamp_start", "timestamp_end"})
_NOT_TELLING = frozenset({"kind", "schema_version", "job_id", "run_id", "stage", "origin", "raw", "notes"})
_TELLING = frozenset(JobRecord.model_fields) - _NOT_TELLING


def recognises(first_values: list[dict[str, Any]]) -> bool:
    """Tell by content whether a file is such a log: a job id with the contract's fields, or our events."""
    return any(_is_record(value) or _is_event(value) for value in first_values)


def _is_record(value: Mapping[str, Any]) -> bool:
    if "job_id" not in value or "status" in value:
        return False
    return value.get("kind") == "job" or len(_TELLING & value.keys()) >= 2


def _is_event(value: Mapping[str, Any]) -> bool:
    kind = value.get("kind")
    return isinstance(kind, str) and kind in JUDGEMENTS and {"event_id", "job_id"} <= value.keys()


def read(path: Path) -> Iterator[Reading | Skipped]:
    """Yield a reading for each job and each event, in the file's order, and a Skipped for each other line.

    A later line with the job id of an earlier one says something new only of rating and notes. Raises
    Unreadable when the file cannot be opened.
    """
    changes = Changes()
    for line in read_lines(path):
        yield line if isinstance(line, Skipped) else _reading(line, path, changes)


def _reading(line: Line, path: Path, changes: Changes) -> Reading | Skipped:
    value = {name: part for name, part in line.value.items() if name != "crc32"}
    kind = value.get("kind", "job")
    version = value.get("schema_version", _SCHEMA_VERSION)
    if "kind" in value and isinstance(version, int) and version > _SCHEMA_VERSION:
        return Skipped("needs a newer whatworks", line.where)
    if isinstance(kind, str) and kind in JUDGEMENTS:
        return _event(line, value)
    if kind != "job":
        return Skipped(f"record kind {shown(kind)} is not known", line.where)
    job_id = value.get("job_id")
    if not isinstance(job_id, str) or not 0 < len(job_id) <= JOB_ID_CHARACTERS:
        return Skipped("no usable job_id", line.where)
    return _job(line, path, changes, value)


def _event(line: Line, value: dict[str, Any]) -> Reading | Skipped:
    try:
        judgement, remarks = judgement_of(value)
    except Unreadable as error:
        return Skipped(f"{value['kind']}: {error.field} is not usable", line.where)
    return Reading(None, (judgement,), (*line.remarks, *remarks))


def _job(line: Line, path: Path, changes: Changes, value: dict[str, Any]) -> Reading | Skipped:
    fields = JobFields(remarks=list(line.remarks))
    events = _judgements(value, fields, changes)
    for name, part in value.items():
        fields.values[name] = _coerced(name, part, fields.remarks)
    if fields.values.get("loras") is None:
        loras_from_prompt(fields)
    if fields.values.get("raw") is None:
        carrier = f"line:{line.number}"
        fields.values["raw"] = RawReference(path=path_text(path), carrier=carrier, sha256=line.sha256, reader=READER)
    try:
        job, remarks = fields.build()
    except ValidationError:
        return Skipped("no usable job_id", line.where)
    return Reading(job, tuple(events), tuple(distinct(remarks)))


def _coerced(name: str, part: object, remarks: list[str]) -> object:
    """Return a number of the field's type; another type is remarked, true is no number."""
    if part is None or (name not in _WHOLE and name not in _REAL):
        return part
    found = whole(part) if name in _WHOLE else real(part)
    if found is None and name in _TIMES:
        found = utc_seconds(part)
    if found is None:
        remarks.append(f"{name}: {shown(part)} is not usable, treated as unknown")
    elif isinstance(part, str) or (name in _WHOLE and isinstance(part, float)):
        remarks.append(f"{name}: {part!r} read as {found}")
    return found


def _judgements(value: dict[str, Any], fields: JobFields, changes: Changes) -> list[AnyJudgement]:
    """Return rating and notes as events, and leave only usable ones in the line's value."""
    job_id = value["job_id"]
    events: list[AnyJudgement] = []
    written = value.pop("user_rating", None)
    given = stars(written, "user_rating", fields.remarks)
    if given is not None:
        if not isinstance(written, int):
            fields.remarks.append(f"user_rating: {written!r} read as {given}")
        value["user_rating"] = given
        key = changes.key(("rating", job_id), given)
        name = event_id(NAMESPACE, job_id, "rating", *key)
        events.append(Rating(event_id=name, job_id=job_id, source=NAMESPACE, value=given))
    notes = value.get("notes")
    if isinstance(notes, str) and len(notes) > NOTE_CHARACTERS:
        fields.remarks.append(f"notes: longer than {NOTE_CHARACTERS} characters, left out")
        del value["notes"]
    elif isinstance(notes, str) and (notes.strip() or changes.last(("notes", job_id))):
        key = changes.key(("notes", job_id), notes.strip() and notes)
        name = event_id(NAMESPACE, job_id, "notes", *key)
        events.append(Note(event_id=name, job_id=job_id, source=NAMESPACE, text=notes.strip() and notes))
    return events
