"""What drives quality, asked of whole libraries."""

import random
from pathlib import Path
from typing import Any

import pytest
from library_factory import START, make_job, make_library, rating, reference, selection
from questions import Event

from learning_core.answers.drivers import Drivers, drivers
from learning_core.errors import QuestionError
from learning_core.library import Library
from learning_core.model.generation import Experiment

CHECKPOINTS = {"coastline": 0.9, "harbour": 0.0, "meadow": -0.9}
WORDS = ("fog", "tower", "market", "river", "garden", "bridge", "lantern", "orchard")


def studio(prompts: int = 60, *, seed: int = 1, tied_vae: bool = False, lift: str = "", sink: str = "") -> list[Event]:
    """Prompts made with every checkpoint and two step counts each; the checkpoint and perhaps a word make the stars."""
    draw = random.Random(seed)
    events: list[Event] = []
    for number in range(prompts):
        words = draw.sample(WORDS, 4)
        negative = ["blurry", *draw.sample(("text", "watermark", "noise", "hands"), 2)]
        luck = draw.gauss(0, 0.4) + 0.9 * (lift in words) - 0.9 * (sink in negative)
        tags = ["masterpiece", "golden hour" * (number % 2), *words, f"take{number}"]
        for model, effect in CHECKPOINTS.items():
            for steps in draw.sample((20, 28, 36), 2):
                job = make_job(number, job_id=f"{number}-{model}-{steps}", model=model, steps=steps, sampler="Euler a",
                               vae=f"vae-{model}" if tied_vae else "one-vae", scheduler="Karras",
                               cfg_scale=draw.choice((5.0, 7.0)), seed=draw.randrange(2**32),
                               prompt_positive=", ".join(tags), prompt_negative=", ".join(negative))  # fmt: skip
                events += [job, rating(job, max(1, min(5, round(3.0 + effect + luck + draw.gauss(0, 0.6)))))]
    return events


def ask(library: Library, **question: Any) -> Drivers:
    return library.ask(lambda snapshot: drivers(snapshot, **question))


def shares(answer: Drivers) -> dict[str, float]:
    return {" and ".join(each.parameters) or each.kind: each.share for each in answer.shares}


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Drivers:
    return ask(make_library(tmp_path_factory.mktemp("usual"), studio()))


def test_the_parameter_that_makes_the_stars_gets_the_share(usual: Drivers) -> None:
    found = shares(usual)
    assert usual.shares[0].parameters == ["checkpoint"]
    assert usual.shares[0].compared == "inside prompts"
    assert usual.shares[0].low > 0.3
    assert found["steps"] < 0.05
    assert usual.shares[-1].kind == "rest"
    assert usual.summary.startswith(
        "For all records, the differences between ratings (360 judged images of 60 prompts) go with: checkpoint "
    )
    assert any(line.startswith("checkpoint: ") and "3 values" in line for line in usual.why)


def test_a_parameter_of_one_value_is_never_varied_and_has_no_share(usual: Drivers) -> None:
    assert {each.parameter: each.value for each in usual.never_varied} == {
        "sampler": "Euler a", "scheduler": "Karras", "size": "832x1216", "vae": "one-vae", "lora": "(no LoRA)",
    }  # fmt: skip
    assert not {"sampler", "scheduler", "size", "vae", "lora"} & set(shares(usual))


def test_two_parameters_that_moved_together_share_one_line(tmp_path: Path) -> None:
    answer = ask(make_library(tmp_path, studio(tied_vae=True)))
    assert "checkpoint and vae" in shares(answer)
    assert not {"checkpoint", "vae"} & set(shares(answer))
    pair = answer.moved_together[0]
    assert (pair.first, pair.second, pair.told_apart) == ("checkpoint", "vae", False)
    assert pair.association > 0.95
    assert any("cannot be told apart and share one figure" in line for line in answer.why)
    assert "change checkpoint alone" in answer.next


def test_words_that_lift_and_sink_are_found_in_their_own_prompts(tmp_path: Path) -> None:
    events = studio(200, lift="lantern", sink="hands")
    answer = ask(make_library(tmp_path, events))
    assert [each.terms for each in answer.terms.lifting] == [["lantern"]]
    assert [each.terms for each in answer.negative_terms.sinking] == [["hand"]]
    found = answer.terms.lifting[0]
    assert found.low <= 0.9 <= found.high
    assert found.p_adjusted < 0.001
    assert found.images == 6 * found.prompts
    jobs = {reference(event): event for event in events if not hasattr(event, "event_id")}
    for record in found.evidence:
        assert "lantern" in jobs[record].prompt_positive
    stars = {event.job_id: event.value for event in events if hasattr(event, "event_id")}
    assert all(stars[jobs[record].job_id] >= 4 for record in found.evidence)
    for record in answer.negative_terms.sinking[0].evidence:
        assert "hands" in jobs[record].prompt_negative
        assert stars[jobs[record].job_id] <= 2


