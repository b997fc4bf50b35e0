"""Lines of a StableNew log of learning records, as their writer spells them, with invented content."""

from typing import Any


def record(run_id: str, **fields: Any) -> dict[str, Any]:
    """A StableNew line with every sentinel that real lines carry."""
    return {
        "run_id": run_id, "timestamp": "2026-03-12T12:25:50", "base_config": {}, "variant_configs": [],
        "randomizer_mode": "", "randomizer_plan_size": 0, "primary_model": "", "primary_sampler": "",
        "primary_scheduler": "", "primary_steps": 0, "primary_cfg_scale": 0.0, "metadata": {}, "stage_plan": [],
        "stage_events": [], "outputs": [], "sidecar_priors": {},
    } | fields  # fmt: skip


def experiment(run_id: str, value: float, stars: object, image: str | None, **metadata: Any) -> dict[str, Any]:
    said = {
        "record_kind": "learning_experiment_rating", "experiment_name": "sweep", "variable_under_test": "CFG Scale",
        "variant_value": value, "user_rating": stars, "user_rating_raw": stars,
    } | metadata  # fmt: skip
    if image is not None:
        said["image_path"] = image
    return record(run_id, base_config={"cfg scale": value, "prompt": "", "stage": "txt2img"}, metadata=said)


def review(run_id: str, raw: int, blend: int, **metadata: Any) -> dict[str, Any]:
    said = {
        "record_kind": "review_tab_feedback", "source": "review_tab", "image_path": f"D:\\sd\\{run_id}.png",
        "user_rating": blend, "user_rating_raw": raw,
    } | metadata  # fmt: skip
    config = {"model": "coastlineXL_v3", "prompt": "beach at dawn", "negative_prompt": "blurry", "stage": "txt2img"}
    return record(run_id, base_config=config, primary_model="coastlineXL_v3", metadata=said)


def curation(run_id: str, decision: str, score: float, **metadata: Any) -> dict[str, Any]:
    said = {
        "record_kind": "staged_curation_event", "variable_under_test": "staged_curation_decision",
        "variant_value": decision, "advancement_decision": decision, "advancement_score": score,
        "user_rating": score, "user_rating_source": "soft_decision_score", "final_rating": None,
        "reason_tags": ["good_lighting", "keeper"], "selection_reason_tags": ["good_lighting", "keeper"],
        "evidence_class": "observational", "lineage_depth": 1, "stage": "refine", "curation_candidate_id": run_id,
        "model": "coastlineXL_v3", "image_path": f"D:\\sd\\{run_id}.png",
    } | metadata  # fmt: skip
    return record(run_id, variant_configs=[{"decision": decision, "steps": 30}], metadata=said)
