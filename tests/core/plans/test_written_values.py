"""What a person writes becomes values and settings, or a sentence that says what is wrong."""

from pathlib import Path

import pytest

from learning_core.errors import PlanRefused
from learning_core.plans.parameters import Stage, focus_of, sequence_of
from learning_core.plans.prompt_pack import read_prompts
from learning_core.plans.written_values import fixed_settings, values_of


def test_values_come_as_a_list_as_a_range_as_names_or_as_weights_of_a_lora() -> None:
    assert values_of(focus_of("steps"), "20, 30") == (20, 30)
    assert values_of(focus_of("cfg"), "5..7", step=0.5) == (5.0, 5.5, 6.0, 6.5, 7.0)
    assert values_of(focus_of("sampler"), "euler_a,DPM++ 2M") == ("Euler a", "DPM++ 2M")
    weights = values_of(focus_of("lora"), "0.3,0.6", lora="film.safetensors")
    assert weights == ({"name": "film", "weight": 0.3}, {"name": "film", "weight": 0.6})


@pytest.mark.parametrize(
    ("focus", "text", "step"),
    [("steps", "20,thirty", None), ("steps", "20..30", None), ("steps", "30..20", 5), ("lora", "0.5", None)],
)
def test_values_that_cannot_be_used_are_refused(focus: str, text: str, step: float | None) -> None:
    with pytest.raises(PlanRefused):
        values_of(focus_of(focus), text, step=step)


def test_settings_are_written_as_name_and_value() -> None:
    written = ["model=SDXL/coast.ckpt", "Steps=28", "lora=film@0.6", "lora=glow", "size=832x1216"]
    assert [(str(focus), value) for focus, value in fixed_settings(written, "txt2img")] == [
        ("txt2img.checkpoint", "coast"),
        ("txt2img.steps", 28),
        ("txt2img.lora", {"name": "film", "weight": 0.6}),
        ("txt2img.lora", {"name": "glow", "weight": 1.0}),
        ("txt2img.size", "832x1216"),
    ]
    written = ["scale=2", "txt2img.steps=30", "checkpoint=coast"]
    assert [(str(focus), value) for focus, value in fixed_settings(written, "upscale")] == [
        ("upscale.scale", 2.0), ("txt2img.steps", 30), ("txt2img.checkpoint", "coast"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("vary", "record", "fixed", "from_image", "sequence"),
    [
        ("steps", [], [], False, ("txt2img",)),
        ("adetailer.steps", [], [], False, ("txt2img", "adetailer")),
        ("upscale.scale", ["txt2img"], ["adetailer.detector"], False, ("txt2img", "upscale", "adetailer")),
        ("img2img.steps", ["txt2img"], [], True, ("img2img",)),
        ("img2img.steps", ["txt2img"], [], False, ("txt2img", "img2img")),
        ("checkpoint", [], [], True, ("img2img",)),
        ("upscale.scale", [], [], True, ("upscale",)),
    ],
)
def test_a_plan_runs_through_the_stages_that_have_settings(
    vary: str, record: list[Stage], fixed: list[str], from_image: bool, sequence: tuple[str, ...]
) -> None:
    assert sequence_of(focus_of(vary), record, [focus_of(each) for each in fixed], from_image=from_image) == sequence


@pytest.mark.parametrize("written", ["steps", "mood=calm", "denoising_strength=0.5", "steps=many"])
def test_a_setting_that_is_none_is_refused(written: str) -> None:
    with pytest.raises(PlanRefused):
        fixed_settings([written], "txt2img")


def test_a_prompt_pack_is_one_prompt_a_line(tmp_path: Path) -> None:
    pack = tmp_path / "hafen und küste.txt"
    pack.write_bytes("\ufeff# beaches\r\nküste bei nacht\r\n\r\nbeach\r\nbeach\r\n".encode())
    assert read_prompts(pack) == ("küste bei nacht", "beach")
    pack.write_text("# nothing\n", "utf-8")
    with pytest.raises(PlanRefused, match="holds no prompt"):
        read_prompts(pack)
    pack.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(PlanRefused, match="not UTF-8"):
        read_prompts(pack)
    with pytest.raises(PlanRefused, match="cannot be read"):
        read_prompts(tmp_path / "none.txt")
