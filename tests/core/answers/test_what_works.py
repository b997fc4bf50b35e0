"""What an answer claims, and what it refuses to claim."""

import random
from pathlib import Path

import pytest
from library_factory import make_job, make_library, rating, reference, selection
from questions import SAME, Event, about, ask

from learning_core.answers.compare_settings import compare_settings
from learning_core.answers.recommend import recommend_settings
from learning_core.errors import OverLimit, QuestionError
from learning_core.model.generation import Experiment, LoraUse
from learning_core.model.job import JobRecord
from learning_core.model.judgement import Rating


def world(rates: dict[str, float], per_model: int = 40, *, scene: str = "beach", seed: int = 1) -> list[Event]:
    """Jobs of several checkpoints, each image of its own prompt, liked at the given rate."""
    draw = random.Random(seed)
    events: list[Event] = []
    for model, rate in rates.items():
        for number in range(per_model):
            job = make_job(number, job_id=f"{scene}-{model}-{number}", model=model,
                           prompt_positive=f"{scene}, view {number}", **SAME)  # fmt: skip
            events += [job, rating(job, 5 if draw.random() < rate else 2)]
    return events


def test_a_clear_leader_is_named_with_its_figures_and_records(tmp_path: Path) -> None:
    answer = ask(make_library(tmp_path, world({"coastline": 0.9, "harbour": 0.2})))
    checkpoint = about(answer, "checkpoint")
    assert checkpoint.status == "clear_leader"
    first, second = checkpoint.ranked
    assert (first.setting, first.n, first.n_rated, first.prompts) == ("coastline", 40, 40, 40)
    assert first.low <= first.value <= first.high
    assert first.value > second.value
    assert first.lift == pytest.approx(first.value - (checkpoint.baseline or 0), abs=2e-4)
    assert len(first.evidence) == 3
    assert "For checkpoint, coastline goes with the better images: " in answer.summary
    assert answer.tier == "review_only"


def test_no_difference_gives_no_winner(tmp_path: Path) -> None:
    answer = ask(make_library(tmp_path, world({"coastline": 0.5, "harbour": 0.5})))
    assert about(answer, "checkpoint").status == "not_separable"
    assert "No clear winner in checkpoint" in answer.summary


def test_forty_equal_checkpoints_make_no_winner(tmp_path: Path) -> None:
    answer = ask(make_library(tmp_path, world({f"model{n:02}": 0.5 for n in range(40)}, per_model=12)))
    assert about(answer, "checkpoint").status != "clear_leader"


def test_many_images_of_one_prompt_are_not_many_witnesses(tmp_path: Path) -> None:
    events: list[Event] = []
    for model, stars in (("coastline", 5), ("harbour", 1)):
        for number in range(40):
            job = make_job(number, job_id=f"{model}-{number}", model=model, prompt_positive="beach", **SAME)
            events += [job, rating(job, stars)]
    checkpoint = about(ask(make_library(tmp_path, events)), "checkpoint")
    assert checkpoint.status != "clear_leader"
    assert all(setting.effective_n < 5 and setting.prompts == 1 for setting in checkpoint.ranked)


def test_three_lucky_images_do_not_beat_fifteen_of_twenty(tmp_path: Path) -> None:
    events: list[Event] = []
    for model, good, total in (("A", 15, 20), ("B", 3, 3)):
        for number in range(total):
            job = make_job(number, job_id=f"{model}{number}", model=model, prompt_positive=f"beach {number}", **SAME)
            events += [job, selection(job, "selected" if number < good else "rejected")]
    answer = ask(make_library(tmp_path, events))
    checkpoint = about(answer, "checkpoint")
    assert answer.outcome == "selected"
    assert checkpoint.status != "clear_leader"
    assert {(s.setting, s.n_selected, s.n_judged) for s in checkpoint.ranked} == {("A", 15, 20), ("B", 3, 3)}


def test_one_value_was_never_varied(tmp_path: Path) -> None:
    steps = about(ask(make_library(tmp_path, world({"coastline": 0.9, "harbour": 0.2}))), "steps")
    assert steps.status == "never_varied"
    assert "never varied: all 80 judged images used 20" in steps.sentence


