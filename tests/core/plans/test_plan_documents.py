"""Plans are documents: canonical, written once, never changed, and their ids follow from what is tried."""

import json
from pathlib import Path
from typing import Any

import pytest
from plan_factory import make_plan

from learning_core.errors import PlanConflict, PlanRefused, UnknownPlan
from learning_core.plans.folder import DOCUMENT, PlanFolder
from learning_core.plans.generation_config import GenerationConfig, LoraWeight, StageSettings
from learning_core.plans.learning_plan import LearningPlan, PlanMetadata, new_plan
from learning_core.plans.parameters import checked_value, focus_of
from learning_core.plans.steps import steps_of
from learning_core.plans.values import exact_range, value_text

BASE = GenerationConfig(
    checkpoint="coast",
    width=832,
    height=1216,
    loras=(LoraWeight(name="film", weight=0.6),),
    stages={"txt2img": StageSettings(sampler="Euler a", steps=28, cfg_scale=6.5)},
)


def plan(**fields: Any) -> LearningPlan:
    content = {
        "focus_parameter": "txt2img.cfg_scale",
        "base_config": BASE,
        "variant_values": (5, 7.0),
        "prompts": ("beach at dawn", "harbour"),
        "seeds": (11,),
    }
    return new_plan(**(content | fields))


@pytest.mark.parametrize(
    ("start", "end", "step", "count", "last"),
    [(0.5, 1.5, 0.1, 11, 1.5), (0.5, 0.9, 0.05, 9, 0.9), (0, 0.3, 0.1, 4, 0.3), (5, 5, 1, 1, 5), (1, 2, 0.3, 4, 1.9)],
)
def test_a_range_is_exact_and_includes_both_ends(
    start: float, end: float, step: float, count: int, last: float
) -> None:
    values = exact_range(start, end, step)
    assert (len(values), values[0], values[-1]) == (count, start, last)


@pytest.mark.parametrize(("start", "end", "step"), [(0, 1, 0), (0, 1, -0.1), (1, 0, 0.1), (0, 1000, 0.1)])
def test_a_range_that_cannot_be_walked_is_refused(start: float, end: float, step: float) -> None:
    with pytest.raises(PlanRefused):
        exact_range(start, end, step)


def test_a_single_value_is_a_list_of_one_and_images_per_variant_default_to_one() -> None:
    made = plan(variant_values=50, focus_parameter="txt2img.steps")
    assert made.variant_values == (50,)
    assert made.images_per_variant == 1


@pytest.mark.parametrize(
    ("focus", "value"),
    [
        ("txt2img.steps", 0),
        ("txt2img.steps", 20.5),
        ("txt2img.cfg_scale", 31),
        ("img2img.denoising_strength", 1.1),
        ("txt2img.sampler", "DPM++ 2M Karras"),
        ("txt2img.lora", {"name": "film"}),
        ("txt2img.lora", {"name": "film", "weight": 6}),
        ("txt2img.size", "830x1216"),
        ("txt2img.cfg_scale", True),
        ("txt2img.cfg_scale", float("nan")),
    ],
)
def test_a_value_outside_of_the_stage_contract_is_refused(focus: str, value: Any) -> None:
    with pytest.raises(PlanRefused):
        checked_value(focus_of(focus), value)


@pytest.mark.parametrize("focus", ["txt2img.denoising_strength", "upscale.checkpoint", "hires.steps", "txt2img.mood"])
def test_a_parameter_that_its_stage_does_not_have_is_refused(focus: str) -> None:
    with pytest.raises(PlanRefused):
        focus_of(focus)


def test_values_take_their_canonical_form() -> None:
    assert checked_value(focus_of("steps"), 30.0) == 30
    assert checked_value(focus_of("sampler"), "dpmpp_2m") == "DPM++ 2M"
    assert checked_value(focus_of("checkpoint"), "SDXL\\coast.safetensors [31e35c80fc]") == "coast"
    assert value_text(checked_value(focus_of("lora"), {"name": "film.safetensors", "weight": 1})) == "film@1"
    assert checked_value(focus_of("lora"), {"name": "film", "weight": 0.3}) == {"name": "film", "weight": 0.3}
    assert str(focus_of("CFG Scale")) == "txt2img.cfg_scale"


@pytest.mark.parametrize(
    "fields",
    [
        {"focus_parameter": ""},
        {"variant_values": ()},
        {"prompts": ()},
        {"seeds": (1, 1)},
        {"variant_values": (5, 5.0)},
        {"images_per_variant": 2},
        {"stage_sequence": ("img2img",), "focus_parameter": "img2img.steps"},
        {"stage_sequence": ("txt2img",), "focus_parameter": "upscale.steps"},
        {"base_config": BASE.model_copy(update={"prompt": "x"})},
        {"seeds": (2**32,)},
        {"design": "screen"},
    ],
)
def test_a_plan_that_does_not_fit_together_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(PlanRefused):
        plan(**fields)


