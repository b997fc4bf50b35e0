"""Where no image was judged, profiles speak and are called priors; where images speak, they decide."""

from pathlib import Path
from typing import Any

import pytest
from library_factory import make_job, make_library, rating
from questions import SAME, Event

from learning_core.answers.recommend import recommend_settings
from learning_core.answers.recommendation import Advice, Recommendation
from learning_core.library import Library
from learning_core.model.prior import Prior, PriorLora

VALUES = {"sampler": "Heun", "scheduler": "Karras", "steps": "41", "cfg_scale": "6.5", "size": "832x1216"}


def prior(checkpoint: str = "coastline", rank: int = 5, **changes: Any) -> Prior:
    words = ("unknown", "bad", "neutral", "good", "better", "best")
    content: dict[str, Any] = {
        "checkpoint": checkpoint, "preset": "daily", "rating": words[rank], "rank": rank, "source": "local_learning",
        "values": VALUES, "loras": (PriorLora("film", 0.4, "overlay of preset daily"),),
    }  # fmt: skip
    return Prior(**content | changes)


def recommend(library: Library, *priors: Prior, **question: Any) -> Recommendation:
    with library.snapshot() as snapshot:
        return recommend_settings(snapshot, "beach", priors=priors, **question)


def setting(answer: Recommendation, by: str) -> Advice:
    return next(each for each in answer.preset if each.by == by)


def rated(checkpoint: str, stars: list[int], **fields: Any) -> list[Event]:
    events: list[Event] = []
    for place, each in enumerate(stars):
        job_id = f"{checkpoint}{sorted(fields.items())}{place}"
        content = SAME | {"job_id": job_id, "model": checkpoint, "prompt_positive": f"beach scene{place}"} | fields
        events += [job := make_job(place, **content), rating(job, each)]
    return events


def test_an_empty_library_starts_from_the_profile_and_calls_it_a_prior(tmp_path: Path) -> None:
    answer = recommend(make_library(tmp_path), prior())
    assert (answer.mode, answer.checkpoint.values) == ("prior", ["coastline"])
    assert {each.by: each.values for each in answer.preset} == {by: [value] for by, value in VALUES.items()}
    assert {each.mode for each in answer.preset} == {"prior"}
    assert {(each.basis, each.tier, each.strength) for each in answer.preset} == {("profile", "no_evidence", "none")}
    assert (answer.lora.mode, answer.lora.values) == ("prior", ["film"])
    assert answer.prior is not None
    assert answer.prior.loras[0].weight == 0.4
    assert answer.summary.startswith("Cold start")
    assert "prior, not evidence" in answer.summary


def test_without_profiles_nothing_changes(tmp_path: Path) -> None:
    library = make_library(tmp_path, rated("coastline", [5, 4, 2]))
    answer = recommend(library)
    assert answer.prior is None
    assert answer == recommend(library, prior("another"))


def test_of_several_profiles_the_best_rated_speaks_in_any_order(tmp_path: Path) -> None:
    library = make_library(tmp_path)
    others = [prior("a", 4), prior("z", 5, source="internet_prior"), prior("m", 5, mean_rating=4.1)]
    answer = recommend(library, *others)
    assert answer.checkpoint.values == ["m"]
    assert [each.value for each in answer.checkpoint.try_next] == ["m", "z", "a"]
    assert answer == recommend(library, *others[::-1])


def test_profiles_that_stand_alike_are_tied_and_none_is_taken_for_its_place(tmp_path: Path) -> None:
    answer = recommend(make_library(tmp_path), prior("b"), prior("a"))
    assert answer.checkpoint.values == ["a", "b"]
    assert answer.prior is None
    assert all(each.values == [] for each in answer.preset)


def test_a_named_checkpoint_without_an_image_gets_its_profile(tmp_path: Path) -> None:
    library = make_library(tmp_path, rated("harbour", [5] * 6, steps=28) + rated("harbour", [1] * 6, steps=20))
    answer = recommend(library, prior(), prior("harbour"), checkpoints=["Coastline.safetensors"])
    assert (answer.mode, answer.checkpoint.values) == ("given", ["Coastline.safetensors"])
    steps = setting(answer, "steps")
    assert (steps.mode, steps.values) == ("prior", ["41"])
    assert [each.value for each in steps.candidates][:1] == ["28"]
    assert [each.name for each in answer.not_known] == ["Coastline.safetensors"]


def test_where_images_decide_the_profile_is_only_told(tmp_path: Path) -> None:
    events = rated("coastline", [5] * 30, steps=28) + rated("coastline", [1] * 30, steps=20)
    library = make_library(tmp_path, events)
    answer, without = recommend(library, prior()), recommend(library)
    steps = setting(answer, "steps")
    assert (steps.mode, steps.values) == ("exploit", ["28"])
    assert "steps 41: a prior" in steps.why[-1]
    assert steps.model_copy(update={"why": steps.why[:-1]}) == setting(without, "steps")


def test_where_it_is_open_the_value_of_the_profile_is_one_to_try(tmp_path: Path) -> None:
    answer = recommend(make_library(tmp_path, rated("coastline", [5, 4])), prior())
    steps = setting(answer, "steps")
    assert (steps.mode, steps.values, steps.try_next[0].value) == ("explore", [], "41")
    assert "prior" not in {each.mode for each in answer.preset}


def test_a_checkpoint_that_was_named_and_has_only_a_profile_is_one_to_try(tmp_path: Path) -> None:
    library = make_library(tmp_path, rated("harbour", [5, 4]))
    answer = recommend(library, prior(), checkpoints=["harbour", "coastline"])
    assert [each.value for each in answer.checkpoint.try_next] == ["coastline"]


@pytest.mark.parametrize(("at_hand", "values"), [(None, ["film"]), (["film"], ["film"]), (["other"], [])])
def test_a_lora_that_is_not_at_hand_is_not_suggested(tmp_path: Path, at_hand: Any, values: list[str]) -> None:
    assert recommend(make_library(tmp_path), prior(), loras=at_hand).lora.values == values
