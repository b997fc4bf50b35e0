"""What is recommended for a prompt, what is only to be tried, and what is not known."""

import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from library_factory import make_job, make_library, rating, reference, selection
from questions import SAME, Event

from learning_core.answers.recommend import recommend_settings
from learning_core.answers.recommendation import Advice, Recommendation
from learning_core.errors import OverLimit, QuestionError
from learning_core.library import Library
from learning_core.model.generation import Experiment, LoraUse
from learning_core.model.judgement import Withdrawal
from learning_core.text.keywords import fold


def recommend(library: Library, prompt: str = "beach", **question: Any) -> Recommendation:
    with library.snapshot() as snapshot:
        return recommend_settings(snapshot, prompt, **question)


def setting(answer: Recommendation, by: str) -> Advice:
    return next(each for each in answer.preset if each.by == by)


def jobs(
    number: int, good: Iterable[int] | float, prompt: str = "beach {}", seed: int = 1, **fields: Any
) -> list[Event]:
    """Return rated jobs of prompts of their own; `good` is a share, or the stars themselves."""
    draw = random.Random(seed)
    stars = [5 if draw.random() < good else 2 for _ in range(number)] if isinstance(good, float) else list(good)
    events: list[Event] = []
    for place, each in enumerate(stars):
        name = f"{prompt}{sorted(fields.items(), key=str)}{seed}-{place}"
        # Each prompt has a scene word of its own, as no two prompts of a person are the same.
        text = prompt.replace("{}", f"scene{place}")
        job = make_job(place, **{"job_id": name, "prompt_positive": text} | SAME | {"model": "coastline"} | fields)
        events += [job, rating(job, each)]
    return events


def test_an_empty_library_recommends_nothing(tmp_path: Path) -> None:
    answer = recommend(make_library(tmp_path))
    assert answer.mode == "nothing"
    assert answer.checkpoint.values == answer.lora.values == []
    assert all(each.values == [] for each in answer.preset)
    assert "nothing is recommended" in answer.summary


def test_names_alone_are_no_reason_to_recommend_the_first(tmp_path: Path) -> None:
    answer = recommend(
        make_library(tmp_path, [make_job(0), make_job(1)]), checkpoints=["realvisxlV50", "dreamshaperXL"]
    )
    assert answer.checkpoint.values == []
    assert answer.checkpoint.candidates == []
    assert [(each.value, each.chance_best) for each in answer.checkpoint.try_next] == [
        ("dreamshaperXL", None),
        ("realvisxlV50", None),
    ]


@pytest.mark.parametrize("number", [1, 3])
def test_a_few_reviews_are_an_answer_but_no_proof(number: int, tmp_path: Path) -> None:
    answer = recommend(make_library(tmp_path, jobs(number, [5] * number)))
    assert answer.checkpoint.tier == "review_only"
    assert answer.checkpoint.status == "never_varied"
    assert answer.checkpoint.candidates[0].n == number
    assert answer.checkpoint.strength == "none"


def test_a_proven_experiment_speaks_only_of_what_it_varied(tmp_path: Path) -> None:
    study = Experiment(experiment_id="cfg", focus_parameter="cfg_scale", evidence="controlled")
    events = jobs(1, [3], cfg_scale=6.0, experiment=study) + jobs(2, [5, 5], cfg_scale=7.0, experiment=study)
    answer = recommend(make_library(tmp_path, events))
    cfg_scale = setting(answer, "cfg_scale")
    assert (cfg_scale.values, cfg_scale.tier, cfg_scale.strength) == (["7"], "experiment_strong", "weak")
    assert all(setting(answer, by).values == [] for by in ("sampler", "scheduler", "steps", "size"))
    assert setting(answer, "steps").tier == "review_only"


def test_what_was_only_observed_is_called_so(tmp_path: Path) -> None:
    answer = recommend(
        make_library(tmp_path, jobs(5, 0.5) + jobs(5, 0.5, model="harbour", loras=[LoraUse(name="film")]))
    )
    assert answer.checkpoint.candidates
    assert answer.lora.tier == "review_only"
    assert any(note.startswith("Observed, not tested") for note in answer.notes)


def test_one_bad_image_is_nothing_to_recommend(tmp_path: Path) -> None:
    answer = recommend(make_library(tmp_path, jobs(1, [1])))
    assert answer.checkpoint.values == []
    assert all(each.values == [] for each in answer.preset)
    assert answer.checkpoint.candidates[0].n == 1


