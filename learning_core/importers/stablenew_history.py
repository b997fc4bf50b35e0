"""StableNew's job history, event log or store: one reading for each job that finished well."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from learning_core.importers.foreign_values import (
    distinct,
    first_text,
    items,
    mapping,
    real,
    text,
    texts,
    utc_seconds,
    whole,
)
from learning_core.importers.identity import IDENTIFYING, digest
from learning_core.importers.lines import Line, read_lines
from learning_core.importers.path_text import path_text
from learning_core.importers.reading import Reading, Skipped
from learning_core.importers.stablenew_ratings import SOURCE
from learning_core.importers.stablenew_records import READER
from learning_core.importers.stablenew_settings import (
    actual_seed,
    loras_from_prompt,
    overlay,
    pipeline_stage,
    settings,
    stages,
)
from learning_core.model.generation import Experiment, RawReference
from learning_core.model.job_fields import JobFields
from learning_core.text.names import parameter

_COMPLETED = frozenset({"completed", "complete", "succeeded", "success", "done"})
_CANCELLED = frozenset({"cancelled", "canceled", "aborted"})
_FAILED = frozenset({"failed", "error"})
_SNAPSHOTS = ("njr_snapshot", "snapshot", "normalized_record_snapshot")
_MARKS = frozenset({"history_schema", "pipeline_config", *_SNAPSHOTS})


def recognises(first_values: list[dict[str, Any]]) -> bool:
    """Tell by content whether a file holds StableNew's job history, in any of its shapes."""
    return any(_is_history(value) for value in first_values)


def _is_history(value: Mapping[str, Any]) -> bool:
    if _job_name(value) is None or "prompt_positive" in value or "kind" in value:
        return False
    if _MARKS & value.keys():
        return True
    if "config" in value and "prompts" in value:
        return True
    return "status" in value and bool({"created_at", "payload_summary", "run_mode", "result"} & value.keys())


def _job_name(value: Mapping[str, Any]) -> str | None:
    return first_text(value.get("job_id"), value.get("id"))


class _Job(Struct):
    """What the lines of one job add up to: of each top field the last value that says something."""

    name: str
    created_at: object
    value: dict[str, Any] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    line: Line | None = None

    def add(self, line: Line) -> None:
        """Take one more event of the job."""
        self.value.update({key: part for key, part in line.value.items() if part not in (None, "", {}, [])})
        self.remarks.extend(line.remarks)
        self.line = line

    @property
    def status(self) -> str:
        """Return the last status in small letters; a line without any comes from a store of finished jobs."""
        inner = _normalized_job(self.value).get("status")
        return (first_text(self.value.get("status"), inner) or "completed").strip().casefold()

    def is_reused_by(self, value: Mapping[str, Any]) -> bool:
        """Tell whether a line with the same id starts another job."""
        if value.get("status") != "queued":
            return False
        if self.status not in ("queued", "running") or value.get("created_at") != self.created_at:
            return True
        snapshot = _normalized_job(value)
        return bool(snapshot) and snapshot != _normalized_job(self.value)


def _normalized_job(value: Mapping[str, Any]) -> dict[str, Any]:
    for name in _SNAPSHOTS:
        if snapshot := mapping(value.get(name)):
            return mapping(snapshot.get("normalized_job")) or snapshot
    return {}


def read(path: Path) -> Iterator[Reading | Skipped]:
    """Yield a reading for each finished job and a Skipped for each other one and for each unusable line.

    The last status of an id counts; an id that was used again is split where it is queued anew. Raises
    Unreadable when the file cannot be opened.
    """
    jobs: dict[str, _Job] = {}
    for line in read_lines(path):
        if isinstance(line, Skipped):
            yield line
            continue
        name = _job_name(line.value)
        if name is None:
            yield Skipped("no job id", line.where)
            continue
        job = jobs.get(name)
        if job is not None and job.is_reused_by(line.value):
            yield _reading(jobs.pop(name), path)
            job = None
        if job is None:
            job = jobs[name] = _Job(name, line.value.get("created_at"))
        job.add(line)
    for job in jobs.values():
        yield _reading(job, path)


