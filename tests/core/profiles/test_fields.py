"""The table of fields that a draft may change: pointers lead to it, values outside it are refused by field."""

from typing import Any

import pytest
from sidecar_factory import lora_content, model_content, preset

from learning_core.profiles.fields import EDITABLE, check_change, check_new, editable_field
from learning_core.profiles.profile import PROFILES, Kind


def test_a_pointer_leads_to_its_field_wherever_it_lies() -> None:
    for pointer in ("/recommended_presets/0/steps", "/recommended_presets/17/steps", "/recommended_presets/-/steps"):
        field = editable_field("model_profile", pointer)
        assert field is not None
        assert field.path == "recommended_presets[].steps"


@pytest.mark.parametrize(
    "pointer",
    ["", "steps", "/x_note", "/recommended_presets/01/steps", "/recommended_presets[]/steps", "/recommended_presets/0",
     "/recommended_presets.0.steps", "/../steps", "/recommended_presets/0/x"],
)  # fmt: skip
def test_no_other_pointer_leads_anywhere_but_to_whole_entries(pointer: str) -> None:
    field = editable_field("model_profile", pointer)
    assert (field.path if field else None) == ("recommended_presets[]" if pointer.endswith("/0") else None)


WITHIN: list[tuple[str, Any, Any]] = [
    ("/recommended_presets/0/steps", 150, 151),
    ("/recommended_presets/0/steps", 1, 1.5),
    ("/recommended_presets/0/cfg", 1, 0.9),
    ("/recommended_presets/0/cfg", 30.0, float("nan")),
    ("/recommended_presets/0/resolution", [832, 1216], [832, 1217]),
    ("/recommended_presets/0/resolution", [64, 4096], [64]),
    ("/recommended_presets/0/rating", "best", "superb"),
    ("/recommended_presets/0/scheduler", None, 5),
    ("/recommended_presets/0/sampler", "Euler a", "Euler\u202ea"),
    ("/recommended_presets/0/lora_overlays/-", {"name": "film", "weight": 2}, {"name": "film"}),
    ("/default_hires_denoise", 0.0, 1.01),
    ("/learning_summary/mean_rating", 5, 0.5),
    ("/learning_summary", {"runs_observed": 3}, {"runs": 3}),
    ("/tags", ["anime"], ["a\nb"]),
    ("/recommended_presets/-", preset(), {**preset(), "steps": 0}),
]


@pytest.mark.parametrize(("pointer", "good", "bad"), WITHIN, ids=[f"{each[0]}={each[2]!r}" for each in WITHIN])
def test_a_value_must_lie_in_the_range_of_its_field(pointer: str, good: Any, bad: Any) -> None:
    assert check_change("model_profile", pointer, good) == []
    problems = check_change("model_profile", pointer, bad)
    assert problems
    assert all(each.field.startswith(pointer) for each in problems)


def test_what_names_the_file_is_only_for_a_new_one() -> None:
    assert check_change("lora_profile", "/lora_name", "film")
    assert check_change("lora_profile", "/lora_name", "film", is_new=True) == []
    assert check_new("lora_profile", lora_content()) == []
    assert [each.field for each in check_new("lora_profile", {"kind": "lora_profile", "version": 2})] == [
        "/version",
        "/lora_name",
    ]


def test_a_new_profile_is_gone_through_to_its_last_field() -> None:
    assert check_new("model_profile", model_content("coast", preset())) == []
    wrong = model_content("coast", preset(lora_overlays=[{"name": "a", "weight": 9}]), x_note="no")
    assert [each.field for each in check_new("model_profile", wrong)] == [
        "/recommended_presets/0/lora_overlays/0/weight",
        "/x_note",
    ]


@pytest.mark.parametrize("kind", ["model_profile", "lora_profile"])
def test_the_table_and_the_typed_profile_know_the_same_top_fields(kind: Kind) -> None:
    assert {path for path in EDITABLE[kind] if "." not in path and "[" not in path} == set(PROFILES[kind].model_fields)
