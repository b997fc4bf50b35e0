"""Profiles as priors: spelled as records spell values, one for each checkpoint that has a preset."""

from pathlib import Path

from sidecar_factory import lora_content, model_content, preset, write_sidecar

from learning_core.profiles.collection import collect
from learning_core.profiles.priors import priors_of

FUSED = preset(
    sampler="dpmpp_2m_karras", scheduler=None, cfg=7.0, lora_overlays=[{"name": "add-detail", "weight": 0.3}]
)


def test_values_are_spelled_as_records_spell_them(tmp_path: Path) -> None:
    summary = {"runs_observed": 24, "mean_rating": 4.1}
    write_sidecar(tmp_path, model_content("Nice Name", FUSED, learning_summary=summary), name="coast_v3")
    (prior,) = priors_of(collect([tmp_path]))
    assert prior.checkpoint == "coast_v3"
    assert prior.values == {
        "sampler": "DPM++ 2M", "scheduler": "Karras", "steps": "32", "cfg_scale": "7", "size": "832x1216",
    }  # fmt: skip
    assert (prior.rank, prior.runs_observed, prior.mean_rating) == (5, 24, 4.1)


def test_loras_are_those_of_the_preset_those_rated_with_it_and_those_named(tmp_path: Path) -> None:
    write_sidecar(tmp_path, model_content("coast", FUSED))
    pairing = {"model": "coast", "preset_id": None, "rating": "good", "weight": 0.5}
    write_sidecar(tmp_path, lora_content("paired", recommended_pairings=[pairing]))
    write_sidecar(tmp_path, lora_content("shunned", recommended_pairings=[pairing | {"rating": "bad"}]))
    write_sidecar(tmp_path, lora_content("named", recommended_weights=[{"weight": 0.9, "rating": "best"}]))
    write_sidecar(tmp_path, lora_content("old", target_base_type="sd15"))
    (prior,) = priors_of(collect([tmp_path]), ["named.safetensors", "old"])
    assert {each.name: each.weight for each in prior.loras} == {"add-detail": 0.3, "named": 0.9, "paired": 0.5}
    assert [each.partition(":")[0] for each in prior.left_out] == ["old"]


def test_a_profile_without_presets_and_a_hidden_one_are_no_prior(tmp_path: Path) -> None:
    write_sidecar(tmp_path / "one", model_content("empty"))
    write_sidecar(tmp_path / "one", model_content("coast", preset("first")))
    write_sidecar(tmp_path / "two", model_content("coast", preset("second")))
    assert [each.preset for each in priors_of(collect([tmp_path / "one", tmp_path / "two"]))] == ["first"]