def test_values_that_never_came_out_well_are_not_recommended(tmp_path: Path) -> None:
    events = jobs(3, [1] * 3) + jobs(4, [2] * 4, model="harbour")
    answer = recommend(make_library(tmp_path, events))
    assert (answer.checkpoint.mode, answer.checkpoint.values) == ("explore", [])


def test_many_bad_images_do_not_beat_a_few_good_ones(tmp_path: Path) -> None:
    events = jobs(6, [2] * 6, sampler="Heun") + jobs(3, [5] * 3, sampler="UniPC")
    sampler = setting(recommend(make_library(tmp_path, events)), "sampler")
    assert sampler.values == ["UniPC"]
    assert sampler.mode == "explore"


def test_one_five_against_two_threes_is_unresolved(tmp_path: Path) -> None:
    events = jobs(1, [5], sampler="Heun") + jobs(2, [3, 3], sampler="UniPC")
    sampler = setting(recommend(make_library(tmp_path, events)), "sampler")
    assert (sampler.status, sampler.mode) == ("not_separable", "explore")
    assert sampler.strength in ("none", "weak")


def test_a_sweep_of_steps_says_nothing_of_the_sampler(tmp_path: Path) -> None:
    events = [event for steps, stars in ((20, 2), (28, 5), (36, 3)) for event in jobs(1, [stars], steps=steps)]
    answer = recommend(make_library(tmp_path, events))
    assert setting(answer, "steps").candidates[0].value == "28"
    assert setting(answer, "steps").candidates[0].n == 1
    sampler = setting(answer, "sampler")
    assert (sampler.status, sampler.values, sampler.mode) == ("never_varied", [], "nothing")
    assert "All images judged by stars with coastline used sampler" in sampler.sentence


def test_the_sampler_that_the_words_of_the_prompt_had_comes_first(tmp_path: Path) -> None:
    events = jobs(4, [5] * 4, "beach, sunset", sampler="Heun") + jobs(6, [5] * 6, "forest, fog", sampler="UniPC")
    assert setting(recommend(make_library(tmp_path, events), "beach, sunset"), "sampler").values == ["Heun"]


def test_whole_model_comparisons_never_feed_the_preset(tmp_path: Path) -> None:
    study = Experiment(experiment_id="models", focus_parameter="checkpoint", evidence="preference")
    events = jobs(5, [5] * 5, sampler="Heun", experiment=study) + jobs(5, [2] * 5, model="harbour", experiment=study)
    answer = recommend(make_library(tmp_path, events))
    assert setting(answer, "sampler").status == "no_evidence"
    assert answer.checkpoint.candidates[0].value == "coastline"


def test_only_the_stage_that_is_asked_for_decides(tmp_path: Path) -> None:
    events = jobs(30, 0.9, sampler="Euler a") + jobs(30, 0.1, sampler="Heun")
    events += jobs(30, 0.1, sampler="Euler a", stage="upscale") + jobs(30, 0.9, sampler="Heun", stage="upscale")
    library = make_library(tmp_path, events)
    for stage, best in (("txt2img", "Euler a"), ("upscale", "Heun")):
        sampler = setting(recommend(library, where=f"stage:{stage}"), "sampler")
        assert (sampler.values, sampler.mode) == ([best], "exploit")
    assert any("Stages are mixed" in note for note in recommend(library).notes)


def test_images_of_another_stage_do_not_answer(tmp_path: Path) -> None:
    library = make_library(tmp_path, [*jobs(6, 0.5, stage="img2img"), make_job(1)])
    assert recommend(library, where="stage:txt2img").mode == "explore"
    assert recommend(library, where="stage:txt2img").checkpoint.candidates == []


def test_ties_are_named_and_the_cheapest_only_if_asked(tmp_path: Path) -> None:
    events = [event for steps, stars in ((40, 5), (20, 5), (30, 3)) for event in jobs(1, [stars], steps=steps)]
    library = make_library(tmp_path, events)
    assert setting(recommend(library), "steps").values == ["20", "40"]
    assert "tied" in setting(recommend(library), "steps").sentence
    assert setting(recommend(library, cheapest=True), "steps").values == ["20"]