@pytest.mark.parametrize("verdict", ["", "selected"])
def test_a_value_without_the_kind_of_judgement_that_counts_was_varied_all_the_same(
    verdict: str, tmp_path: Path
) -> None:
    events: list[Event] = []
    for number in range(16):
        model = "coastline" if number < 12 else "harbour"
        job = make_job(number, model=model, prompt_positive=f"beach {number}", loras=[], **SAME)
        said: list[Event] = [rating(job, 2 + number % 4)] if number < 12 else []
        events += [job, *said, *([selection(job, verdict)] if verdict and number >= 12 else [])]
    library = make_library(tmp_path, events)
    answer = ask(library)
    checkpoint = about(answer, "checkpoint")
    assert checkpoint.status == "one_value_judged"
    assert checkpoint.sentence == (
        "checkpoint cannot be compared: all 12 images judged by stars used coastline, "
        "and none with harbour is judged so."
    )
    assert "Of one value only, as far as images are judged by stars: checkpoint." in answer.summary
    assert "Never varied: lora, sampler" in answer.summary
    assert any(note.startswith("4 matching records not judged by stars left out") for note in answer.notes)
    advised = library.ask(lambda snapshot: recommend_settings(snapshot, "beach")).checkpoint
    assert [(each.value, each.why) for each in advised.try_next] in (
        [],
        [("harbour", "no image judged by stars here, so its chance is unknown")],
    )
    assert advised.sentence.startswith(("Only coastline has images judged by stars", "All images judged by stars used"))
    with library.snapshot() as snapshot:
        compared = compare_settings(snapshot, "checkpoint:coastline", "checkpoint:harbour").summary
    also = " (4 images with selections, another kind of judgement)"
    assert f"has {'0 images judged by stars' if verdict else '0 judged images'} of 4 records{also * bool(verdict)}" in (
        compared
    )


@pytest.mark.parametrize("counts", ["stars", "selections"])
def test_where_the_other_kind_of_judgement_says_otherwise_the_winner_is_not_named_without_it(
    counts: str, tmp_path: Path
) -> None:
    draw, events = random.Random(5), list[Event]()
    for number in range(160):
        model = ("coastline", "harbour")[number % 2]
        job = make_job(number, model=model, prompt_positive=f"beach, view {number}", **SAME)
        stars = rating(job, 5 if draw.random() < (0.8 if model == "coastline" else 0.2) else 2)
        pick = selection(job, "selected" if draw.random() < (0.2 if model == "coastline" else 0.8) else "rejected")
        both = number % 5 > 0
        events += [job, *([stars] if both or counts == "stars" else []), *([pick] if both or counts != "stars" else [])]
    library = make_library(tmp_path, events)
    other = "selections" if counts == "stars" else "stars"
    checkpoint = about(ask(library), "checkpoint")
    assert checkpoint.ranked[0].setting == ("coastline" if counts == "stars" else "harbour")
    assert f"By {other} it is the other way round: {checkpoint.ranked[0].setting} " in checkpoint.sentence
    assert f"By {other} it is the other way round" in (
        library.ask(lambda snapshot: recommend_settings(snapshot, "beach")).checkpoint.sentence
    )
    compared = library.ask(lambda snapshot: compare_settings(snapshot, "checkpoint:coastline", "checkpoint:harbour"))
    assert any(note.endswith("is ahead, by stars the other: look at both.") for note in compared.notes) or any(
        "By mean stars A is ahead" in note for note in compared.notes
    )


def test_two_settings_that_always_went_together_are_entangled(tmp_path: Path) -> None:
    events = [
        job.model_copy(update={"steps": 40 if job.model == "coastline" else 20}) if isinstance(job, JobRecord) else job
        for job in world({"coastline": 0.9, "harbour": 0.2})
    ]
    answer = ask(make_library(tmp_path, events))
    assert about(answer, "checkpoint").status == "not_separable"
    assert "entangled with steps 40" in about(answer, "checkpoint").sentence
    assert "entangled with checkpoint coastline" in about(answer, "steps").sentence


def test_too_few_images_are_too_thin(tmp_path: Path) -> None:
    answer = ask(make_library(tmp_path, world({"coastline": 1.0, "harbour": 0.0}, per_model=2)))
    assert about(answer, "checkpoint").status == "too_thin"
    assert "Not enough evidence on checkpoint" in answer.summary


def test_nothing_known_is_no_evidence(tmp_path: Path) -> None:
    empty = ask(make_library(tmp_path))
    assert (empty.tier, empty.matched.jobs) == ("no_evidence", 0)
    assert empty.summary.startswith("No evidence")
    unrated = ask(make_library(tmp_path / "unrated", [make_job(0)]))
    assert "none has a rating" in unrated.summary


