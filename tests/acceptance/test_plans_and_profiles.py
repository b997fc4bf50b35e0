"""Acceptance cases X1-X6 and P1-P6. A case that is shown elsewhere is not shown again; the table says where.

Files in tests/core unless named otherwise; *here* is this module. The seven tests that PR-LEARN-PROFILES-001 names keep
their names: `test_load_model_profile_from_json_success` and `test_load_lora_profile_from_json_success` in
profiles/test_sidecar.py, `test_suggest_preset_picks_highest_rated_preset`, `..._merges_lora_weights` and
`..._returns_none_if_no_presets` in profiles/test_suggest.py, and
`test_build_pipeline_config_with_profiles_applies_suggested_preset` with `..._respects_user_overrides` in
profiles/test_pipeline_config.py (`..._falls_back_without_profiles` beside them).

    P1      here; profiles/test_style.py
    P2      here; profiles/test_sidecar.py: a missing sidecar, a wrong shape names file and field
    P3      here; profiles/test_suggest.py: an unknown rating ranks below all others
    P4      here; profiles/test_suggest.py: the weight of a lora is, a lora for another base type
    P5      here; profiles/test_document.py: only the changed value differs
    P6      here; profiles/test_pipeline_config.py
    X1      here; plans/test_plan_documents.py: a single value is a list of one
    X2      plans/test_plan_documents.py: a range is exact and includes both ends, a range that cannot be walked
    X3      here; plans/test_plan_documents.py: plans are listed oldest first, an id that comes back
    X4      here
    X5      plans/test_conclude.py: nothing rated, fewer than six whole blocks, a setting that varies besides the focus,
            an image that contradicts its step, a model comparison, practically equal values
    X6      here; tests/server/runners/test_run_plan.py: the settings asked for are in the server's names
"""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from library_factory import make_job, make_library, rating
from plan_factory import make_plan
from sidecar_factory import lora_content, model_content, preset, write_sidecar

from learning_core.errors import PlanConflict, PlanRefused, ProfileUnusable, ServerLacks
from learning_core.importers.run import import_paths
from learning_core.plans.discovered import DiscoveredPage, discovered_groups
from learning_core.plans.folder import PlanFolder
from learning_core.plans.learning_plan import PlanMetadata, new_plan
from learning_core.profiles.collection import collect
from learning_core.profiles.document import rewritten
from learning_core.profiles.pipeline_config import build_pipeline_config_with_profiles
from learning_core.profiles.profile import LoraProfile, ModelProfile
from learning_core.profiles.sidecar import load_lora_profile, load_model_profile
from learning_core.profiles.style import style_of
from learning_core.profiles.suggest import suggest_preset_for
from learning_core.recipes.inventory import Inventory, Resource


def model(*presets: dict[str, Any], **changes: Any) -> ModelProfile:
    return ModelProfile.model_validate(model_content("m", *presets, **changes))


def test_p1_each_style_has_its_defaults_and_what_is_absent_is_null() -> None:
    found = [style_of(model(tags=[tag])) for tag in ("sdxl_realism", "sdxl_portrait", "sd15_realism", "anime")]
    assert [each and each.default_hires_upscaler_id for each in found] == [
        "Latent",
        "ESRGAN_4x",
        "Latent",
        "4x-UltraSharp",
    ]
    bare = model(tags=[], base_type="unknown")
    assert style_of(bare) is None
    assert bare.default_refiner_id is None


def test_p2_a_minimal_profile_loads_and_a_wrong_one_names_file_and_field(tmp_path: Path) -> None:
    found = load_model_profile(write_sidecar(tmp_path, model_content("m")))
    lora = load_lora_profile(write_sidecar(tmp_path, lora_content("l")))
    assert found is not None and lora is not None
    assert (found.model_name, found.kind, found.version) == ("m", "model_profile", 1)
    assert (lora.lora_name, lora.kind, lora.version) == ("l", "lora_profile", 1)
    assert load_model_profile(tmp_path / "nobody.modelprofile.json") is None
    wrong = write_sidecar(tmp_path, {**model_content("n"), "version": 2})
    with pytest.raises(ProfileUnusable, match=r"n\.modelprofile\.json.*version"):
        load_model_profile(wrong)