def test_of_equal_shares_the_one_with_more_stars_leads_on_one_image(tmp_path: Path) -> None:
    events = [event for cfg, stars in ((6.0, 4), (8.0, 5), (10.0, 3)) for event in jobs(1, [stars], cfg_scale=cfg)]
    cfg_scale = setting(recommend(make_library(tmp_path, events)), "cfg_scale")
    assert (cfg_scale.values, cfg_scale.strength) == (["8"], "none")
    assert "1 of 1 good" in cfg_scale.sentence


def test_two_lucky_images_do_not_push_a_sure_leader_away(tmp_path: Path) -> None:
    events = jobs(80, 0.7, model="A") + jobs(80, 0.1, model="B") + jobs(2, [5, 5], model="lucky")
    checkpoint = recommend(make_library(tmp_path, events)).checkpoint
    assert (checkpoint.mode, checkpoint.values) == ("exploit", ["A"])


def test_two_lucky_images_are_best_so_far_where_nothing_leads_surely(tmp_path: Path) -> None:
    events = jobs(30, 0.5, model="A") + jobs(30, 0.5, seed=2, model="B") + jobs(2, [5, 5], model="lucky")
    checkpoint = recommend(make_library(tmp_path, events)).checkpoint
    assert (checkpoint.mode, checkpoint.values) == ("explore", ["lucky"])


def test_tied_checkpoints_are_all_named(tmp_path: Path) -> None:
    answer = recommend(make_library(tmp_path, jobs(3, [5] * 3) + jobs(3, [5] * 3, model="harbour")))
    assert answer.checkpoint.values == ["coastline", "harbour"]
    assert answer.with_checkpoint is None


def test_zero_is_a_value_like_any_other(tmp_path: Path) -> None:
    events = jobs(4, [5] * 4, cfg_scale=0.0) + jobs(4, [2] * 4, cfg_scale=7.0)
    assert setting(recommend(make_library(tmp_path, events)), "cfg_scale").values == ["0"]


def three_of_three(tmp_path: Path) -> Library:
    return make_library(tmp_path, jobs(20, [5] * 15 + [2] * 5, model="A") + jobs(3, [5] * 3, model="B"))


def test_three_of_three_is_not_surely_better_than_fifteen_of_twenty(tmp_path: Path) -> None:
    checkpoint = recommend(three_of_three(tmp_path)).checkpoint
    assert checkpoint.mode == "explore"
    assert {each.value: (each.good, each.n) for each in checkpoint.candidates} == {"A": (15, 20), "B": (3, 3)}
    assert all(each.low is not None and each.high is not None for each in checkpoint.candidates)
    assert checkpoint.regret is not None
    assert checkpoint.try_next


def test_a_checkpoint_never_tried_is_unknown_and_never_the_winner(tmp_path: Path) -> None:
    bad = jobs(9, [5, *[1] * 8], model="A")
    unjudged = make_job(1, model="never")
    checkpoint = recommend(make_library(tmp_path, [*bad, unjudged])).checkpoint
    assert "never" not in checkpoint.values
    assert [each.value for each in checkpoint.candidates] == ["A"]
    (never,) = [each for each in checkpoint.try_next if each.value == "never"]
    assert never.chance_best is None
    assert "unknown" in never.why


def test_realistic_is_a_word_like_any_other(tmp_path: Path) -> None:
    events = jobs(30, 0.9, "realistic {}", model="A") + jobs(30, 0.2, "realistic {}", model="B")
    answer = recommend(make_library(tmp_path, events), "realistic")
    assert answer.words == ["realistic"]
    assert answer.words_unknown == []
    assert answer.checkpoint.values == ["A"]


def test_rates_are_over_what_was_shown_not_only_what_was_picked(tmp_path: Path) -> None:
    events: list[Event] = []
    for model, shown, picked in (("A", 50, 5), ("B", 60, 25)):
        for number in range(shown):
            job = make_job(number, job_id=f"{model}{number}", model=model, prompt_positive=f"beach p{number}", **SAME)
            events += [job, selection(job, "selected" if number < picked else "rejected")]
    answer = recommend(make_library(tmp_path, events))
    assert answer.outcome == "selected"
    assert answer.checkpoint.values == ["B"]


