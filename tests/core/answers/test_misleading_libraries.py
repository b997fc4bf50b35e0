"""Libraries in which the plain shares mislead, and questions that must not be taken for others."""

import random
from pathlib import Path

import pytest
from library_factory import make_job, make_library, rating, reference, selection
from questions import SAME, Event, about, ask

from learning_core.errors import QuestionError
from learning_core.model.generation import Experiment, LoraUse


def tied_steps(tied: float, jobs: int = 400) -> list[Event]:
    """Forty steps are better by .35, the checkpoint makes no difference, and coastline mostly has forty steps."""
    draw = random.Random(5)
    events: list[Event] = []
    for number in range(jobs):
        model = ("coastline", "harbour")[number % 2]
        many = (model == "coastline") == (draw.random() < tied)
        job = make_job(
            number, **SAME | {"model": model, "steps": 40 if many else 20}, prompt_positive=f"beach {number}"
        )
        events += [job, rating(job, 5 if draw.random() < (0.7 if many else 0.35) else 2)]
    return events


@pytest.mark.parametrize("tied", [0.8, 0.9])
def test_a_checkpoint_that_mostly_had_the_better_steps_is_not_the_winner(tied: float, tmp_path: Path) -> None:
    answer = ask(make_library(tmp_path, tied_steps(tied)))
    assert about(answer, "checkpoint").status == "not_separable"
    assert "entangled with steps 40" in about(answer, "checkpoint").sentence
    assert about(answer, "steps").status == "clear_leader"


def test_a_checkpoint_that_mostly_had_the_better_lora_is_not_the_winner(tmp_path: Path) -> None:
    draw = random.Random(3)
    events: list[Event] = []
    for number in range(400):
        model = ("coastline", "harbour")[number % 2]
        film = (model == "coastline") == (draw.random() < 0.85)
        loras = [LoraUse(name="film", weight=round(draw.uniform(0.4, 0.9), 2))] if film else []
        job = make_job(number, **SAME, model=model, loras=loras, prompt_positive=f"beach {number}")
        events += [job, rating(job, 5 if draw.random() < (0.7 if film else 0.35) else 2)]
    checkpoint = about(ask(make_library(tmp_path, events)), "checkpoint")
    assert checkpoint.status == "not_separable"
    assert "entangled with lora film" in checkpoint.sentence


def test_settings_that_vary_freely_do_not_hide_a_winner(tmp_path: Path) -> None:
    draw = random.Random(8)
    events: list[Event] = []
    for number in range(240):
        model = ("coastline", "harbour")[number % 2]
        job = make_job(
            number,
            model=model,
            sampler=draw.choice(["Euler a", "DPM++ 2M", "UniPC"]),
            steps=draw.choice([20, 28, 36]),
            cfg_scale=draw.choice([3 + 0.5 * step for step in range(12)]),
            loras=[LoraUse(name=draw.choice(["film", "glow"]), weight=0.5)],
            prompt_positive=f"beach {number}",
        )
        events += [job, rating(job, 5 if draw.random() < (0.75 if model == "coastline" else 0.35) else 2)]
    assert about(ask(make_library(tmp_path, events)), "checkpoint").status == "clear_leader"


def test_a_setting_known_for_few_images_was_not_never_varied(tmp_path: Path) -> None:
    events: list[Event] = []
    for number in range(12):
        job = make_job(number, prompt_positive=f"beach {number}", vae="soft" if number == 0 else None, **SAME)
        events += [job, rating(job, 4)]
    vae = about(ask(make_library(tmp_path, events), by=["vae"]), "vae")
    assert vae.status == "too_thin"
    assert "known for only 1 of 12 judged images" in vae.sentence


def test_the_leader_stands_first_even_before_a_luckier_value_of_two_images(tmp_path: Path) -> None:
    draw = random.Random(1)
    events: list[Event] = []
    for model, share, jobs in (("coastline", 0.7, 80), ("harbour", 0.1, 80), ("lucky", 1.0, 2)):
        for number in range(jobs):
            job = make_job(number, job_id=f"{model}{number}", model=model, prompt_positive=f"beach {number}", **SAME)
            events += [job, rating(job, 5 if draw.random() < share else 2)]
    checkpoint = about(ask(make_library(tmp_path, events), limit=1), "checkpoint")
    assert checkpoint.status == "clear_leader"
    assert [setting.setting for setting in checkpoint.ranked] == ["coastline"]
    assert checkpoint.sentence.startswith("For checkpoint, coastline goes with the better images")