def test_the_id_follows_from_the_design_alone() -> None:
    assert plan().plan_id == plan(metadata=PlanMetadata(why="because", created_at=5.0)).plan_id
    assert plan().plan_id != plan(seeds=(12,)).plan_id


def test_steps_are_every_variant_with_every_prompt_and_differ_in_the_focus_alone() -> None:
    made = plan(seeds=(1, 2))
    steps = steps_of(made)
    assert len(steps) == made.size == 8
    assert len({step.step_id for step in steps}) == 8
    assert [step.position for step in steps] == list(range(1, 9))
    first, second = steps[:2]
    assert (first.prompt_index, first.seed) == (second.prompt_index, second.seed)
    assert {step.config_for_step.stage("txt2img").cfg_scale for step in (first, second)} == {5.0, 7.0}
    assert first.config_for_step.varied(made.foci[0], 1.0) == second.config_for_step.varied(made.foci[0], 1.0)


def test_the_order_of_variants_changes_from_block_to_block() -> None:
    made = plan(prompts=tuple(f"scene {number}" for number in range(40)))
    steps = steps_of(made)
    firsts = [step.variant_index for step in steps[::2]]
    assert 8 < sum(firsts) < 32
    assert [step.prompt_index for step in steps[::2]] != sorted(step.prompt_index for step in steps[::2])


def test_a_lora_weight_of_zero_leaves_the_lora_out_and_others_stay() -> None:
    focus = focus_of("lora")
    assert BASE.varied(focus, {"name": "Film", "weight": 0.0}).loras == ()
    both = BASE.varied(focus, {"name": "glow", "weight": 0.4}).loras
    assert [(each.name, each.weight) for each in both] == [("film", 0.6), ("glow", 0.4)]


def test_a_plan_is_written_once_and_read_back_the_same(tmp_path: Path) -> None:
    folder = PlanFolder(tmp_path)
    made = plan(metadata=PlanMetadata(created_at=1.0, why="to see"))
    assert folder.write(made)
    assert not folder.write(plan(metadata=PlanMetadata(created_at=9.0)))
    assert folder.read(made.plan_id) == made


def test_plans_are_listed_oldest_first_and_equal_times_by_id(tmp_path: Path) -> None:
    folder = PlanFolder(tmp_path)
    made = [plan(seeds=(seed,), metadata=PlanMetadata(created_at=float(seed < 3))) for seed in range(5)]
    for each in made:
        folder.write(each)
    expected = sorted(made, key=lambda each: (each.metadata.created_at, each.plan_id))
    assert folder.plans() == (expected, [])


def test_an_id_that_comes_back_with_another_design_is_a_conflict(tmp_path: Path) -> None:
    folder = PlanFolder(tmp_path)
    first = plan().model_copy(update={"plan_id": "my-experiment"})
    folder.write(first)
    with pytest.raises(PlanConflict, match=r"txt2img\.cfg_scale"):
        folder.write(plan(focus_parameter="txt2img.steps").model_copy(update={"plan_id": "my-experiment"}))
    assert folder.read("my-experiment") == first


def test_a_document_that_was_edited_under_its_id_is_reported_and_costs_only_itself(tmp_path: Path) -> None:
    folder = PlanFolder(tmp_path)
    kept, edited, torn = plan(), plan(seeds=(7,)), plan(seeds=(8,))
    for each in (kept, edited, torn):
        folder.write(each)
    path = folder.folder(edited.plan_id) / DOCUMENT
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"seeds": [9]}), "utf-8")
    (folder.folder(torn.plan_id) / DOCUMENT).write_text("{", "utf-8")
    plans, problems = folder.plans()
    assert plans == [kept]
    assert len(problems) == 2
    with pytest.raises(PlanConflict):
        folder.read(edited.plan_id)


@pytest.mark.parametrize("plan_id", ["plan-0000000000000000", "../escape", "", "A b"])
def test_an_unknown_id_is_an_error_that_says_where_to_look(tmp_path: Path, plan_id: str) -> None:
    if plan_id.startswith(".."):
        PlanFolder(tmp_path).write(make_plan())
        (tmp_path / "plans" / make_plan().plan_id).rename(tmp_path / "escape")
    with pytest.raises(UnknownPlan, match="plan list"):
        PlanFolder(tmp_path).read(plan_id)