def own_order(tmp_path: Path) -> Library:
    """Beach is A's; golden hour, everywhere, is B's."""
    events = jobs(40, 0.9, "beach {}", model="A") + jobs(40, 0.15, "beach {}", model="B")
    for place, scene in enumerate(("forest", "tower", "market", "bridge")):
        events += jobs(30, 0.3, f"{scene} golden hour {{}}", seed=10 + place, model="A")
        events += jobs(30, 0.75, f"{scene} golden hour {{}}", seed=20 + place, model="B")
    return make_library(tmp_path, events)


@pytest.mark.parametrize("prompt", ["beach", "beach, golden hour", "golden hour, beach, detailed"])
def test_a_generic_word_does_not_change_the_winner_of_a_clear_topic(prompt: str, tmp_path: Path) -> None:
    answer = recommend(own_order(tmp_path), prompt)
    assert answer.checkpoint.values == ["A"]
    assert answer.checkpoint.basis == "words"


def test_other_words_have_the_winner_of_all_prompts(tmp_path: Path) -> None:
    answer = recommend(own_order(tmp_path), "tower")
    assert answer.checkpoint.values == ["B"]


def test_syntax_is_no_word_and_whole_words_stay(tmp_path: Path) -> None:
    answer = recommend(make_library(tmp_path), "<lora:add-detail-xl:0.8> women's (hat:1.2), 海")
    assert answer.words == [fold("women's"), "hat", "海"]


def test_words_make_no_difference_and_the_best_of_all_prompts_leads(tmp_path: Path) -> None:
    events: list[Event] = []
    for place, scene in enumerate(("beach", "forest", "tower", "market", "bridge", "desert")):
        events += jobs(25, 0.8, f"{scene} {{}}", seed=place, model="A")
        events += jobs(25, 0.3, f"{scene} {{}}", seed=50 + place, model="B")
    answer = recommend(make_library(tmp_path, events), "beach")
    assert (answer.mode, answer.checkpoint.values) == ("exploit", ["A"])
    assert answer.checkpoint.basis == "library"
    assert "The words make no detectable difference to checkpoint." in answer.checkpoint.why


def test_a_few_images_of_the_words_that_speak_against_the_leader_are_heard(tmp_path: Path) -> None:
    events = jobs(9, [2] * 9, "beach {}", model="A") + jobs(9, [5] * 9, "beach {}", model="B")
    for place, scene in enumerate(("forest", "tower", "market", "bridge", "desert")):
        events += jobs(25, 0.75, f"{scene} {{}}", seed=place, model="A")
        events += jobs(25, 0.45, f"{scene} {{}}", seed=50 + place, model="B")
    library = make_library(tmp_path, events)
    assert recommend(library, "forest").mode == "exploit"
    assert recommend(library, "beach").mode == "explore"


def test_unknown_words_give_the_rates_of_all_prompts_and_say_so(tmp_path: Path) -> None:
    library = make_library(tmp_path, jobs(40, 0.9, model="A") + jobs(40, 0.2, model="B"))
    answer = recommend(library, "zeppelin over clouds")
    assert answer.words_unknown == answer.words == ["zeppelin", "over", "cloud"]
    assert answer.checkpoint.basis == "library"
    assert any(note.startswith("Cold start") for note in answer.notes)


def test_several_words_have_no_interval_and_a_lower_claim(tmp_path: Path) -> None:
    events = jobs(60, 0.9, "beach sunset {}", model="A") + jobs(60, 0.2, "beach sunset {}", model="B")
    library = make_library(tmp_path, events)
    one, two = recommend(library, "beach").checkpoint, recommend(library, "beach sunset").checkpoint
    assert one.candidates[0].low is not None
    assert two.candidates[0].low is two.candidates[0].high is None
    assert (one.strength, two.strength) == ("strong", "moderate")


def test_the_preset_is_the_one_of_the_recommended_checkpoint(tmp_path: Path) -> None:
    """Heun is best overall, but with checkpoint A it fails."""
    events = jobs(40, 0.95, model="A", sampler="UniPC") + jobs(40, 0.3, model="A", sampler="Heun")
    events += jobs(20, 0.1, model="B", sampler="UniPC") + jobs(200, 0.6, model="B", sampler="Heun")
    answer = recommend(make_library(tmp_path, events), checkpoints=["A"])
    assert answer.with_checkpoint == "A"
    assert answer.checkpoint.mode == "given"
    sampler = setting(answer, "sampler")
    assert (sampler.values, sampler.mode) == (["UniPC"], "exploit")
    assert any("Rates are those with A" in line for line in sampler.why)
    assert answer.together is not None
    assert answer.together.n == 40