@pytest.mark.parametrize("cause", ["checkpoint", "time"])
def test_a_word_that_mostly_had_the_better_checkpoint_or_time_lifts_nothing(cause: str, tmp_path: Path) -> None:
    draw, events = random.Random(4), list[Event]()
    for number in range(160):
        better = number % 2 == 0 if cause == "checkpoint" else number >= 80
        model = ("harbour", "coastline")[better] if cause == "checkpoint" else "coastline"
        foggy = better == (draw.random() < 0.85)
        job = make_job(number, model=model, prompt_positive=f"{'fog' if foggy else 'sun'}, take{number}")
        events += [job, rating(job, max(1, min(5, round(2.4 + 1.4 * better + draw.gauss(0, 0.6)))))]
    answer = ask(make_library(tmp_path, events))
    assert [each.terms for each in (*answer.terms.lifting, *answer.terms.sinking)] == []


def test_words_that_are_always_used_together_are_one_term_in_their_order(tmp_path: Path) -> None:
    events: list[Event] = []
    for event in studio(100):
        if hasattr(event, "event_id"):
            good = int(str(event.job_id).partition("-")[0]) % 2
            events.append(event.model_copy(update={"value": 5 if good else 2}))
        else:
            events.append(event)
    answer = ask(make_library(tmp_path, events))
    assert answer.terms.lifting[0].terms == ["golden", "hour"]
    assert not any({"golden", "hour"} & set(each.terms) for each in answer.terms.lifting[1:])


def test_words_of_all_prompts_are_never_varied(usual: Drivers) -> None:
    assert usual.terms.never_varied == ["masterpiece"]
    assert usual.negative_terms.never_varied == ["blurry"]
    assert usual.terms.named == usual.negative_terms.named == 0


def test_selections_are_not_mixed_with_stars(tmp_path: Path) -> None:
    jobs = [event for event in studio() if not hasattr(event, "event_id")]
    events: list[Event] = []
    for number, job in enumerate(jobs):
        events += [job, selection(job, "selected" if job.model == "coastline" else "rejected")]
        if number % 3 == 0:
            events.append(rating(job, 1))
    answer = ask(make_library(tmp_path, events))
    assert (answer.judgement, answer.images) == ("selected", len(jobs))
    assert answer.mean == pytest.approx(1 / 3, abs=1e-3)
    assert shares(answer)["checkpoint"] > 0.9


def test_comparisons_of_models_and_unknown_prompts_are_left_out(tmp_path: Path) -> None:
    events = studio(30)
    compared = Experiment(experiment_id="e", focus_parameter="checkpoint", focus_value="x", evidence="preference")
    for number in range(20):
        for more in ({"experiment": compared}, {"prompt_positive": None}):
            job = make_job(number, job_id=f"{next(iter(more))}-{number}", **more)
            events += [job, rating(job, 1)]
    answer = ask(make_library(tmp_path, events))
    assert answer.images == 30 * 6
    assert "20 images of model comparisons left out." in answer.notes
    assert "20 images of an unknown prompt left out." in answer.notes


def test_little_evidence_says_so_and_how_much_more_is_needed(tmp_path: Path) -> None:
    answer = ask(make_library(tmp_path, studio(5)))
    assert answer.summary == (
        "Not enough evidence to tell what drives ratings for all records: 30 judged images of 5 prompts."
    )
    assert answer.shares == []
    assert "20 more images, 15 more prompts" in answer.next


def test_an_empty_library_and_a_question_without_records_say_so(tmp_path: Path) -> None:
    library = make_library(tmp_path)
    assert ask(library).summary == "No evidence: no judged image of a known prompt matches all records."
    library.append(studio(5), durable=False)
    assert ask(library, subject="zebra").images == 0
    with pytest.raises(QuestionError):
        ask(library, where="smapler:euler")


def test_the_order_of_the_log_changes_no_byte(tmp_path: Path) -> None:
    events = studio(60, lift="lantern", tied_vae=True)
    for number, event in enumerate(events):
        if not hasattr(event, "event_id") and number % 5 == 0:
            events[number] = event.model_copy(update={"prompt_negative": "noise, blurry"})
    first = ask(make_library(tmp_path / "a", events)).model_dump_json()
    for seed in (1, 2):
        shuffled = random.Random(seed).sample(events, len(events))
        assert ask(make_library(tmp_path / str(seed), shuffled)).model_dump_json() == first


