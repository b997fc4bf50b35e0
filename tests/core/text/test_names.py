import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_core.text.names import (
    file_stem,
    number,
    number_text,
    parameter,
    same_name,
    sampler_and_scheduler,
)


@pytest.mark.parametrize(
    "spelling",
    [
        "coastlineXL_v3",
        "coastlineXL_v3.safetensors",
        "SDXL\\coastlineXL_v3.safetensors [31e35c80fc]",
        "a/b/coastlineXL_v3.ckpt",
    ],
)
def test_one_checkpoint_in_its_spellings_is_one(spelling: str) -> None:
    assert file_stem(spelling) == "coastlineXL_v3"


@pytest.mark.parametrize("unknown", [None, "", "Unknown", "None", " none "])
def test_sentinels_are_unknown(unknown: str | None) -> None:
    assert file_stem(unknown) is None


@pytest.mark.parametrize(
    "name", ["mix-2.5_fp16", "sd_xl_base_1.0", "Not Working_model", "offset_example_1.0", "海岸_v1"]
)
def test_dots_and_marks_in_names_stay(name: str) -> None:
    assert file_stem(name) == name


@pytest.mark.parametrize(
    ("given_pair", "canonical"),
    [
        (("DPM++ 2M Karras", None), ("DPM++ 2M", "Karras")),
        (("dpmpp_2m", "karras"), ("DPM++ 2M", "Karras")),
        (("dpmpp_2m_sde_gpu", "karras"), ("DPM++ 2M SDE", "Karras")),
        (("dpmpp_2m_k", None), ("DPM++ 2M", "Karras")),
        (("Euler a", "Automatic"), ("Euler a", None)),
        (("k_euler_ancestral", "normal"), ("Euler a", "Normal")),
        (("LCM", "SGM Uniform"), ("LCM", "SGM Uniform")),
        (("Undefined", None), (None, None)),
        (("res_multistep", "beta"), ("res_multistep", "Beta")),
        ((None, ""), (None, None)),
        (("DPM2 a Karras", None), ("DPM2 a", "Karras")),
        (("DPM++ 2M Karras", "Exponential"), ("DPM++ 2M", "Exponential")),
    ],
)
def test_sampler_and_scheduler_meet_in_one_spelling(
    given_pair: tuple[str | None, str | None], canonical: tuple[str | None, str | None]
) -> None:
    assert sampler_and_scheduler(*given_pair) == canonical


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (6.499999999999998, "6.5"),
        (0.30000000000000004, "0.3"),
        (7.0, "7"),
        (0.0, "0"),
        (-0.7, "-0.7"),
        (30, "30"),
        (1e20, "1e+20"),
    ],
)
def test_float_noise_is_not_a_value_of_its_own(value: float, text: str) -> None:
    assert number_text(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_rounding_a_number_twice_changes_nothing(value: float) -> None:
    assert number(number(value)) == number(value)


@pytest.mark.parametrize("name", ["CFG Scale", "cfg scale", "cfg_scale", "cfg", "Guidance-Scale"])
def test_variable_names_meet(name: str) -> None:
    assert parameter(name) == "cfg_scale"


def test_white_space_and_case_do_not_make_another_name() -> None:
    assert same_name("  Euler  A ") == "euler a"
