"""What could be behind a lead besides the value itself: the time, words of prompts, or nothing about the subject."""

import random
from collections.abc import Callable
from math import exp
from pathlib import Path

import pytest
from library_factory import make_job, make_library, rating
from questions import SAME, Event, about, ask

from learning_core.answers.answer import Parameter

Choice = Callable[[random.Random, int], tuple[str, str, float]]
"""Checkpoint, prompt and chance to come out well of one image, by its number."""


def checkpoint(folder: Path, choice: Choice, images: int = 360, subject: str = "beach") -> Parameter:
    draw = random.Random(12)
    events: list[Event] = []
    for number in range(images):
        model, prompt, chance = choice(draw, number)
        job = make_job(
            number, **SAME, model=model, prompt_positive=f"{prompt}, {number}", timestamp_end=1.7e9 + 3_600 * number
        )
        events += [job, rating(job, 5 if draw.random() < chance else 2)]
    return about(ask(make_library(folder, events), subject), "checkpoint")


def adopted_late(draw: random.Random, number: int) -> tuple[str, str, float]:
    """The eye was milder in the first half, when mostly coastline was used; the checkpoint makes no difference."""
    early = number < 180
    model = "coastline" if (draw.random() < 0.85) == early else "harbour"
    return model, "beach", 0.75 if early else 0.25


def used_for_the_easy(draw: random.Random, _number: int) -> tuple[str, str, float]:
    """Close-ups come out better, and coastline was mostly used for these; the checkpoint makes no difference."""
    model = draw.choice(["coastline", "harbour"])
    easy = (model == "coastline") == (draw.random() < 0.8)
    return model, "beach, closeup" if easy else "beach, wide", 0.8 if easy else 0.3


_EASE = {f"word{number:02}": random.Random(number).gauss(0.0, 1.0) for number in range(20)}


def used_for_easy_words(draw: random.Random, _number: int) -> tuple[str, str, float]:
    """Each prompt has four words of twenty, which add up; coastline was used for the easier ones, and adds nothing."""
    words = draw.sample(sorted(_EASE), 4)
    easy = sum(_EASE[word] for word in words) / 2.0
    model = "coastline" if draw.random() < 1.0 / (1.0 + exp(-1.2 * easy)) else "harbour"
    return model, ", ".join(["beach", *words]), 1.0 / (1.0 + exp(-1.3 * easy))


def better_and_used_for_easy_words(draw: random.Random, number: int) -> tuple[str, str, float]:
    model, prompt, chance = used_for_easy_words(draw, number)
    return model, prompt, chance + (1.0 - chance) * 0.5 if model == "coastline" else chance


def better(draw: random.Random, _number: int) -> tuple[str, str, float]:
    model = draw.choice(["coastline", "harbour"])
    return model, draw.choice(["beach", "forest"]), 0.75 if model == "coastline" else 0.35


def mostly_forest(draw: random.Random, number: int) -> tuple[str, str, float]:
    model = draw.choice(["coastline", "harbour"])
    return model, "beach" if number % 24 == 0 else "forest", 0.75 if model == "coastline" else 0.35


def test_a_checkpoint_of_the_time_when_the_eye_was_milder_is_not_the_winner(tmp_path: Path) -> None:
    found = checkpoint(tmp_path, adopted_late)
    assert found.status == "not_separable"
    assert "entangled with the time of making" in found.sentence
    assert found.strength == "weak"


def test_a_checkpoint_that_was_used_for_the_easier_prompts_is_not_the_winner(tmp_path: Path) -> None:
    found = checkpoint(tmp_path, used_for_the_easy)
    assert found.status == "not_separable"
    assert "entangled with prompts with " in found.sentence


def test_a_lora_that_is_never_used_without_another_is_compared_with_the_rest(tmp_path: Path) -> None:
    draw = random.Random(5)
    events: list[Event] = []
    for number in range(200):
        both = number % 2 == 0
        loras = "<lora:film:1> <lora:grain:1>" if both else draw.choice(["<lora:film:1>", "<lora:haze:1>"])
        prompt = f"beach, {draw.choice(sorted(_EASE))}, {number} {loras}"
        job = make_job(number, **SAME, prompt_positive=prompt)
        events += [job, rating(job, 5 if draw.random() < (0.35 if both else 0.95 if "film" in loras else 0.1) else 2)]
    found = about(ask(make_library(tmp_path, events), "beach"), "lora")
    assert (found.ranked[0].setting, found.ranked[-1].setting) == ("film", "haze")