def test_plurals_match_and_look_alikes_do_not(tmp_path: Path) -> None:
    prompts = ["two beaches", "a bench", "a peach", "BEACH, waves", "beachhead", "(beach:1.2)", "no sea"]
    events: list[Event] = []
    for number, prompt in enumerate(prompts):
        events.append(make_job(number, prompt_positive=prompt, prompt_negative="beach"))
    answer = ask(make_library(tmp_path, events))
    assert answer.matched.jobs == 3
    assert [(term.term, term.exact_phrase, term.all_words) for term in answer.terms] == [("beach", 3, 3)]


def test_facets_are_anded_and_alternatives_ored(tmp_path: Path) -> None:
    prompts = ["beach at dusk", "seaside, sunset", "beach at noon", "city at dusk"]
    library = make_library(tmp_path, [make_job(n, prompt_positive=p) for n, p in enumerate(prompts)])
    answer = ask(library, [["beach", "seaside"], ["dusk", "sunset"]])
    assert answer.matched.jobs == 2
    assert [(term.term, term.all_words) for term in answer.terms] == [
        ("beach", 2), ("seaside", 1), ("dusk", 2), ("sunset", 1),
    ]  # fmt: skip


def test_a_phrase_matches_within_one_tag_only(tmp_path: Path) -> None:
    prompts = ["golden hour, beach", "golden, hour", "hour of golden light"]
    library = make_library(tmp_path, [make_job(n, prompt_positive=p) for n, p in enumerate(prompts)])
    assert ask(library, '"golden hour"').matched.jobs == 1
    answer = ask(library, [["golden hour"]])
    assert [(term.exact_phrase, term.all_words) for term in answer.terms] == [(1, 3)]


def test_one_checkpoint_in_three_spellings_is_one_setting(tmp_path: Path) -> None:
    spellings = ["SDXL\\coast.safetensors [31e35c80fc]", "coast", "Coast.ckpt"]
    events: list[Event] = []
    for number, spelling in enumerate(spellings):
        job = make_job(number, model=spelling, prompt_positive=f"beach {number}")
        events += [job, rating(job, 4)]
    checkpoint = about(ask(make_library(tmp_path, events)), "checkpoint")
    assert [(s.setting, s.n) for s in checkpoint.ranked] == [("Coast", 3)]


def test_float_noise_does_not_make_another_cfg_scale(tmp_path: Path) -> None:
    events: list[Event] = []
    for number, cfg in enumerate([6.5, 6.499999999999998, 6.500000000000001]):
        job = make_job(number, cfg_scale=cfg, prompt_positive=f"beach {number}")
        events += [job, rating(job, 4)]
    assert about(ask(make_library(tmp_path, events)), "cfg_scale").ranked[0].setting == "6.5"


def test_loras_are_counted_each_and_none_is_a_value(tmp_path: Path) -> None:
    events: list[Event] = []
    for number, loras in enumerate([[LoraUse(name="film", weight=0.5), LoraUse(name="glow")], [], None]):
        job = make_job(
            number, loras=loras, prompt_positive=f"beach {number} <lora:film:0.7>" if loras is None else "beach"
        )
        events += [job, rating(job, 4)]
    lora = about(ask(make_library(tmp_path, events), limit=9), "lora")
    assert {(s.setting, s.n) for s in lora.ranked} == {("film", 2), ("glow", 1), ("(no LoRA)", 1)}


def test_stars_and_selections_are_never_added_up(tmp_path: Path) -> None:
    events: list[Event] = []
    for number in range(12):
        job = make_job(number, prompt_positive=f"beach {number}", **SAME)
        events += [job, rating(job, 5)] + ([selection(job, "rejected")] if number < 4 else [])
    answer = ask(make_library(tmp_path, events))
    assert answer.outcome == "rated_4_or_5"
    assert about(answer, "sampler").ranked[0].n == 12
    assert any("different kinds of judgement" in note for note in answer.notes)


def test_machine_and_soft_scores_are_not_ratings(tmp_path: Path) -> None:
    job = make_job(0, prompt_positive="beach")
    soft = Rating(event_id="s", job_id=job.job_id, value=5, score_source="soft")
    assert ask(make_library(tmp_path, [job, soft])).matched.rated == 0


