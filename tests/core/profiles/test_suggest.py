"""What profiles suggest: the best preset, and for each LoRA the weight of whoever knows best."""

from typing import Any

import pytest
from sidecar_factory import lora_content, model_content, preset

from learning_core.profiles.lora_weights import DEFAULT_WEIGHT, fits
from learning_core.profiles.profile import LoraProfile, ModelProfile
from learning_core.profiles.suggest import suggest_preset_for


def model(*presets: dict[str, Any], **changes: Any) -> ModelProfile:
    return ModelProfile.model_validate(model_content("coastlineXL_v3", *presets, **changes))


def lora(name: str = "add-detail-xl", **changes: Any) -> LoraProfile:
    return LoraProfile.model_validate(lora_content(name, **changes))


def weight(number: float, rating: str) -> dict[str, Any]:
    return {"label": "", "weight": number, "rating": rating}


def pairing(rating: str = "good", checkpoint: str = "coastlineXL_v3", **changes: Any) -> dict[str, Any]:
    return {"model": checkpoint, "preset_id": None, "rating": rating, **changes}


OVERLAY = preset(lora_overlays=[{"name": "add-detail-xl", "weight": 0.7}])


def test_suggest_preset_picks_highest_rated_preset() -> None:
    best = preset("p3", "best", sampler="DPM++ 2M Karras", scheduler=None, steps=40, cfg=7, resolution=[1280, 1280])
    found = suggest_preset_for(model(preset("p1", "bad"), preset("p2", "good"), best, preset("p4", "best")), [])
    assert found is not None
    assert (found.preset_id, found.rating, found.source) == ("p3", "best", "local_learning")
    assert (found.sampler, found.scheduler) == ("DPM++ 2M", "Karras")
    assert (found.steps, found.cfg, found.resolution) == (40, 7.0, (1280, 1280))


def test_suggest_preset_merges_lora_weights() -> None:
    loras = [lora(recommended_weights=[weight(0.8, "best")]), lora("film", recommended_weights=[weight(0.4, "good")])]
    found = suggest_preset_for(model(OVERLAY), loras)
    assert found is not None
    assert found.lora_weights == {"add-detail-xl": 0.8, "film": 0.4}
    assert found.loras[0].basis == "recommended"
    assert [(each.weight, each.basis) for each in found.loras[0].passed_over] == [(0.7, "overlay"), (0.6, "default")]


def test_suggest_preset_returns_none_if_no_presets() -> None:
    assert suggest_preset_for(model(), [lora()]) is None
    assert suggest_preset_for(None, [lora()]) is None


def test_an_unknown_rating_ranks_below_all_others_and_a_bad_one_is_said() -> None:
    found = suggest_preset_for(model(preset("p1", "superb"), preset("p2", "bad")), [])
    assert found is not None
    assert found.preset_id == "p2"
    assert "rated bad" in found.notes[0]
    unknown = suggest_preset_for(model(preset("p1", "superb")), [])
    assert unknown is not None
    assert "superb" in unknown.notes[0]


P2 = preset("p2", "good", lora_overlays=[{"name": "Add-Detail-XL", "weight": 0.35}])
WEIGHTS: list[tuple[str, float, str, list[dict[str, Any]], dict[str, Any]]] = [
    ("the best recommended one", 0.6, "recommended", [preset()],
     {"recommended_weights": [weight(0.6, "best"), weight(0.9, "bad")]}),
    ("the first of equal ones", 0.5, "recommended", [preset()],
     {"recommended_weights": [weight(0.5, "good"), weight(0.9, "good")]}),
    ("a pairing's own", 0.25, "pairing", [OVERLAY],
     {"recommended_weights": [weight(0.8, "best")], "recommended_pairings": [pairing(weight=0.25)]}),
    ("that of the preset a pairing names", 0.35, "pairing", [OVERLAY, P2],
     {"recommended_weights": [weight(0.8, "best")], "recommended_pairings": [pairing(preset_id="p2")]}),
    ("that of the suggested preset for a pairing that names none", 0.7, "pairing", [OVERLAY],
     {"recommended_weights": [weight(0.8, "best")], "recommended_pairings": [pairing()]}),
    ("none of a pairing with another checkpoint", 0.8, "recommended", [OVERLAY],
     {"recommended_weights": [weight(0.8, "best")], "recommended_pairings": [pairing(checkpoint="x", weight=0.2)]}),
    ("none of a pairing that is rated bad", 0.8, "recommended", [OVERLAY],
     {"recommended_weights": [weight(0.8, "best")], "recommended_pairings": [pairing("bad", weight=0.2)]}),
    ("the overlay where the only recommended one is bad", 0.7, "overlay", [OVERLAY],
     {"recommended_weights": [weight(0.9, "bad")]}),
    ("the usual start where nothing is known", DEFAULT_WEIGHT, "default", [preset()], {}),
    ("zero where zero is best", 0.0, "recommended", [OVERLAY], {"recommended_weights": [weight(0, "best")]}),
]  # fmt: skip


@pytest.mark.parametrize(("which", "number", "basis", "presets", "content"), WEIGHTS, ids=[each[0] for each in WEIGHTS])
def test_the_weight_of_a_lora_is(
    which: str, number: float, basis: str, presets: list[dict[str, Any]], content: dict[str, Any]
) -> None:
    found = suggest_preset_for(model(*presets), [lora(**content)])
    assert found is not None
    assert [(each.weight, each.basis) for each in found.loras] == [(number, basis)]


def test_a_lora_for_another_base_type_is_left_out_and_named() -> None:
    other = lora(target_base_type="sd15", recommended_weights=[weight(0.8, "best")])
    found = suggest_preset_for(model(OVERLAY), [other, lora("film")])
    assert found is not None
    assert list(found.lora_weights) == ["film"]
    assert [each.name for each in found.left_out] == ["add-detail-xl"]
    assert "sd15" in found.left_out[0].reason


@pytest.mark.parametrize(
    ("checkpoint", "lora_base", "fit"),
    [("sdxl", "SDXL 1.0", True), ("sdxl", "pony", True), ("sd15", "SD 1.5", True), ("sdxl", "sd15", False),
     ("sdxl", "unknown", True), ("", "sd15", True), ("flux1", "FLUX.1", True), ("flux1", "sdxl", False)],
)  # fmt: skip
def test_base_types_fit_within_their_family(checkpoint: str, lora_base: str, fit: bool) -> None:
    assert fits(checkpoint, lora_base) is fit