def test_a_sampler_never_used_with_the_checkpoint_is_not_put_together_with_it(tmp_path: Path) -> None:
    events = jobs(40, 0.9, model="A", sampler="UniPC") + jobs(40, 0.4, model="A", sampler="Euler a")
    events += jobs(80, 0.5, model="B", sampler="Heun") + jobs(40, 0.1, model="B", sampler="UniPC")
    sampler = setting(recommend(make_library(tmp_path, events), checkpoints=["A"], limit=9), "sampler")
    assert sampler.values == ["UniPC"]
    assert "Heun" not in [each.value for each in sampler.candidates]


def loras(*names: tuple[str, float]) -> list[LoraUse]:
    return [LoraUse(name=name, weight=weight) for name, weight in names]


def test_a_lora_is_recommended_only_with_the_checkpoint_that_it_goes_with(tmp_path: Path) -> None:
    events = jobs(60, 0.3, model="A") + jobs(60, 0.9, model="A", loras=loras(("film", 0.6)))
    events += jobs(60, 0.8, model="B") + jobs(60, 0.2, model="B", loras=loras(("film", 0.6)))
    library = make_library(tmp_path, events)
    (film,) = recommend(library, checkpoints=["A"]).loras
    assert (film.name, film.weight, film.n) == ("film", 0.6, 60)
    with_b = recommend(library, checkpoints=["B"])
    assert with_b.loras == []
    assert with_b.lora.values == ["(no LoRA)"]


def test_the_weight_is_the_one_that_did_best_with_the_checkpoint(tmp_path: Path) -> None:
    events = jobs(60, 0.3, model="A")
    events += jobs(50, 0.95, model="A", loras=loras(("film", 0.3))) + jobs(
        50, 0.5, model="A", loras=loras(("film", 1.0))
    )
    (film,) = recommend(make_library(tmp_path, events)).loras
    assert film.weight == 0.3
    assert film.weight_strength in ("moderate", "strong")
    assert [(band.band, band.n) for band in film.bands] == [("0.3", 50), ("1", 50)]


def test_a_lora_never_used_with_the_checkpoint_is_unknown(tmp_path: Path) -> None:
    events = jobs(30, 0.5, model="A") + jobs(30, 0.9, model="B", loras=loras(("film", 0.6)))
    answer = recommend(make_library(tmp_path, events), checkpoints=["A"], loras=["film"])
    assert answer.loras == []
    assert "film" not in answer.lora.values
    assert [(each.value, each.chance_best) for each in answer.lora.try_next] == [("film", None)]


def test_what_did_well_elsewhere_is_the_first_to_be_tried(tmp_path: Path) -> None:
    events = jobs(30, 0.5, model="A", sampler="UniPC") + jobs(30, 0.2, model="B", sampler="DDIM")
    events += jobs(30, 0.9, model="B", sampler="Heun")
    sampler = setting(recommend(make_library(tmp_path, events), checkpoints=["A"]), "sampler")
    assert (sampler.mode, sampler.values) == ("explore", [])
    assert [(each.value, each.chance_best) for each in sampler.try_next] == [("Heun", None), ("DDIM", None)]


def test_without_a_known_weight_none_is_made_up(tmp_path: Path) -> None:
    unknown = [LoraUse(name="film")]
    events = jobs(60, 0.3, model="A") + jobs(60, 0.9, model="A", loras=unknown)
    (film,) = recommend(make_library(tmp_path, events)).loras
    assert (film.weight, film.bands) == (None, [])


def test_a_weight_of_zero_is_a_weight(tmp_path: Path) -> None:
    events = jobs(60, 0.3, model="A") + jobs(60, 0.9, model="A", loras=loras(("film", 0.0)))
    (film,) = recommend(make_library(tmp_path, events)).loras
    assert film.weight == 0.0