def test_p3_the_best_rated_preset_is_suggested_and_the_first_of_equals() -> None:
    best = preset("c", "best", sampler="DPM++ 2M Karras", scheduler=None, steps=40, cfg=7.0, resolution=[1280, 1280])
    found = suggest_preset_for(model(preset("a", "bad"), preset("b", "good"), best, preset("d", "best")), [])
    assert found is not None
    assert (found.preset_id, found.sampler, found.scheduler, found.steps) == ("c", "DPM++ 2M", "Karras", 40)
    assert suggest_preset_for(model(), []) is None


def test_p4_the_best_weight_of_a_lora_wins_not_the_last() -> None:
    weights = [{"label": "", "weight": 0.6, "rating": "best"}, {"label": "", "weight": 0.9, "rating": "bad"}]
    loras = [LoraProfile.model_validate(lora_content("film", recommended_weights=weights))]
    found = suggest_preset_for(model(preset()), loras)
    assert found is not None
    assert found.lora_weights == {"film": 0.6}


def test_p5_a_profile_from_disk_gives_a_suggestion_and_keeps_unknown_keys(tmp_path: Path) -> None:
    path = write_sidecar(tmp_path, {**model_content("m", preset("p")), "x_mine": [1, {"a": "ü"}]})
    (sidecar,) = collect([tmp_path]).sidecars
    assert isinstance(sidecar.profile, ModelProfile)
    assert suggest_preset_for(sidecar.profile, []) is not None
    changed = rewritten(path.read_bytes(), {**sidecar.content, "base_type": "sd15"})
    assert changed == path.read_bytes().replace(b'"sdxl"', b'"sd15"', 1)


def test_p6_the_person_s_own_values_win_and_without_profiles_nothing_changes(tmp_path: Path) -> None:
    write_sidecar(tmp_path, model_content("m", preset("p", sampler="UniPC", scheduler=None, steps=32, cfg=6.5)))
    config = build_pipeline_config_with_profiles("m", [], {"cfg": 5.5, "steps": 22}, profiles=collect([tmp_path]))
    assert (config.cfg_scale, config.steps, config.sampler) == (5.5, 22, "UniPC")
    portrait = build_pipeline_config_with_profiles("sdxl_portrait_model", [], {})
    assert (portrait.refiner, portrait.hires_upscaler, portrait.hires_denoise) == (
        "sdxl_portrait_refiner", "ESRGAN_4x", 0.2,
    )  # fmt: skip


def test_x1_a_single_value_is_a_list_of_one_and_what_is_missing_is_named() -> None:
    plan = make_plan(variant_values=50)
    assert (plan.variant_values, plan.images_per_variant) == ((50,), 1)
    with pytest.raises(PlanRefused, match="what is varied"):
        new_plan(variant_values=(1,), prompts=("a",), seeds=(1,))
    with pytest.raises(PlanRefused, match="no stage"):
        make_plan(focus_parameter="text2video.steps")
    named = make_plan(focus_parameter="checkpoint", variant_values=("zebra", "apple", "mango"))
    assert named.variant_values == ("zebra", "apple", "mango")


def test_x3_a_plan_is_found_by_id_and_the_same_id_with_another_variable_is_a_conflict(tmp_path: Path) -> None:
    folder = PlanFolder(tmp_path)
    plan = make_plan(metadata=PlanMetadata(created_at=5.0))
    assert folder.write(plan)
    assert not folder.write(plan.model_copy(update={"metadata": PlanMetadata(created_at=9.0)}))
    assert folder.read(plan.plan_id).metadata.created_at == 5.0
    other = make_plan(focus_parameter="cfg_scale", variant_values=(5.0, 6.0))
    with pytest.raises(PlanConflict):
        folder.write(other.model_copy(update={"plan_id": plan.plan_id}))


OF_A_PLAN = {"experiment_id": "p", "focus_parameter": "cfg_scale", "evidence": "controlled"}


def scan(folder: Path, events: list[Any], **how: Any) -> DiscoveredPage:
    library = make_library(folder, events)
    return library.ask(lambda snapshot: discovered_groups(snapshot, **how))


