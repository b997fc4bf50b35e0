"""In which refinement and motion an image was made, as StableNew writes it beside its settings."""

from collections.abc import Mapping
from typing import Any

from learning_core.importers.foreign_values import first_text, mapping, real

_POLICY = ("policy", "policy_id", "refinement_policy", "applied_policy")
_SCALE = ("scale", "scale_band", "refinement_scale")


def refinement(*carriers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the job fields of the first carrier that names a refinement, and of the first that names a motion status.

    A carrier is a record, its metadata, its config or a manifest; a scale is a factor or the name of a band.
    """
    found: dict[str, Any] = {}
    for carrier in carriers:
        stated = mapping(carrier.get("adaptive_refinement"))
        parts = [stated, mapping(stated.get("decision_bundle"))]
        policy = first_text(*(part.get(key) for part in parts for key in _POLICY))
        if policy is not None and "refinement_policy" not in found:
            scales = [part.get(key) for part in parts for key in _SCALE]
            numbers = [number for each in scales if (number := real(each)) is not None]
            found |= {"refinement_policy": policy, "refinement_scale": next(iter(numbers), None) or first_text(*scales)}
        motion = mapping(carrier.get("secondary_motion"))
        status = first_text(motion.get("status"), stated.get("motion"), stated.get("motion_status"))
        if status is not None:
            found.setdefault("motion_status", status)
    return found