def test_long_prompts_give_the_same_bytes_in_any_order_of_the_log(tmp_path: Path) -> None:
    draw = random.Random(3)
    scenes = [f"word{letter}" for letter in "abcdefghijklmnopqrstuvwxy"]
    pairs: list[list[Event]] = []
    for number in range(60):
        job = make_job(number, prompt_positive=" ".join(draw.sample(scenes, 15)))
        pairs.append([job, rating(job, 5 if draw.random() < 0.5 else 2)])
    answers = set()
    for number in range(3):
        random.Random(number).shuffle(pairs)
        library = make_library(tmp_path / str(number), [event for pair in pairs for event in pair])
        answers.add(recommend(library, " ".join(scenes)).model_dump_json())
    assert len(answers) == 1
    assert len(recommend(library, " ".join(scenes)).words) == 10


def test_a_lora_that_always_had_better_steps_is_not_the_proven_cause(tmp_path: Path) -> None:
    events = jobs(60, 0.3, model="A", steps=20) + jobs(60, 0.9, model="A", steps=40, loras=loras(("film", 0.6)))
    answer = recommend(make_library(tmp_path, events))
    assert answer.loras == []
    assert "entangled" in answer.lora.sentence


def test_names_are_found_in_any_spelling_and_misspelt_ones_with_what_is_near(tmp_path: Path) -> None:
    library = make_library(tmp_path, jobs(9, 0.5, model="coastlineXL") + jobs(9, 0.5, model="harbour"))
    answer = recommend(library, checkpoints=["SDXL\\CoastlineXL.safetensors [31e35c80fc]", "harbuor"], loras=["film"])
    assert [each.value for each in answer.checkpoint.candidates] == ["coastlineXL"]
    assert [(each.by, each.name, each.near) for each in answer.not_known] == [
        ("checkpoint", "harbuor", ["harbour"]),
        ("lora", "film", []),
    ]
    assert "harbuor" in answer.summary


def test_only_unknown_names_recommend_nothing(tmp_path: Path) -> None:
    answer = recommend(make_library(tmp_path, jobs(9, 0.5)), checkpoints=["zzz"])
    assert answer.checkpoint.values == []
    assert "None of the named checkpoints is known" in answer.summary


def test_forty_equal_checkpoints_are_to_be_explored(tmp_path: Path) -> None:
    events = [event for n in range(40) for event in jobs(12, 0.5, seed=n, model=f"model{n:02}")]
    assert recommend(make_library(tmp_path, events)).mode == "explore"


def test_withdrawn_jobs_count_for_nothing(tmp_path: Path) -> None:
    events = jobs(9, 0.5)
    gone = make_job(900, model="ghost", prompt_positive="beach", **SAME)
    before = recommend(make_library(tmp_path / "a", events))
    taken_back = Withdrawal(event_id="w", job_id=gone.job_id, withdrawn=True)
    after = recommend(make_library(tmp_path / "b", [*events, gone, rating(gone, 5), taken_back]))
    assert before == after


def test_images_without_prompt_count_too(tmp_path: Path) -> None:
    events: list[Event] = []
    for number in range(8):
        job = make_job(number, prompt_positive=None, **SAME | {"sampler": ("Heun", "UniPC")[number % 2]})
        events += [job, rating(job, 5 if number % 2 else 1)]
    answer = recommend(make_library(tmp_path, events))
    assert {each.value: each.n for each in setting(answer, "sampler").candidates} == {"UniPC": 4} | (
        {} if answer.with_checkpoint else {"Heun": 4}
    )


def test_the_order_of_the_log_changes_no_byte(tmp_path: Path) -> None:
    events = jobs(30, 0.7, "beach sunset {}", model="A", loras=loras(("film", 0.6)))
    events += jobs(30, 0.4, "beach {}", model="B") + jobs(20, 0.5, "forest fog {}", model="A", sampler="Heun")
    answers = set()
    for number in range(3):
        shuffled = list(events)
        random.Random(number).shuffle(shuffled)
        library = make_library(tmp_path / str(number), shuffled)
        answers.add(
            "\n".join(recommend(library, each).model_dump_json() for each in ("beach", "beach sunset", "tower"))
        )
    assert len(answers) == 1


