"""A decision of StableNew's staged curation: an event with a soft score, which is never a rating."""

from collections.abc import Mapping
from typing import Any, Literal

from learning_core.importers.foreign_values import first_text, items, mapping, real, small_whole
from learning_core.importers.identity import event_id
from learning_core.importers.stablenew_ratings import SOURCE, note, stars, tags
from learning_core.importers.stablenew_settings import overlay, pipeline_stage, settings
from learning_core.model.job_fields import JobFields
from learning_core.model.judgement import AnyJudgement, CurationDecision, Rating, Selection, Tagging

_NAMESPACE = "stablenew-curation"
_SOFT_SCORES = {
    "rejected_hard": 1.0, "not_advanced": 2.0, "advanced_to_refine": 3.2, "advanced_to_face_triage": 3.5,
    "advanced_to_finalist": 4.0, "advanced_to_upscale": 4.3, "curated_final": 5.0,
}  # fmt: skip
_TURNED_DOWN = ("rejected_hard", "not_advanced")
_DEPTHS = {"scout": 0, "refine": 1}


def curation_settings(fields: JobFields, record: Mapping[str, Any]) -> None:
    """Put the settings of the curated image into the fields; a curation stage is no pipeline stage."""
    metadata = mapping(record.get("metadata"))
    first = mapping(next(iter(items(record.get("variant_configs"))), None))
    overlay(fields, settings(first, fields.remarks), "the variant")
    overlay(fields, settings(record, fields.remarks), "the record")
    overlay(fields, settings(mapping(record.get("base_config")), fields.remarks), "base_config")
    overlay(fields, settings({"model": metadata.get("model")}, fields.remarks), "the decision")
    fields.values["stage"] = pipeline_stage(metadata.get("stage"))


def curation_events(
    metadata: Mapping[str, Any], *, job_id: str, run_id: str, recorded_at: float | None, remarks: list[str]
) -> list[AnyJudgement]:
    """Return the decision, its reasons as tags, a note, and the person's final rating if there is one.

    That the person let the image go on, or not, is also a selection; the soft score stays with the decision.
    """
    decision = first_text(metadata.get("advancement_decision"), metadata.get("variant_value")) or "unknown"
    reasons = tags(metadata.get("reason_tags") or metadata.get("selection_reason_tags"), remarks)
    place: dict[str, Any] = {"job_id": job_id, "recorded_at": recorded_at}
    stage = first_text(metadata.get("curation_stage"), metadata.get("stage"))
    events: list[AnyJudgement] = [
        CurationDecision(
            event_id=event_id(_NAMESPACE, run_id),
            source=SOURCE,
            decision=decision,
            soft_score=_soft_score(metadata, decision),
            evidence_class=_evidence_class(metadata),
            lineage_depth=_lineage_depth(metadata, stage),
            stage=stage,
            reasons=reasons,
            **place,
        )
    ]
    if decision in _SOFT_SCORES:
        verdict: Literal["selected", "rejected"] = "rejected" if decision in _TURNED_DOWN else "selected"
        name = event_id(_NAMESPACE, run_id, "selection")
        events.append(Selection(event_id=name, source=SOURCE, verdict=verdict, **place))
    if reasons:
        events.append(Tagging(event_id=event_id(_NAMESPACE, run_id, "tags"), source=SOURCE, tags=reasons, **place))
    if (value := _final_rating(metadata, remarks)) is not None:
        name = event_id(_NAMESPACE, run_id, "rating")
        events.append(Rating(event_id=name, source=SOURCE, value=value, **place))
    text_id = event_id(_NAMESPACE, run_id, "note")
    if text := note(metadata.get("user_notes"), event_id=text_id, remarks=remarks, **place):
        events.append(text)
    return events


def _soft_score(metadata: Mapping[str, Any], decision: str) -> float | None:
    stated = real(metadata.get("advancement_score"))
    if stated is None and metadata.get("user_rating_source") == "soft_decision_score":
        stated = real(metadata.get("user_rating"))
    return _SOFT_SCORES.get(decision) if stated is None else stated


def _final_rating(metadata: Mapping[str, Any], remarks: list[str]) -> int | None:
    if metadata.get("user_rating_source") != "final_rating":
        return None
    given = metadata.get("final_rating")
    return stars(metadata.get("user_rating") if given is None else given, "final_rating", remarks)


def _evidence_class(metadata: Mapping[str, Any]) -> Literal["controlled", "observational"]:
    stated = metadata.get("evidence_class")
    if stated in ("controlled", "observational"):
        return "controlled" if stated == "controlled" else "observational"
    notes = first_text(metadata.get("user_notes"), metadata.get("notes")) or ""
    designed = "designed experiment" in notes.casefold()
    return "controlled" if designed or metadata.get("source") == "learning_experiment" else "observational"


def _lineage_depth(metadata: Mapping[str, Any], stage: str | None) -> int | None:
    stated = small_whole(metadata.get("lineage_depth"))
    return _DEPTHS.get(stage or "") if stated is None else stated