def sweep(cfgs: list[float], prompt: str = "a pier", **more: Any) -> list[Any]:
    common = {"prompt_positive": prompt, "seed": 7, "sampler": "UniPC", "scheduler": "Karras", "steps": 28} | more
    return [make_job(round(cfg * 10) + 1000 * len(prompt), cfg_scale=cfg, **common) for cfg in cfgs]


def test_x4_images_of_one_prompt_that_differ_in_a_setting_are_a_group(tmp_path: Path) -> None:
    jobs = sweep([4.0, 6.0, 7.0, 8.0])
    found = scan(tmp_path / "a", [*jobs, rating(jobs[0], 4)])
    (group,) = found.groups
    assert [(each.name, each.values) for each in group.varying] == [("cfg_scale", ["4", "6", "7", "8"])]
    assert (group.images, group.rated, group.stage, group.prompt) == (4, 1, "txt2img", "a pier")
    assert group.group_id.startswith("disc-") and len(group.group_id) == 21
    random.Random(1).shuffle(jobs)
    assert scan(tmp_path / "b", jobs).groups[0].group_id == group.group_id
    known = scan(tmp_path / "c", jobs, known=[group.group_id])
    assert (known.groups, known.known) == ([], 1)


@pytest.mark.parametrize(
    ("jobs", "groups"),
    [
        (sweep([4.0, 6.0]), 0),
        ([job.model_copy(update={"job_id": f"{n}", "seed": n}) for n in range(5) for job in sweep([5.0])], 0),
        (
            [
                *sweep([4.0, 6.0]),
                *(job.model_copy(update={"job_id": f"again {job.job_id}"}) for job in sweep([4.0, 6.0])),
            ],
            0,
        ),
        ([*sweep([4.0, 6.0, 8.0]), *sweep([4.0, 6.0, 8.0], "a lighthouse")], 2),
        ([*sweep([4.0, 6.0]), *sweep([8.0], stage="img2img")], 0),
        (sweep([4.0, 6.0, 8.0], plan_id="p", experiment=OF_A_PLAN), 0),
    ],
    ids=["two images", "only the seed", "duplicates", "two prompts", "two stages", "of an experiment"],
)
def test_x4_what_is_no_group(jobs: list[Any], groups: int, tmp_path: Path) -> None:
    assert scan(tmp_path, jobs).total == groups


def test_x4_settings_of_manifests_are_read_from_their_config(tmp_path: Path) -> None:
    folder = tmp_path / "output" / "run" / "manifests"
    folder.mkdir(parents=True)
    for cfg in (4, 6, 8):
        config = {"sd_model": "coast", "sampler_name": "UniPC", "steps": 28, "cfg_scale": cfg, "seed": 7, "width": 512,
                  "height": 768, "prompt": "a pier", "negative_prompt": ""}  # fmt: skip
        manifest = {"name": f"i{cfg}", "stage": "txt2img", "timestamp": "20260112_231503", "path": f"i{cfg}.png",
                    "job_id": f"j{cfg}", "final_prompt": "a pier", "config": config}  # fmt: skip
        (folder / f"i{cfg}.json").write_text(json.dumps(manifest), encoding="utf-8")
    library = make_library(tmp_path)
    import_paths(library, [tmp_path / "output"])
    (group,) = library.ask(discovered_groups).groups
    assert [(each.name, each.values) for each in group.varying] == [("cfg_scale", ["4", "6", "8"])]


def test_x6_a_list_shows_titles_and_uses_names_and_takes_the_first_of_equal_titles() -> None:
    title = "coast.safetensors [31e35c80fc]"
    listed = (Resource(title, "SDXL_coast"), Resource(title, "old_coast"), Resource("Harbour mix", "harbour_mix_v2"))
    has = Inventory("A1111", {"checkpoint": listed})
    assert has.find("checkpoint", title) == "SDXL_coast"
    assert has.find("checkpoint", "coast") == "SDXL_coast"
    assert has.find("checkpoint", "harbour_mix_v2") == "harbour_mix_v2"
    with pytest.raises(ServerLacks, match="Harbour mix"):
        has.find("checkpoint", "harbour_mx")