def test_an_unrelated_record_changes_no_count_and_an_unjudged_one_no_byte(tmp_path: Path) -> None:
    events = jobs(30, 0.8, model="A") + jobs(30, 0.3, model="B")
    before = recommend(make_library(tmp_path / "a", events))
    unjudged = make_job(700, prompt_positive="harbour", **SAME | {"model": "A", "steps": 99})
    assert recommend(make_library(tmp_path / "b", [*events, unjudged])) == before
    other = jobs(1, [5], "harbour", model="C", sampler="Heun", steps=50)
    after = recommend(make_library(tmp_path / "c", [*events, *other]))

    def counts(answer: Recommendation) -> dict[str, tuple[Any, ...]]:
        return {
            each.value: (each.n, each.good, each.prompts, each.n_with_words, each.evidence)
            for each in answer.checkpoint.candidates
        }

    assert counts(before).items() <= counts(after).items()
    assert after.checkpoint.values == before.checkpoint.values
    assert [each.candidates[0].n for each in after.preset] == [each.candidates[0].n for each in before.preset]


def test_records_with_the_words_stand_behind_a_value(tmp_path: Path) -> None:
    events = jobs(5, [5] * 5, "forest {}") + jobs(5, [4] * 5, "beach {}") + jobs(5, [2] * 5, "beach {}", model="B")
    first = recommend(make_library(tmp_path, events)).checkpoint.candidates[0]
    assert (first.n, first.n_with_words) == (10, 5)
    beach = {reference(event) for event in events if getattr(event, "prompt_positive", "").startswith("beach")}
    assert set(first.evidence) <= beach


def test_a_question_put_wrongly_is_refused(tmp_path: Path) -> None:
    library = make_library(tmp_path, jobs(3, 0.5))
    with pytest.raises(QuestionError):
        recommend(library, where="stps:3")
    with pytest.raises(OverLimit):
        recommend(library, "x" * 100_001)
    with pytest.raises(OverLimit):
        recommend(library, checkpoints=[f"m{n}" for n in range(300)])


def test_a_prompt_is_told_what_one_of_its_words_is_told_with_certainty(tmp_path: Path) -> None:
    events: list[Event] = []
    for model, good in (("coastline", 0.85), ("harbour", 0.2)):
        events += jobs(18, good, "beach {}", model=model) + jobs(12, 0.5, "forest {}", model=model)
    library = make_library(tmp_path, events)
    asked = recommend(library, "a beach with scene3 and scene4")
    assert (asked.checkpoint.values, asked.mode, asked.checkpoint.strength) == (["coastline"], "exploit", "moderate")
    assert recommend(library, "forest with scene3 and scene4").mode == "explore"


def test_the_more_words_are_looked_at_the_surer_one_of_them_must_be(tmp_path: Path) -> None:
    events: list[Event] = []
    for model, good in (("coastline", 0.85), ("harbour", 0.3)):
        events += jobs(16, good, "beach {}", model=model)
        events += jobs(12, 0.5, "forest calm soft wide warm still {}", model=model)
    library = make_library(tmp_path, events)
    assert recommend(library, "beach with scene3").checkpoint.strength == "moderate"
    assert recommend(library, "beach calm soft wide warm still").checkpoint.strength == "none"


def test_a_value_whose_batches_were_judged_in_part_is_not_recommended_over_others(tmp_path: Path) -> None:
    def library(name: str, images: int) -> Library:
        events = jobs(20, 0.9, model="coastline", output_paths=[f"{each}" for each in range(images)])
        return make_library(tmp_path / name, [*events, *jobs(20, 0.2, model="harbour")])

    assert recommend(library("even", 1)).checkpoint.mode == "exploit"
    uneven = recommend(library("uneven", 4)).checkpoint
    assert (uneven.mode, uneven.strength) == ("explore", "weak")
    assert "entangled with how unevenly their images were judged" in uneven.sentence


@pytest.mark.parametrize("seen", ["all", "good"])
def test_a_checkpoint_of_which_mostly_the_good_images_are_judged_is_not_recommended_over_others(
    seen: str, tmp_path: Path
) -> None:
    events = jobs(40, 0.9, model="coastline") + jobs(40, 0.3, model="harbour")
    if seen == "good":
        for number in range(40):
            events.append(make_job(5_000 + number, model="coastline", prompt_positive=f"beach unseen {number}", **SAME))
    checkpoint = recommend(make_library(tmp_path, events)).checkpoint
    assert (checkpoint.mode == "exploit") is (seen == "all")
    assert ("how unevenly their images were judged" in checkpoint.sentence) is (seen == "good")