@pytest.mark.parametrize("subject", ["\U0001f30a", ",", "the of", [["\U0001f30a"]], [["beach"], ["..."]]])
def test_a_subject_without_a_word_is_not_taken_for_everything(subject: object, tmp_path: Path) -> None:
    job = make_job(0, prompt_positive="beach")
    library = make_library(tmp_path, [job, rating(job, 5)])
    with pytest.raises(QuestionError, match="no word to look for"):
        ask(library, subject)


@pytest.mark.parametrize("subject", ["", " ", []])
def test_no_subject_asks_about_everything(subject: object, tmp_path: Path) -> None:
    assert ask(make_library(tmp_path, [make_job(0), make_job(1)]), subject).matched.jobs == 2


def test_a_filter_on_the_outcome_is_pointed_out(tmp_path: Path) -> None:
    job = make_job(0, prompt_positive="beach")
    answer = ask(make_library(tmp_path, [job, rating(job, 5)]), where="rating:>=4")
    assert any("picks by the outcome itself" in note for note in answer.notes)


def test_one_record_is_counted_in_the_singular(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(0, prompt_positive="beach")])
    assert ask(library).summary == 'No evidence: 1 record matches "beach", but none has a rating or selection.'
    assert ask(library, "", where="steps:>900").summary == "No evidence: no record matches the filter steps:>900."


def test_a_few_good_images_do_not_make_it_certain(tmp_path: Path) -> None:
    events: list[Event] = []
    for number in range(4):
        job = make_job(number, prompt_positive=f"beach {number}", **SAME)
        events += [job, rating(job, 5)]
    (only,) = about(ask(make_library(tmp_path, events)), "steps").ranked
    assert (only.good, only.n) == (4, 4)
    assert only.low < 0.8
    assert only.low <= only.value <= only.high


def test_equal_shares_are_ordered_by_their_stars(tmp_path: Path) -> None:
    events: list[Event] = []
    for cfg, stars in ((6.0, 4), (8.0, 5), (10.0, 3)):
        job = make_job(int(cfg), prompt_positive=f"beach {cfg}", **SAME | {"cfg_scale": cfg})
        events += [job, rating(job, stars)]
    cfg_scale = about(ask(make_library(tmp_path, events)), "cfg_scale")
    assert [(s.setting, s.n, s.mean_rating) for s in cfg_scale.ranked] == [("8", 1, 5.0), ("6", 1, 4.0), ("10", 1, 3.0)]


def test_equal_estimates_are_ordered_by_the_evidence_behind_them(tmp_path: Path) -> None:
    events: list[Event] = []
    for steps, jobs in ((20, 6), (30, 14), (40, 10)):
        for number in range(jobs):
            job = make_job(
                number, job_id=f"{steps}-{number}", prompt_positive=f"beach {steps} {number}", **SAME | {"steps": steps}
            )
            events += [job, rating(job, 5 if number % 2 else 2)]
    ranked = about(ask(make_library(tmp_path, events)), "steps").ranked
    assert [(setting.setting, setting.value) for setting in ranked] == [("30", 0.5), ("40", 0.5), ("20", 0.5)]


def test_what_only_whole_model_comparisons_know_can_explain_a_lead_too(tmp_path: Path) -> None:
    events: list[Event] = []
    draw = random.Random(2)
    for number in range(120):
        model = ("coastline", "harbour")[number % 2]
        study = Experiment(experiment_id="models", focus_parameter="checkpoint", evidence="preference")
        fields = SAME | {"model": model, "steps": 40 if model == "coastline" else 20, "experiment": study}
        job = make_job(number, prompt_positive=f"beach {number}", **fields)
        events += [job, rating(job, 5 if draw.random() < (0.9 if model == "coastline" else 0.2) else 2)]
    checkpoint = about(ask(make_library(tmp_path, events)), "checkpoint")
    assert checkpoint.status == "not_separable"
    assert "checkpoint is entangled with steps, so it is not the proven cause" in checkpoint.sentence


