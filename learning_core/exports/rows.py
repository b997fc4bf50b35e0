"""The rows of the three tables, made one at a time from a snapshot, in an order that only the log decides."""

from collections.abc import Callable, Iterator
from typing import Any, get_args

import numpy as np

from learning_core.answers.answer import By
from learning_core.answers.items import event_text, experiment_text, note_of, rating_of, selection_of, settings_of
from learning_core.answers.what_works import what_works
from learning_core.exports.legacy import LEGACY_COLUMNS, legacy_figures
from learning_core.exports.tables import Row
from learning_core.index.filtering import match_filter
from learning_core.index.judged import standing
from learning_core.index.snapshot import REFERENCE, Record, Snapshot, Told
from learning_core.text import filters
from learning_core.text.wording import moment

CHUNK = 4096
EVERY_VALUE = 2**31
Progress = Callable[[int, int], None]

NUMBERS = ("steps", "cfg_scale", "denoising_strength", "clip_skip", "distilled_cfg_scale")
RECORD_COLUMNS = (
    "ref", "job_id", "time", "checkpoint", "lora", "sampler", "scheduler", "steps", "cfg_scale", "seed", "size", "vae",
    "denoising_strength", "hires_fix", "stage", "clip_skip", "distilled_cfg_scale", "runtime_seconds",
    "positive_prompt", "negative_prompt", "rating", "selection", "tags", "note", "images", "source", "experiment",
    "log_file", "log_offset",
)  # fmt: skip
FEEDBACK_COLUMNS = (
    "ref", "job_id", "event_id", "kind", "stands", "image_index", "says", "rating", "selection", "tags",
    "removed_tags", "text", "score_source", "recorded_at", "source", "rater", "job_in_log",
)  # fmt: skip
STATISTICS_COLUMNS = (
    "parameter", "value", "n", "good", "estimate", "low", "high", "lift", "effective_n", "prompts", "rated",
    "mean_rating", "pooled_rating", "judged", "selected", "rated_share", "regret", "strength", "reason",
    "baseline", "baseline_n", "outcome", "status", "tier", *LEGACY_COLUMNS,
)  # fmt: skip


def record_rows(snapshot: Snapshot, where: str, progress: Progress | None = None) -> Iterator[Row]:
    """Yield one row a job that the filter selects, the oldest first; raises QuestionError for a bad filter."""
    mask, _ = match_filter(snapshot, filters.parse(where))
    for record in _records(snapshot, mask, progress):
        yield _record(snapshot, record)


def _records(snapshot: Snapshot, mask: Any, progress: Progress | None) -> Iterator[Record]:
    """Yield the jobs of a mask by time, unknown times first, and then by reference."""
    rows = np.flatnonzero(mask)
    order = rows[np.lexsort((snapshot.column("key")[rows], snapshot.column("time")[rows]))]
    for start in range(0, len(order), CHUNK):
        yield from snapshot.records(order[start : start + CHUNK])
        if progress is not None:
            progress(min(start + CHUNK, len(order)), len(order))


def _record(snapshot: Snapshot, record: Record) -> Row:
    job = record.job
    settings = settings_of(job)
    judged = standing(record.said)
    notes = [event for event in record.said if event.kind in ("note", "undo")]
    events = [(each.content, not each.undone) for each in snapshot.told(record.key, notes)]
    known: dict[str, object] = {name: _number(text) if name in NUMBERS else text for name, text in settings.items()}
    known |= {
        "ref": record.reference,
        "job_id": job["job_id"],
        "time": moment(job.get("timestamp_end") or job.get("timestamp_start")),
        "runtime_seconds": job.get("total_runtime_sec"),
        "positive_prompt": job.get("prompt_positive"),
        "negative_prompt": job.get("prompt_negative"),
        "rating": rating_of(judged),
        "selection": selection_of(judged),
        "tags": sorted(judged.tags),
        "note": note_of(events),
        "images": job.get("output_paths") or [],
        "source": " ".join(filter(None, (job.get("source_tool"), job.get("source_version")))) or None,
        "experiment": experiment_text(job.get("experiment") or {}),
        "log_file": record.file,
        "log_offset": record.offset,
    }
    return {name: known.get(name) for name in RECORD_COLUMNS}


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        return float(text)


def feedback_rows(snapshot: Snapshot, where: str, progress: Progress | None = None) -> Iterator[Row]:
    """Yield one row an event, by job (the oldest first) and then in log order.

    With a filter, of the jobs that it selects; without, of all jobs, withdrawn ones too, and last the events whose job
    is not in the log yet. Raises QuestionError for a bad filter.
    """
    terms = filters.parse(where)
    mask = match_filter(snapshot, terms)[0] if terms else np.ones(snapshot.jobs, bool)
    for record in _records(snapshot, mask, progress):
        yield from _events(record.reference, snapshot.told(record.key, record.said), job_in_log=True)
    if not terms:
        for key in snapshot.keys_without_job():
            yield from _events(f"{REFERENCE}{key}", snapshot.told_of(key), job_in_log=False)


def _events(ref: str, told: list[Told], *, job_in_log: bool) -> Iterator[Row]:
    for content, _, in_force in told:
        kind = content["kind"]
        known = content | {
            "ref": ref,
            "stands": in_force,
            "says": event_text(content),
            "rating": content["value"] if kind == "rating" else None,
            "selection": content["verdict"] if kind == "selection" else None,
            "score_source": content.get("score_source", "human") if kind == "rating" else None,
            "tags": content.get("tags", []),
            "removed_tags": content.get("removed", []),
            "recorded_at": moment(content.get("recorded_at")),
            "job_in_log": job_in_log,
        }
        yield {name: known.get(name) for name in FEEDBACK_COLUMNS}


def statistics_rows(snapshot: Snapshot, where: str, progress: Progress | None = None) -> Iterator[Row]:
    """Yield one row a parameter and value with its counts, its estimate and the 95 % interval, the best first.

    Figures are those of `what_works` over the records that the filter selects, and last those of earlier systems
    (`legacy`). Raises QuestionError for a bad filter.
    """
    parameters: tuple[By, ...] = get_args(By)
    for number, by in enumerate(parameters, 1):
        answer = what_works(snapshot, "", by=[by], where=where, limit=EVERY_VALUE)
        (parameter,) = answer.parameters
        for setting in parameter.ranked:
            known = setting.model_dump() | {
                "parameter": by,
                "value": setting.setting,
                "estimate": setting.value,
                "rated": setting.n_rated,
                "judged": setting.n_judged,
                "selected": setting.n_selected,
                "baseline": parameter.baseline,
                "baseline_n": parameter.baseline_n,
                "outcome": answer.outcome,
                "status": parameter.status,
                **legacy_figures(setting.n, setting.good),
            }
            yield {name: known[name] for name in STATISTICS_COLUMNS}
        if progress is not None:
            progress(number, len(parameters))
