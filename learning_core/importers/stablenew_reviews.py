"""A review from StableNew's review tab, in its records, inside the image or beside it."""

from collections.abc import Mapping
from typing import Any

from learning_core.importers.foreign_values import first_text, mapping, utc_seconds
from learning_core.importers.identity import event_id
from learning_core.importers.stablenew_ratings import note, rating
from learning_core.importers.stablenew_settings import overlay, pipeline_stage, settings
from learning_core.model.job_fields import JobFields
from learning_core.model.judgement import AnyJudgement

_NAMESPACE = "stablenew-review"


def review_events(
    review: Mapping[str, Any],
    *,
    job_id: str,
    review_id: str,
    recorded_at: float | None,
    remarks: list[str],
) -> list[AnyJudgement]:
    """Return the rating and the note of one review.

    `review_id` is the record's `run_id`, which embedded reviews and sidecars repeat as `review_record_id`:
    the same id gives the same events, so one review counts once.
    """
    given = rating(
        review,
        job_id=job_id,
        event_id=event_id(_NAMESPACE, review_id),
        recorded_at=recorded_at,
        remarks=remarks,
    )
    remark = note(
        review.get("user_notes"),
        job_id=job_id,
        event_id=event_id(_NAMESPACE, review_id, "note"),
        recorded_at=recorded_at,
        remarks=remarks,
    )
    return [event for event in (given, remark) if event is not None]


def review_settings(fields: JobFields, record: Mapping[str, Any]) -> None:
    """Put the settings of the reviewed image into the fields: its prompt is the one before any editing."""
    metadata, base = mapping(record.get("metadata")), mapping(record.get("base_config"))
    overlay(fields, settings(record, fields.remarks), "the record")
    overlay(fields, settings(base, fields.remarks), "base_config")
    overlay(fields, settings(prompts_before(metadata), fields.remarks), "the review")
    fields.values["stage"] = pipeline_stage(base.get("stage"), metadata.get("stage"))


def prompts_before(review: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a review says of the image's own settings, in the words of a config."""
    names = ("model", "sampler", "scheduler", "steps", "cfg_scale")
    return {
        **{name: review[name] for name in names if name in review},
        "prompt": review.get("prompt_before"),
        "negative_prompt": review.get("negative_prompt_before"),
    }


def portable_review(document: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the review inside an embedded or sidecar document, None when it holds none."""
    inner = mapping(document.get("stablenew_review"))
    if inner:
        return inner
    schema = document.get("schema")
    return dict(document) if isinstance(schema, str) and schema.startswith("stablenew.review.") else None


def portable_review_id(review: Mapping[str, Any], otherwise: str) -> str:
    """Return the id that the review shares with its record, or a substitute when it names none."""
    return first_text(review.get("review_record_id"), review.get("run_id")) or otherwise


def portable_review_time(review: Mapping[str, Any]) -> float | None:
    """Return when the review was written, in epoch seconds, UTC by contract."""
    return utc_seconds(review.get("review_timestamp"))