def experiment(values: list[tuple[float, int]], evidence: str, *, ids: list[str] | None = None) -> list[Event]:
    events: list[Event] = []
    for number, (value, stars) in enumerate(values):
        study = Experiment(
            experiment_id=ids[number] if ids else "e1",
            focus_parameter="cfg_scale",
            focus_value=value,
            evidence=evidence,  # type: ignore[arg-type]
        )
        job = JobRecord(job_id=f"x{number}", cfg_scale=value, experiment=study)
        events += [job, rating(job, stars)]
    return events


@pytest.mark.parametrize(
    ("values", "evidence", "ids", "tier"),
    [
        ([(6, 3), (7, 5), (7, 5)], "controlled", None, "experiment_strong"),
        ([(7, 5), (7, 5), (7, 5)], "controlled", None, "experiment_sparse_plus_review"),
        ([(6, 3), (7, 5), (8, 5)], "controlled", ["a", "b", "c"], "experiment_sparse_plus_review"),
        ([(6, 3), (7, 5), (7, 5)], "unproven", None, "experiment_sparse_plus_review"),
    ],
)
def test_the_tier_says_where_the_evidence_comes_from(
    tmp_path: Path, values: list[tuple[float, int]], evidence: str, ids: list[str] | None, tier: str
) -> None:
    answer = ask(make_library(tmp_path, experiment(values, evidence, ids=ids)), "")
    assert about(answer, "cfg_scale").tier == tier
    assert about(answer, "sampler").status == "no_evidence"
    assert "sampler" in answer.summary


def test_a_comparison_of_whole_models_is_no_evidence_on_steps(tmp_path: Path) -> None:
    study = Experiment(experiment_id="m", focus_parameter="checkpoint", evidence="preference")
    job = make_job(0, prompt_positive="beach", experiment=study)
    answer = ask(make_library(tmp_path, [job, rating(job, 5)]))
    assert about(answer, "steps").status == "no_evidence"
    assert about(answer, "checkpoint").status == "never_varied"


def test_unknown_prompts_and_checkpoints_are_said(tmp_path: Path) -> None:
    answer = ask(make_library(tmp_path, experiment([(6, 3), (7, 5), (7, 5)], "unproven")), "", by=["cfg_scale"])
    assert "checkpoint and prompt are unknown for 3 of these 3 images" in answer.parameters[0].sentence


def test_where_narrows_and_its_notes_travel(tmp_path: Path) -> None:
    library = make_library(tmp_path, world({"coastlineXL": 0.9, "coastline15": 0.5}))
    answer = ask(library, where="checkpoint:coastline rating:>=4")
    assert answer.where == "checkpoint:coastline rating:>=4"
    assert any("matched 2 values: coastline15, coastlineXL" in note for note in answer.notes)
    assert ask(library, where="checkpoint:coastlinexl").matched.jobs == 40


@pytest.mark.parametrize("where", ["checkpoint:nothere", "smapler:x", "steps:abc", "tag:none"])
def test_a_bad_filter_is_the_callers_fault(tmp_path: Path, where: str) -> None:
    with pytest.raises(QuestionError):
        ask(make_library(tmp_path, world({"coastline": 0.5}, 2)), where=where)


def test_a_subject_beyond_all_bounds_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OverLimit):
        ask(make_library(tmp_path), "x" * 10_000)


def test_the_order_of_the_log_changes_no_byte(tmp_path: Path) -> None:
    events = world({"coastline": 0.7, "harbour": 0.4}, per_model=15)
    mixed = list(events)
    random.Random(5).shuffle(mixed)
    one = ask(make_library(tmp_path / "one", events))
    other = ask(make_library(tmp_path / "other", mixed))
    assert one.model_dump_json() == other.model_dump_json()


def test_a_copied_image_adds_no_evidence(tmp_path: Path) -> None:
    job = make_job(1, prompt_positive="beach")
    one = ask(make_library(tmp_path / "one", [job, rating(job, 4)]))
    other = ask(make_library(tmp_path / "two", [job, rating(job, 4), job, rating(job, 4)]))
    assert one.model_dump_json() == other.model_dump_json()


def test_the_best_records_come_first_among_the_evidence(tmp_path: Path) -> None:
    events: list[Event] = []
    for number, stars in enumerate([3, 5, 4, 1, 2]):
        job = make_job(number, prompt_positive=f"beach {number}", **SAME)
        events += [job, rating(job, stars)]
    scheduler = about(ask(make_library(tmp_path, events)), "scheduler")
    assert scheduler.ranked[0].evidence == [reference(make_job(n)) for n in (1, 2, 0)]
