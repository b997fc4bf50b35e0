"""Two settings set against each other: claims only where they hold, and the numbers that decided it."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from library_factory import START, make_job, make_library, rating, selection
from questions import Event, about, ask

from learning_core.answers.compare_settings import compare_settings
from learning_core.answers.settings_comparison import SettingsComparison
from learning_core.errors import BadFilter, UnknownValue
from learning_core.library import Library
from learning_core.log.events import event_line
from learning_core.model.generation import Experiment
from learning_core.model.judgement import Rating, Withdrawal

A, B = "sampler:Alpha", "sampler:Beta"
CLAIMS = ("a_better", "b_better")
EQUAL = {"scheduler": "Karras", "cfg_scale": 7.0, "steps": 20, "model": "coastline"}


def compare(library: Library, a: str = A, b: str = B, **question: Any) -> SettingsComparison:
    return library.ask(lambda snapshot: compare_settings(snapshot, a, b, **question))


def rated(number: int, sampler: str, stars: int, prompt: str = "", **fields: Any) -> list[Event]:
    if "timestamp_start" in fields:
        fields["timestamp_end"] = fields["timestamp_start"] + 12
    content = {**EQUAL, "sampler": sampler, "prompt_positive": prompt or f"scene {number}", **fields}
    job = make_job(number, **content)
    return [job, rating(job, stars)]


def paired(prompts: int, chance_a: float, chance_b: float, seed: int = 1, **fields: Any) -> list[Event]:
    """Both samplers on the same prompts and seeds, one image each, made one after the other."""
    draw, events = random.Random(seed), list[Event]()
    for number in range(prompts):
        for arm, chance in ((0, chance_a), (1, chance_b)):
            stars = 5 if draw.random() < chance else 2
            events += rated(2 * number + arm, ("Alpha", "Beta")[arm], stars, f"scene {number}", seed=number, **fields)
    return events


def check(answer: SettingsComparison, factor: str) -> str:
    return next(each.outcome for each in answer.at_equal if each.factor == factor)


@pytest.mark.parametrize("numbers", [(6, 3), (6, 2)])
def test_few_good_images_lead_many_bad_ones_without_a_claim(tmp_path: Path, numbers: tuple[int, int]) -> None:
    bad, good = numbers
    events = [event for number in range(bad) for event in rated(number, "Alpha", 2)]
    events += [event for number in range(good) for event in rated(100 + number, "Beta", 5)]
    answer = compare(make_library(tmp_path, events))
    assert answer.leader == "b"
    assert answer.verdict in ("not_separable", "not_enough_evidence")
    assert answer.strength in ("none", "weak")
    assert (answer.a.n, answer.b.n) == numbers
    assert answer.stars is not None
    assert answer.stars.value == -3.0
    assert "same new prompts" in answer.next


def test_one_image_against_two_is_not_enough(tmp_path: Path) -> None:
    events = rated(0, "Alpha", 5) + rated(1, "Beta", 3) + rated(2, "Beta", 3)
    answer = compare(make_library(tmp_path, events))
    assert answer.verdict == "not_enough_evidence"
    assert "A (sampler:Alpha) has 1 judged image of 1 record" in answer.summary
    assert "B (sampler:Beta) has 2 judged images" in answer.summary


def test_values_that_tie_at_the_top_have_no_leader(tmp_path: Path) -> None:
    events = [event for number in range(12) for event in rated(number, ("Alpha", "Beta")[number % 2], 5)]
    answer = compare(make_library(tmp_path, events))
    assert (answer.leader, answer.verdict) == ("", "not_separable")


def test_a_frozen_sweep_of_two_values_leads_with_the_better_one(tmp_path: Path) -> None:
    events = list[Event]()
    for number in range(6):
        cfg = 3.0 if number < 4 else 7.0
        experiment = Experiment(experiment_id="sweep", focus_parameter="cfg_scale")
        events += rated(number, "Alpha", 2 if cfg == 3.0 else 5, cfg_scale=cfg, experiment=experiment)
    answer = compare(make_library(tmp_path, events), "cfg:3", "cfg:7")
    assert answer.leader == "b"
    assert answer.verdict not in CLAIMS


def test_three_of_three_against_fifteen_of_twenty_is_unresolved_with_both_rates(tmp_path: Path) -> None:
    events = list[Event]()
    for number in range(23):
        job = make_job(number, sampler="Alpha" if number < 20 else "Beta", prompt_positive=f"beach {number}", **EQUAL)
        events += [job, selection(job, "rejected" if number < 5 else "selected")]
    answer = compare(make_library(tmp_path, events), subject="beach")
    assert (answer.a.good, answer.a.n, answer.b.good, answer.b.n) == (15, 20, 3, 3)
    assert (answer.outcome, answer.verdict) == ("selected", "not_separable")
    assert answer.difference is not None
    assert answer.difference.low < 0 < answer.difference.high
    assert answer.ratings_to_settle
    assert str(answer.ratings_to_settle) in answer.summary.replace(",", "")


@pytest.mark.parametrize(("others", "names"), [(5, "A"), (2, "A and B")])
def test_where_only_good_images_are_judged_more_of_them_would_settle_nothing(
    others: int, names: str, tmp_path: Path
) -> None:
    events = list[Event]()
    for number in range(40):
        sampler = "Alpha" if number < 20 else "Beta"
        job = make_job(number, sampler=sampler, prompt_positive=f"beach {number}", **EQUAL)
        events.append(job)
        if number % 2 == 0:
            events.append(rating(job, 5))
        elif sampler == "Beta" and others == 5 and number % 10 == 1:
            events.append(rating(job, 2))
    library = make_library(tmp_path, events)
    answer = compare(library)
    said = f"Every judged image of {names} came out well, so more like these would settle nothing: judge images that"
    assert answer.verdict == "not_separable"
    assert said in answer.summary
    assert (answer.ratings_to_settle, answer.prompts_to_settle) == (None, None)
    of_sampler = about(ask(library, ""), "sampler")
    assert said.replace("A and B", "Alpha and Beta").replace(" A ", " Alpha ") in of_sampler.why[-1]


def test_where_unequal_parts_are_judged_no_number_of_ratings_is_asked_for(tmp_path: Path) -> None:
    events = list[Event]()
    for number in range(60):
        job = make_job(number, sampler=("Alpha", "Beta")[number % 2], prompt_positive=f"beach {number}", **EQUAL)
        events += [job, *([rating(job, 2 + number % 3)] if number % 2 or number % 3 else [])]
    answer = compare(make_library(tmp_path, events))
    assert answer.verdict == "not_separable"
    assert "while such unequal parts of A and B are judged: judge the others, too." in answer.summary
    assert answer.ratings_to_settle is None


def test_what_counts_is_decided_by_what_was_said_as_in_every_answer(tmp_path: Path) -> None:
    events = list[Event]()
    for number in range(30):
        names = [f"{number}-{image}" for image in range(8)]
        job = make_job(number, sampler=("Alpha", "Beta")[number % 2], output_paths=names, **EQUAL)
        events += [job, selection(job, "selected", image_index=0) if number < 10 else rating(job, 4, image_index=0)]
    library = make_library(tmp_path, events)
    assert compare(library).outcome == ask(library, "").outcome == "rated_4_or_5"


def test_one_image_before_and_a_few_after_is_not_an_improvement(tmp_path: Path) -> None:
    day = 86_400.0
    events = rated(0, "Alpha", 2, timestamp_start=START)
    for number in range(1, 5):
        events += rated(number, "Alpha", 5, timestamp_start=START + 30 * day)
    answer = compare(make_library(tmp_path, events), "after:2025-10-20", "before:2025-10-20")
    assert answer.verdict == "not_enough_evidence"
    assert (answer.a.n, answer.b.n) == (4, 1)


def test_periods_that_also_differ_in_a_setting_are_entangled_with_it(tmp_path: Path) -> None:
    day, events = 86_400.0, list[Event]()
    for number in range(60):
        late = number % 2 == 1
        time = START + (30 * day if late else 0.0) + number
        events += rated(number, "Alpha", 5 if late else 2, timestamp_start=time, steps=40 if late else 20)
    answer = compare(make_library(tmp_path, events), "after:2025-10-20", "before:2025-10-20")
    assert (answer.verdict, answer.strength) == ("entangled", "weak")
    assert check(answer, "steps") == "always_together"
    assert "always varied together with steps" in answer.summary
    assert "with equal steps" in answer.next


@pytest.mark.parametrize("seed", range(8))
def test_a_setting_used_mainly_for_an_easy_word_wins_nothing_by_it(tmp_path: Path, seed: int) -> None:
    draw, events = random.Random(seed), list[Event]()
    for number in range(400):
        first = number % 2 == 0
        easy = draw.random() < (0.85 if first else 0.15)
        stars = 5 if draw.random() < (0.75 if easy else 0.35) else 2
        events += rated(number, "Alpha" if first else "Beta", stars, f"{'meadow' if easy else 'crowd'} {number}")
    answer = compare(make_library(tmp_path, events))
    assert answer.difference is not None
    assert answer.difference.low > 0
    assert answer.verdict == "entangled"
    assert answer.strength == "weak"
    assert "the word" in answer.summary


def test_easy_prompts_of_many_words_are_seen_together(tmp_path: Path) -> None:
    draw, events = random.Random(3), list[Event]()
    for number in range(600):
        first = number % 2 == 0
        easy = draw.random() < (0.8 if first else 0.2)
        word = f"{'bright' if easy else 'dark'}{draw.randrange(15)}"
        stars = 5 if draw.random() < (0.8 if easy else 0.3) else 2
        events += rated(number, "Alpha" if first else "Beta", stars, f"{word} {number}")
    answer = compare(make_library(tmp_path, events))
    assert check(answer, "prompt words") == "confounded"
    assert answer.verdict == "entangled"


def test_pairs_find_a_difference_that_all_images_hide(tmp_path: Path) -> None:
    draw, events = random.Random(2), paired(60, 0.75, 0.35)
    for number in range(200, 320):
        # Alone, the better one had the prompts that nothing succeeds with.
        easy = number % 2 == 0
        stars = 5 if draw.random() < (0.9 if easy else 0.05) else 2
        events += rated(number, "Beta" if easy else "Alpha", stars)
    answer = compare(make_library(tmp_path, events))
    assert answer.difference is not None
    assert answer.difference.value < 0
    assert check(answer, "prompt") == "confounded"
    assert (answer.verdict, answer.leader, answer.strength) == ("a_better", "a", "strong")
    assert answer.basis in ("same_prompt", "same_prompt_and_seed", "all_else_equal")
    pairs = {each.match: each.groups for each in answer.matched}
    assert pairs == {"same_prompt": 60, "same_prompt_and_seed": 60, "all_else_equal": 60}
    assert any("pairs of the same prompt" in sentence or "same prompts" in sentence for sentence in answer.why)


def test_a_few_pairs_that_disagree_with_all_images_only_stop_the_claim(tmp_path: Path) -> None:
    draw, events = random.Random(2), paired(30, 0.95, 0.2)
    for number in range(200, 600):
        easy = number % 2 == 0
        stars = 5 if draw.random() < (0.8 if easy else 0.3) else 2
        events += rated(number, "Beta" if easy else "Alpha", stars)
    answer = compare(make_library(tmp_path, events))
    assert (answer.leader, answer.basis) == ("b", "all_images")
    assert check(answer, "prompt") == "confounded"
    assert (answer.verdict, answer.strength) == ("entangled", "weak")


def test_what_may_still_flip_is_no_claim(tmp_path: Path) -> None:
    events = list[Event]()
    for number in range(96):
        arm, place = number % 2, number // 2
        stars = 5 if place % 16 < (10 if arm == 0 else 6) else 2
        events += rated(number, ("Alpha", "Beta")[arm], stars)
    answer = compare(make_library(tmp_path, events))
    assert answer.difference is not None
    assert answer.difference.bayes_factor < 20
    assert (answer.strength, answer.leader, answer.verdict) == ("moderate", "a", "not_separable")
    assert "A leads (moderate), unproven" in answer.summary


def test_pairs_that_differ_in_another_setting_too_are_counted_apart(tmp_path: Path) -> None:
    events = paired(20, 0.9, 0.2)
    for number in range(100, 110):
        for arm in (0, 1):
            sampler, steps = ("Alpha", "Beta")[arm], (20, 30)[arm]
            events += rated(2 * number + arm, sampler, 4, f"scene {number}", seed=number, steps=steps)
    answer = compare(make_library(tmp_path, events))
    assert {each.match: each.groups for each in answer.matched} == {
        "all_else_equal": 20,
        "same_prompt_and_seed": 30,
        "same_prompt": 30,
    }


def test_arms_that_always_had_their_own_steps_are_entangled_even_in_pairs(tmp_path: Path) -> None:
    events = list[Event]()
    for number in range(40):
        for arm in (0, 1):
            steps = (20, 40)[arm]
            sampler, stars = ("Alpha", "Beta")[arm], (5, 2)[arm]
            events += rated(2 * number + arm, sampler, stars, f"scene {number}", seed=number, steps=steps)
    answer = compare(make_library(tmp_path, events))
    assert (answer.verdict, answer.strength) == ("entangled", "weak")
    assert "steps" in answer.summary
    # Asked for as a bundle, the steps belong to the arms.
    both = compare(make_library(tmp_path), f"{A} steps:20", f"{B} steps:40")
    assert (both.verdict, both.strength) == ("a_better", "strong")


def test_equal_settings_on_many_prompts_are_practically_equal(tmp_path: Path) -> None:
    events = list[Event]()
    for number in range(700):
        for arm in (0, 1):
            stars = 5 if (number + arm) % 2 else 3
            events += rated(2 * number + arm, ("Alpha", "Beta")[arm], stars, f"scene {number}")
    answer = compare(make_library(tmp_path, events))
    assert answer.verdict == "practically_equal"
    assert answer.difference is not None
    assert answer.difference.probability_equal >= 0.9
    assert answer.ratings_to_settle is None


def test_equal_shares_with_unequal_stars_are_not_called_equal(tmp_path: Path) -> None:
    events = list[Event]()
    for number in range(400):
        for arm in (0, 1):
            events += rated(2 * number + arm, ("Alpha", "Beta")[arm], (3, 1)[arm], f"scene {number}")
    answer = compare(make_library(tmp_path, events))
    assert answer.verdict != "practically_equal"
    assert answer.stars is not None
    assert answer.stars.value == 2.0


def test_arms_that_were_judged_unevenly_are_weak_at_most_with_bounds(tmp_path: Path) -> None:
    events = paired(80, 0.9, 0.3)
    events += [
        make_job(1000 + number, sampler="Alpha", prompt_positive=f"more {number}", **EQUAL) for number in range(200)
    ]
    answer = compare(make_library(tmp_path, events))
    assert answer.strength == "weak"
    assert answer.verdict not in CLAIMS
    assert answer.unjudged_low is not None
    assert answer.unjudged_low < 0 < (answer.unjudged_high or 0)
    assert any("are judged" in note for note in answer.notes)


def mirrored(answer: SettingsComparison) -> dict[str, Any]:
    """Return what swapped arms must say, as numbers."""
    verdict = {"a_better": "b_better", "b_better": "a_better"}.get(answer.verdict, answer.verdict)
    leader = {"a": "b", "b": "a"}.get(answer.leader, "")
    differences = [answer.difference, answer.stars, *(each.difference for each in answer.matched)]
    differences += [each.difference for each in answer.at_equal]
    return {
        "verdict": (verdict, leader, answer.strength, answer.basis, answer.ratings_to_settle),
        "arms": (answer.b, answer.a),
        "differences": [
            each and (0 - each.value, 0 - each.high, 0 - each.low, each.n_b, each.n_a) for each in differences
        ],
        "checks": [(each.factor, each.outcome, each.covered) for each in answer.at_equal],
        "bounds": (0 - (answer.unjudged_high or 0), 0 - (answer.unjudged_low or 0)),
    }


def plain(answer: SettingsComparison) -> dict[str, Any]:
    differences = [answer.difference, answer.stars, *(each.difference for each in answer.matched)]
    differences += [each.difference for each in answer.at_equal]
    return {
        "verdict": (answer.verdict, answer.leader, answer.strength, answer.basis, answer.ratings_to_settle),
        "arms": (answer.a, answer.b),
        "differences": [each and (each.value, each.low, each.high, each.n_a, each.n_b) for each in differences],
        "checks": [(each.factor, each.outcome, each.covered) for each in answer.at_equal],
        "bounds": (answer.unjudged_low or 0, answer.unjudged_high or 0),
    }


def mixed(count: int = 120, seed: int = 4) -> list[Event]:
    draw, events = random.Random(seed), list[Event]()
    for number in range(count):
        first = draw.random() < 0.5
        word = draw.choice(["beach", "harbour", "portrait"])
        fields = {"steps": draw.choice([20, 30]), "seed": draw.randrange(6), "cfg_scale": draw.choice([5.0, 7.0])}
        stars = draw.randint(3, 5) if first else draw.randint(1, 5)
        prompt = f"{word} {draw.randrange(20)}"
        events += rated(number, "Alpha" if first else "Beta", stars, prompt, **fields)
    return events


@pytest.mark.parametrize("seed", [4, 5])
def test_swapped_arms_give_the_mirrored_answer(tmp_path: Path, seed: int) -> None:
    library = make_library(tmp_path, mixed(seed=seed))
    assert mirrored(compare(library, A, B)) == plain(compare(library, B, A))


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.randoms(use_true_random=False))
def test_the_order_of_the_log_never_shows(tmp_path_factory: pytest.TempPathFactory, order: random.Random) -> None:
    events = mixed(60)
    straight = compare(make_library(tmp_path_factory.mktemp("straight"), events))
    order.shuffle(events)
    shuffled = compare(make_library(tmp_path_factory.mktemp("shuffled"), events))
    assert as_bytes(shuffled) == as_bytes(straight)


def as_bytes(answer: SettingsComparison) -> bytes:
    return json.dumps(answer.model_dump(mode="json"), sort_keys=True).encode()


def test_duplicates_superseded_ratings_and_other_records_leave_no_trace(tmp_path: Path) -> None:
    events = mixed(80)
    once = compare(make_library(tmp_path / "once", events))
    job = next(event for event in events if event.job_id == "job-3")
    early = Rating(event_id="first thought", job_id=job.job_id, value=1, recorded_at=START - 1)
    more = make_library(tmp_path / "more", [early, *events, *events])
    for number in range(900, 930):
        more.append(rated(number, "Gamma", 1 + number % 5, f"beach {number % 20}"), durable=False)
    more.append_lines([event_line(event) for event in events[:40]], durable=False)
    assert as_bytes(compare(more)) == as_bytes(once)


def test_a_withdrawn_job_does_not_count(tmp_path: Path) -> None:
    events = mixed(40)
    library = make_library(tmp_path, events)
    before = compare(library)
    withdrawn = events[0].job_id
    library.append([Withdrawal(event_id="gone", job_id=withdrawn, withdrawn=True)], durable=False)
    after = compare(library)
    assert before.a.n + before.b.n - (after.a.n + after.b.n) == 1


def test_comparisons_of_whole_models_speak_of_checkpoints_only(tmp_path: Path) -> None:
    events = list[Event]()
    for number in range(20):
        arm = number % 2
        study = Experiment(experiment_id="models", focus_parameter="checkpoint", evidence="preference")
        fields = {"model": ("coastline", "harbour")[arm], "experiment": study}
        events += rated(number, ("Alpha", "Beta")[arm], (5, 2)[arm], **fields)
    library = make_library(tmp_path, events)
    answer = compare(library)
    assert (answer.a.n, answer.b.n) == (0, 0)
    assert any(note.startswith("20 comparisons of whole models left out") for note in answer.notes)
    assert compare(library, "checkpoint:coastline", "checkpoint:harbour").a.n == 10


def test_stars_and_selections_are_never_added_up(tmp_path: Path) -> None:
    events = list[Event]()
    for number in range(30):
        job = make_job(number, sampler=("Alpha", "Beta")[number % 2], prompt_positive=f"scene {number}", **EQUAL)
        events += [job, selection(job, "selected" if number % 3 else "rejected")]
        if number < 8:
            events.append(rating(job, 1))
    answer = compare(make_library(tmp_path, events))
    assert answer.outcome == "selected"
    assert (answer.a.n, answer.a.n_judged, answer.a.n_rated) == (15, 15, 4)
    assert answer.stars is not None
    assert (answer.stars.n_a, answer.stars.n_b) == (4, 4)


def test_records_in_both_arms_speak_for_neither(tmp_path: Path) -> None:
    library = make_library(tmp_path, mixed(60))
    answer = compare(library, f"{A},Beta steps:20", A)
    assert answer.left_out > 0
    assert any("in both arms left out" in note for note in answer.notes)
    assert answer.a.jobs + answer.b.jobs + answer.left_out == 60 - compare(library, f"{B} steps:30", A).a.jobs


def test_identical_and_empty_arms_are_told_in_a_sentence(tmp_path: Path) -> None:
    library = make_library(tmp_path, mixed(20))
    same = compare(library, A, A)
    assert same.summary.startswith("Nothing to compare: A (sampler:Alpha) and B (sampler:Alpha) select the same")
    assert same.verdict == "not_enough_evidence"
    empty = compare(library, A, "steps:150")
    assert empty.summary == "Nothing to compare: no record matches B (steps:150)."
    with pytest.raises(BadFilter, match="B has no filter"):
        compare(library, A, "  ")
    with pytest.raises(UnknownValue):
        compare(library, A, "sampler:Delta")
    nothing = compare(make_library(tmp_path / "new"), "steps:20", "steps:30")
    assert "no record matches A (steps:20) or B (steps:30)" in nothing.summary


def test_arms_without_any_judgement_are_not_compared(tmp_path: Path) -> None:
    jobs = [make_job(number, sampler=("Alpha", "Beta")[number % 2]) for number in range(8)]
    answer = compare(make_library(tmp_path, jobs))
    assert (answer.verdict, answer.difference) == ("not_enough_evidence", None)
    assert "0 judged images of 4 records" in answer.summary


def test_cost_stands_beside_quality(tmp_path: Path) -> None:
    events = list[Event]()
    for number in range(40):
        slow = number % 2 == 0
        size = {"width": 1024, "height": 1024} if number % 4 < 2 else {"width": 512, "height": 512}
        seconds = (20.0 if slow else 10.0) * (1.0 if number % 4 < 2 else 0.5)
        events += rated(number, "Alpha" if slow else "Beta", 4, total_runtime_sec=seconds, **size)
    found = compare(make_library(tmp_path, events)).runtime
    assert (found.a_median, found.b_median, found.ratio, found.ratio_alike) == (15.0, 7.5, 2.0, 2.0)
    assert (found.a_n, found.b_n, found.alike_n) == (20, 20, 20)


def test_an_arm_is_shown_with_its_best_records(tmp_path: Path) -> None:
    events = mixed(60)
    library = make_library(tmp_path, events)
    answer = compare(library)
    with library.snapshot() as snapshot:
        best = [snapshot.standing(reference) for reference in answer.a.evidence]
    assert len(best) == 3


def test_a_setting_that_crosses_over_between_prompts_is_not_tied_to_the_arms(tmp_path: Path) -> None:
    draw, events = random.Random(6), list[Event]()
    for number in range(60):
        for arm in (0, 1):
            model = ("coastline", "harbour")[(number + arm) % 2]
            stars = 5 if draw.random() < (0.85, 0.3)[arm] else 2
            events += rated(2 * number + arm, ("Alpha", "Beta")[arm], stars, f"scene {number}", model=model)
    answer = compare(make_library(tmp_path, events))
    assert answer.basis == "same_prompt"
    assert (answer.verdict, answer.strength) == ("a_better", "strong")