def test_a_filter_by_the_outcome_is_pointed_out(tmp_path: Path) -> None:
    answer = ask(make_library(tmp_path, studio(60)), where="rating:>=2")
    assert any("picks by the outcome itself" in note for note in answer.notes)


def test_what_goes_with_larger_batches_drives_no_selections(tmp_path: Path) -> None:
    draw, events = random.Random(3), list[Event]()
    for number in range(60):
        words = draw.sample(WORDS, 3)
        for steps in (20, 36):
            # More steps mostly come in batches of eight, and so do towers; one image is picked of each.
            large = draw.random() < (0.85 if steps == 36 else 0.15) or "tower" in words
            names = [f"{number}-{steps}-{each}" for each in range(8 if large else 2)]
            prompt = ", ".join([*words, f"take{number}"])
            job = make_job(number, job_id=f"{number}-{steps}", model="one", sampler="Euler a", scheduler="Karras",
                           cfg_scale=7.0, steps=steps, prompt_positive=prompt, output_paths=names)  # fmt: skip
            events += [job, selection(job, "selected", image_index=0)]
    answer = ask(make_library(tmp_path, events))
    found = shares(answer)
    assert found["steps"] < 0.02 < 0.2 < found["batch size"]
    assert sum(found.values()) == pytest.approx(1.0, abs=1e-3)
    assert answer.terms.named == 0
    assert any("says nothing of the images" in note for note in answer.notes)
    starred = make_job(9_999, prompt_positive="tower")
    answer = ask(make_library(tmp_path / "both", [*events, starred, rating(starred, 5)]))
    assert "1 image with stars left out: another kind of judgement." in answer.notes


def test_without_a_second_image_of_any_prompt_chance_is_not_put_down_to_the_prompts(tmp_path: Path) -> None:
    draw, events = random.Random(4), list[Event]()
    for number in range(120):
        job = make_job(number, model=("one", "two")[number % 2], prompt_positive=f"{draw.choice(WORDS)}, take{number}")
        events += [job, rating(job, draw.randint(1, 5))]
    answer = ask(make_library(tmp_path, events))
    assert {each.kind for each in answer.shares} == {"parameter", "prompt_or_rest"}
    assert "the prompt, the seed or your own judgement (too few prompts were made twice to tell)" in answer.summary
    assert "go with: the prompt" not in answer.summary


@pytest.mark.parametrize("by", ["rater", "time"])
def test_who_judged_and_when_drives_the_stars_and_not_the_checkpoint_that_went_with_it(by: str, tmp_path: Path) -> None:
    draw, events = random.Random(6), list[Event]()
    for number in range(400):
        mild = draw.random() < 0.5 if by == "rater" else number < 200
        model = "coastline" if mild == (draw.random() < 0.85) else "harbour"
        prompt = f"{', '.join(draw.sample(WORDS, 3))}, take{number // 4}"
        job = make_job(number, model=model, prompt_positive=prompt, sampler="Euler a", scheduler="Karras",
                       steps=20, cfg_scale=7.0)  # fmt: skip
        stars = max(1, min(5, round(draw.gauss(4.2 if mild else 2.6, 0.8))))
        rater = ("Ann" if mild else "Bob") if by == "rater" else None
        events += [job, rating(job, stars).model_copy(update={"recorded_at": START + 9_000 * number, "rater": rater})]
    answer = ask(make_library(tmp_path, events))
    low = {each.parameters[0]: each.low for each in answer.shares if each.parameters}
    assert low["checkpoint"] < 0.01
    if by == "rater":
        assert low["who judged"] > 0.2
        assert any(note.startswith("Another person judges otherwise") for note in answer.notes)
    assert any(note.startswith("Shares are those at equal times of judging") for note in answer.notes)


def test_what_was_only_varied_between_prompts_may_have_had_the_easier_ones(tmp_path: Path) -> None:
    draw, events = random.Random(9), list[Event]()
    for number in range(200):
        easy = draw.random() < 0.5
        model = "coastline" if easy == (draw.random() < 0.8) else "harbour"
        job = make_job(number, model=model, prompt_positive=f"{'fog' if easy else 'crowd'}, take{number}", steps=20)
        events += [job, rating(job, max(1, min(5, round(draw.gauss(4.2 if easy else 2.6, 0.7)))))]
    answer = ask(make_library(tmp_path, events))
    (checkpoint,) = [each for each in answer.shares if each.parameters == ["checkpoint"]]
    assert (checkpoint.compared, checkpoint.low > 0) == ("across prompts", True)
    assert ", or the easier prompts it was used for" in answer.summary