def _reading(job: _Job, path: Path) -> Reading | Skipped:
    line = job.line
    if line is None:
        return Skipped("no lines")
    if (reason := _why_no_evidence(job)) is not None:
        return Skipped(reason, line.where)
    fields = JobFields(remarks=job.remarks)
    for carrier, config in _layers(job.value):
        overlay(fields, settings(config, fields.remarks), carrier)
    if "model" not in fields.values and "prompt_positive" not in fields.values:
        return Skipped("no model and no prompt", line.where)
    raw = RawReference(path=path_text(path), carrier=f"line:{line.number}", sha256=line.sha256, reader=READER)
    fields.values.update(source_tool=SOURCE, raw=raw, source_job_id=job.name)
    _add_run(fields, job.value)
    _add_experiment(fields, job)
    loras_from_prompt(fields)
    identity = digest("job", job.name, *(fields.values.get(name) for name in IDENTIFYING))
    fields.values["job_id"] = f"{SOURCE}:{identity}"
    record, remarks = fields.build()
    return Reading(record, (), tuple(distinct(remarks)))


def _why_no_evidence(job: _Job) -> str | None:
    if job.status in _CANCELLED:
        return "cancelled"
    if job.status in _FAILED:
        return "failed"
    if job.status not in _COMPLETED:
        return "unfinished"
    result = mapping(job.value.get("result"))
    if result.get("error") or job.value.get("error_message") or result.get("success") is False:
        return "failed"
    return None


def _layers(value: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every object that holds settings, what was executed before what was asked for."""
    result = mapping(value.get("result"))
    seeds = mapping(result.get("seeds"))
    known = [seed for name in ("actual_seed", "final_seed") if (seed := actual_seed(seeds.get(name))) is not None]
    if known:
        yield "the result", {"seed": known[0]}
    yield "result.config", mapping(result.get("config"))
    snapshot = _normalized_job(value)
    yield "the snapshot", snapshot
    for holder in (snapshot, value):
        prompts = mapping(holder.get("prompts"))
        yield (
            "the prompts",
            {"prompt": prompts.get("positive"), "negative_prompt": prompts.get("negative")},
        )
        yield "the config", mapping(holder.get("config"))
    yield "pipeline_config", mapping(value.get("pipeline_config"))


def _add_run(fields: JobFields, value: Mapping[str, Any]) -> None:
    snapshot = _normalized_job(value)
    sequence = stages(snapshot.get("stage_chain"))
    duration = real(value.get("duration_ms"))
    fields.values.update(
        timestamp_start=utc_seconds(value.get("started_at")),
        timestamp_end=utc_seconds(first_text(value.get("completed_at"), value.get("timestamp"))),
        total_runtime_sec=None if duration is None else duration / 1000,
        stage_sequence=sequence,
        stage=pipeline_stage(*(sequence or []), snapshot.get("stage")),
        prompt_pack=first_text(snapshot.get("prompt_pack_name"), snapshot.get("prompt_pack_id")),
        output_paths=_outputs(value, snapshot),
        **{
            name: whole(snapshot.get(name)) for name in ("variant_index", "variant_total", "batch_index", "batch_total")
        },
    )
    for part in items(snapshot.get("stage_chain")):
        _add_stage(fields, mapping(part))


def _add_stage(fields: JobFields, part: Mapping[str, Any]) -> None:
    kind, strength = text(part.get("stage_type")), real(part.get("denoising_strength"))
    if kind == "adetailer":
        fields.values["adetailer_enabled"] = True
    elif kind == "upscale":
        fields.values.update(upscale_enabled=True, upscale_denoise=strength)
    elif kind == "img2img" and fields.values.get("stage") == "img2img":
        fields.values.setdefault("denoising_strength", strength)
    if kind is not None and kind == fields.values.get("stage"):
        overlay(fields, settings(part, fields.remarks), "the stage")


def _outputs(value: Mapping[str, Any], snapshot: Mapping[str, Any]) -> list[str] | None:
    result = mapping(value.get("result"))
    found = [
        *items(snapshot.get("output_paths")),
        *items(mapping(value.get("outputs")).get("image_paths")),
        *items(result.get("output_paths")),
        *(path for variant in items(result.get("variants")) for path in items(mapping(variant).get("all_paths"))),
    ]
    return distinct(texts(found)) or None


def _add_experiment(fields: JobFields, job: _Job) -> None:
    snapshot = _normalized_job(job.value)
    extra = mapping(snapshot.get("extra_metadata"))
    variable = text(extra.get("learning_variable"))
    if variable is None:
        return
    tested = extra.get("learning_variant_value")
    number = real(tested)
    named = (
        extra.get("learning_experiment_id"),
        extra.get("learning_experiment"),
        extra.get("learning_experiment_name"),
        snapshot.get("prompt_pack_id"),
    )
    fields.values["experiment"] = Experiment(
        experiment_id=first_text(*named) or job.name,
        focus_parameter=parameter(variable),
        focus_value=text(tested) if number is None else number,
    )