@pytest.mark.parametrize("subject", ["beach", ""])
def test_a_checkpoint_that_was_used_for_easier_words_together_is_not_the_winner(subject: str, tmp_path: Path) -> None:
    found = checkpoint(tmp_path, used_for_easy_words, images=800, subject=subject)
    assert (found.status, found.strength) == ("not_separable", "weak")
    assert "checkpoint is entangled with what the prompts say" in found.sentence


def test_a_better_checkpoint_is_found_although_it_was_used_for_easier_words(tmp_path: Path) -> None:
    found = checkpoint(tmp_path, better_and_used_for_easy_words, images=800)
    assert (found.status, found.ranked[0].setting) == ("clear_leader", "coastline")


def test_a_better_checkpoint_is_found_for_a_subject_and_over_all(tmp_path: Path) -> None:
    for subject in ("beach", ""):
        found = checkpoint(tmp_path / (subject or "all"), better, subject=subject)
        assert (found.status, found.strength, found.ranked[0].setting) == ("clear_leader", "strong", "coastline")
        assert found.ranked[0].chance_best > 0.99
        assert found.regret is not None and found.regret < 0.001
        assert any(line.startswith(("strong: P 0.99", "strong: P > 0.99")) for line in found.why)


def test_where_a_subject_shows_no_difference_the_leader_over_all_prompts_is_named(tmp_path: Path) -> None:
    found = checkpoint(tmp_path, mostly_forest)
    assert found.status == "overall_leader"
    assert found.sentence.startswith(
        '"beach" makes no detectable difference to checkpoint; over all prompts, coastline'
    )
    assert found.strength == "strong"


@pytest.mark.parametrize("images", [40, 80])
def test_an_open_question_says_what_would_settle_it(images: int, tmp_path: Path) -> None:
    found = checkpoint(tmp_path, lambda draw, _: (draw.choice(["coastline", "harbour"]), "beach", 0.5), images)
    assert found.status == "not_separable"
    assert "settle" in found.why[-1]


def another_for_beaches(draw: random.Random, number: int) -> tuple[str, str, float]:
    """Coastline is better in forests; on beaches harbour does well, and coastline was hardly tried."""
    if number % 12 == 0:
        return ("coastline", "beach", 0.5) if number % 120 == 0 else ("harbour", "beach", 0.98)
    model, _, chance = better(draw, number)
    return model, "forest", chance


def one_fails_on_beaches(draw: random.Random, number: int) -> tuple[str, str, float]:
    """Coastline is better everywhere; marina is as good as harbour in forests, and fails on beaches."""
    if number % 6 == 0:
        return draw.choice([("marina", "beach", 0.0), ("harbour", "beach", 0.6), ("harbour", "beach", 0.6)])
    if number % 45 == 1:
        return "coastline", "beach", 1.0
    model = draw.choice(["coastline", "harbour", "marina"])
    return model, "forest", 0.9 if model == "coastline" else 0.55


@pytest.mark.parametrize("choice", [another_for_beaches, one_fails_on_beaches])
def test_a_subject_with_an_order_of_its_own_is_not_told_to_make_no_difference(choice: Choice, tmp_path: Path) -> None:
    found = checkpoint(tmp_path, choice)
    assert found.status in ("not_separable", "too_thin")
    assert "no detectable difference" not in found.sentence


def test_where_one_prompt_was_made_again_and_again_only_new_prompts_would_settle_it(tmp_path: Path) -> None:
    draw, events = random.Random(3), list[Event]()
    for number in range(300):
        model = ("coastline", "harbour")[number % 2]
        job = make_job(number, **SAME, model=model, prompt_positive="beach")
        events += [job, rating(job, 5 if draw.random() < (0.75 if model == "coastline" else 0.4) else 2)]
    found = about(ask(make_library(tmp_path, events)), "checkpoint")
    assert found.status == "not_separable"
    assert "judged images of these two, each of a new prompt, would settle it if the difference stays" in found.why[-1]