def test_of_many_records_the_best_are_the_same_as_of_few(tmp_path: Path) -> None:
    events: list[Event] = []
    for number in range(200):
        job = make_job(number, prompt_positive=f"beach {number}", **SAME)
        events += [job, rating(job, 5 if number % 3 else 3)]
        if number in (31, 77, 100, 101):
            events.append(selection(job, "selected"))
    best = about(ask(make_library(tmp_path, events)), "steps").ranked[0].evidence
    assert best == [reference(make_job(number)) for number in (101, 100, 77)]


def test_a_few_best_rated_among_many_come_first_and_others_follow(tmp_path: Path) -> None:
    events: list[Event] = []
    for number in range(120):
        job = make_job(number, prompt_positive=f"beach {number}", **SAME)
        events += [job, rating(job, 5 if number in (4, 60) else 3 + (number < 90))]
    best = about(ask(make_library(tmp_path, events)), "steps").ranked[0].evidence
    assert best == [reference(make_job(number)) for number in (60, 4, 89)]


def test_unknown_prompts_are_one_witness_besides_the_known_ones(tmp_path: Path) -> None:
    events: list[Event] = []
    for number in range(60):
        study = Experiment(experiment_id="e1", focus_parameter="cfg_scale") if number < 5 else None
        job = make_job(number, prompt_positive=f"beach {number}" if study is None else None, experiment=study, **SAME)
        events += [job, rating(job, 4)]
    answer = ask(make_library(tmp_path, events), "")
    assert answer.matched.prompts == 55
    assert about(answer, "steps").ranked[0].prompts == 56


def test_images_with_both_loras_speak_for_neither(tmp_path: Path) -> None:
    events: list[Event] = []
    for used, good, steps in ((("film",), 10, 40), (("film", "glow"), 6, 40), (("glow",), 1, 20)):
        loras = [LoraUse(name=lora, weight=0.5) for lora in used]
        for number in range(100):
            fields = SAME | {"steps": steps, "loras": loras, "prompt_positive": f"beach {'+'.join(used)} {number}"}
            job = make_job(number, job_id=f"{used}{number}", **fields)
            events += [job, rating(job, 5 if number % 10 < good else 2)]
    lora = about(ask(make_library(tmp_path, events)), "lora")
    assert "entangled with steps 40" in lora.sentence


@pytest.mark.parametrize("mostly_unknown", ["coastline", "harbour"])
def test_a_setting_mostly_unknown_is_no_reason_to_doubt_a_leader(mostly_unknown: str, tmp_path: Path) -> None:
    events: list[Event] = []
    for number in range(160):
        model = ("coastline", "harbour")[number % 2]
        known = model != mostly_unknown or number < 48
        steps = (40 if model == "coastline" else 20) if known else None
        job = make_job(number, prompt_positive=f"beach {number}", **SAME | {"model": model, "steps": steps})
        events += [job, rating(job, 5 if number // 2 % 10 < (8 if model == "coastline" else 2) else 2)]
    assert about(ask(make_library(tmp_path, events)), "checkpoint").status == "clear_leader"


def test_rounding_does_not_order_equal_estimates(tmp_path: Path) -> None:
    draw = random.Random(6)
    scenes = ["beach", "harbour", "tower", "bridge", "forest", "desert"]
    events: list[Event] = []
    for scene in scenes:
        for cfg in range(3, 9):
            jobs = 2 * draw.randint(1, 16)
            for number in range(jobs):
                fields = SAME | {"cfg_scale": float(cfg), "prompt_positive": f"{scene} {number // 2}"}
                job = make_job(number, job_id=f"{scene}-{cfg}-{number}", **fields)
                events += [job, rating(job, 5 if number % 2 else 2)]
    library = make_library(tmp_path, events)
    for scene in scenes:
        sizes = [setting.effective_n for setting in about(ask(library, scene, limit=9), "cfg_scale").ranked]
        assert sizes == sorted(sizes, reverse=True)
