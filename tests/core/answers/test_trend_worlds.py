"""Libraries whose history is known: what changed, what only seems to have, and what cannot be told."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from library_factory import make_job, make_library, rating, selection

from learning_core.answers import judged_jobs
from learning_core.answers.summarize_trends import summarize_trends
from learning_core.answers.trend_answer import Change, TrendSummary
from learning_core.model.generation import Experiment
from learning_core.model.job import JobRecord
from learning_core.model.judgement import AnyJudgement

DAY = 86_400.0
START = 1_760_054_400.0
WEEKS = 12
SUBJECTS = {"beach": 0.8, "harbour": 0.4, "hands": -0.8, "crowd": -0.4}
Event = JobRecord | AnyJudgement
Made = tuple[str, str, float, dict[str, object]]
"""Subject, checkpoint, what is added to the score, further fields."""


def history(
    draw: random.Random, make: Callable[[float, random.Random], Made], *, batches: int = 160, prompts: int = 0
) -> list[Event]:
    """Return batches of three rated images over twelve weeks; `prompts` of each subject, or a new one each time."""
    events: list[Event] = []
    difficulty: dict[str, float] = {}
    for batch in range(batches):
        passed = batch / batches
        subject, model, added, fields = make(passed, draw)
        words = " ".join(f"w{draw.randrange(40)}" for _ in range(3))
        prompt = f"{subject} at place{draw.randrange(prompts)}" if prompts else f"{subject} {words}, take {batch}"
        level = 3.1 + SUBJECTS[subject] + difficulty.setdefault(prompt, draw.gauss(0, 0.4)) + added
        luck = draw.gauss(0, 0.4)
        for image in range(3):
            time = START + passed * WEEKS * 7 * DAY + image
            settings = {"sampler": "Euler a", "scheduler": "Karras", "steps": 28, "cfg_scale": 7.0} | fields
            job = make_job(
                3 * batch + image,
                **{"prompt_positive": prompt, "model": model, "timestamp_start": None, "timestamp_end": time}
                | settings,
            )
            stars = min(max(round(level + luck + draw.gauss(0, 0.7)), 1), 5)
            events += [job, rating(job, stars)]
    return events


def of(root: Path, events: list[Event], **question: object) -> TrendSummary:
    with make_library(root, events).snapshot() as snapshot:
        return summarize_trends(snapshot, **question)  # type: ignore[arg-type]


def half(answer: TrendSummary) -> Change:
    (found,) = [each for each in answer.changes if (each.compared, each.measure) == ("later_half", "mean_rating")]
    return found


def held(change: Change, equal: str) -> float:
    (found,) = [each.change for each in change.adjusted if each.equal == equal]
    return found


def any_subject(draw: random.Random) -> str:
    return draw.choice(sorted(SUBJECTS))


def test_nothing_changed_and_nothing_is_claimed(tmp_path: Path) -> None:
    verdicts = []
    for seed in range(4):
        events = history(random.Random(seed), lambda _, draw: (any_subject(draw), draw.choice("ab"), 0.0, {}))
        answer = of(tmp_path / str(seed), events)
        assert all(each.strength != "strong" for each in answer.changes)
        verdicts += [each.verdict for each in answer.changes]
    assert verdicts.count("changed") <= 1


def test_a_true_improvement_is_found_and_not_put_down_to_prompts(tmp_path: Path) -> None:
    def better_steps(passed: float, draw: random.Random) -> Made:
        late = passed >= 0.5
        return any_subject(draw), draw.choice("ab"), 0.9 * late, {"steps": 40 if late else 20}

    answer = of(tmp_path, history(random.Random(1), better_steps))
    change = half(answer)
    assert (change.verdict, change.strength) == ("changed", "moderate")
    assert change.low > 0.3
    assert "Probably judged higher, and not by easier prompts: in the later half, since" in change.sentence
    assert "cannot be told from the change of steps" in change.sentence
    assert held(change, "words of prompts") > 0.5
    assert answer.summary.startswith("Probably judged higher, and not by easier prompts")


def test_an_improvement_on_the_same_prompts_may_be_strong(tmp_path: Path) -> None:
    def better_steps(passed: float, draw: random.Random) -> Made:
        late = passed >= 0.5
        return any_subject(draw), "a", 1.2 * late, {"steps": 40 if late else 20}

    change = half(of(tmp_path, history(random.Random(1), better_steps, batches=200, prompts=5), per="day"))
    assert (change.verdict, change.strength) == ("changed", "strong")
    assert change.adjusted[0].equal == "prompts"
    assert change.repeats is None


@pytest.mark.parametrize("prompts", [0, 5])
def test_easier_prompts_in_the_later_half_are_named_as_such(prompts: int, tmp_path: Path) -> None:
    def easier(passed: float, draw: random.Random) -> Made:
        easy = draw.random() < (0.8 if passed >= 0.5 else 0.2)
        return draw.choice(["beach", "harbour"] if easy else ["hands", "crowd"]), draw.choice("ab"), 0.0, {}

    change = half(of(tmp_path, history(random.Random(2), easier, batches=300, prompts=prompts)))
    assert change.verdict == "mix_of_prompts"
    assert change.strength == "weak"
    assert change.change > 0.5
    assert abs(held(change, "prompts" if prompts else "words of prompts")) < 0.4 * change.change
    assert "but mostly by easier prompts" in change.sentence


def test_other_subjects_in_the_later_half_cannot_be_told_from_better_images(tmp_path: Path) -> None:
    def moved(passed: float, draw: random.Random) -> Made:
        return ("beach" if passed >= 0.5 else "hands"), draw.choice("ab"), 0.0, {}

    change = half(of(tmp_path, history(random.Random(3), moved)))
    assert change.verdict == "unchecked"
    assert change.strength == "weak"
    assert "whether by easier prompts cannot be told" in change.sentence


def test_harder_prompts_do_not_hide_better_images(tmp_path: Path) -> None:
    def harder(passed: float, draw: random.Random) -> Made:
        late = passed >= 0.5
        easy = draw.random() < (0.15 if late else 0.85)
        subject = draw.choice(["beach", "harbour"] if easy else ["hands", "crowd"])
        return subject, "a", 0.9 * late, {"steps": 40 if late else 20}

    change = half(of(tmp_path, history(random.Random(4), harder, batches=300, prompts=5), per="day"))
    assert change.verdict == "hidden_by_prompts"
    assert change.strength == "weak"
    assert "harder prompts may hide one" in change.sentence


@pytest.mark.parametrize("adopted", ["partly", "wholly"])
def test_a_stricter_rater_makes_no_claim_about_a_checkpoint_adopted_late(adopted: str, tmp_path: Path) -> None:
    def stricter(passed: float, draw: random.Random) -> Made:
        late = passed >= 0.5
        new = late if adopted == "wholly" else draw.random() < (0.8 if late else 0.1)
        return any_subject(draw), "new" if new else "old", -1.6 * passed, {}

    for seed in range(3):
        answer = of(tmp_path / str(seed), history(random.Random(seed), stricter, prompts=5), split="checkpoint")
        change = half(answer)
        assert change.change < 0.0
        assert "goes with other settings" not in change.sentence
        if adopted == "partly":
            assert change.verdict == "scale_may_have_drifted"
            assert "the images need not have changed" in change.sentence
        else:
            assert change.verdict != "scale_may_have_drifted"
            assert "cannot be told from the change of checkpoint" in change.sentence
        assert change.strength != "strong" or adopted == "wholly"


def test_a_new_checkpoint_behind_the_change_is_seen_at_equal_checkpoints(tmp_path: Path) -> None:
    def adopted(passed: float, draw: random.Random) -> Made:
        new = draw.random() < (0.85 if passed >= 0.5 else 0.15)
        return any_subject(draw), "new" if new else "old", 1.2 * new, {}

    change = half(of(tmp_path, history(random.Random(6), adopted, batches=300)))
    assert change.verdict == "changed"
    assert abs(held(change, "checkpoint")) < 0.3 < change.change
    assert "It goes with other settings; at equal values: checkpoint" in change.sentence


def test_two_noisy_points_are_too_few_prompts_to_tell(tmp_path: Path) -> None:
    events: list[Event] = []
    for number in range(60):
        late = number >= 30
        job = make_job(number, prompt_positive=f"beach {late}", timestamp_end=START + 10 * DAY * late + number)
        events += [job, rating(job, 5 if late else 1)]
    answer = of(tmp_path, events)
    assert {each.verdict for each in answer.changes} == {"too_thin"}
    assert {each.strength for each in answer.changes} == {"none"}


def test_arms_without_any_spread_are_still_compared(tmp_path: Path) -> None:
    events: list[Event] = []
    for number in range(120):
        late = number >= 60
        job = make_job(number, prompt_positive=f"beach {number % 30}", timestamp_end=START + 10 * DAY * late + number)
        events += [job, rating(job, 5 if late else 2)]
    change = half(of(tmp_path, events))
    assert change.probability > 0.99
    assert change.low > 2.0


def test_unevenly_judged_times_carry_a_weak_claim_at_most(tmp_path: Path) -> None:
    def better_steps(passed: float, draw: random.Random) -> Made:
        late = passed >= 0.5
        return any_subject(draw), "a", 1.2 * late, {"steps": 40 if late else 20}

    events = history(random.Random(1), better_steps, batches=200, prompts=5)
    unrated = [make_job(9000 + number, timestamp_end=START + 40 * number) for number in range(400)]
    change = half(of(tmp_path, [*events, *unrated]))
    assert change.strength == "weak"
    assert "of the jobs are judged" in change.reason


def test_images_of_unknown_checkpoint_are_no_repeats(tmp_path: Path) -> None:
    def unknown(passed: float, draw: random.Random) -> Made:
        return any_subject(draw), "", -1.6 * passed, {"model": None}

    change = half(of(tmp_path, history(random.Random(1), unknown, prompts=5)))
    assert change.repeats is None
    assert change.verdict != "scale_may_have_drifted"


def test_of_very_many_images_the_newest_are_compared_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judged_jobs, "MOST_IMAGES", 200)
    events = history(random.Random(1), lambda _, draw: (any_subject(draw), "a", 0.0, {}))
    answer = of(tmp_path, events)
    change = half(answer)
    assert change.before.images + change.after.images <= 200 < answer.total.rated
    assert change.before.first > answer.periods[0].start
    assert any(f"since {change.before.first}" in note for note in answer.notes)


def test_comparisons_of_models_feed_no_change(tmp_path: Path) -> None:
    duel = Experiment(experiment_id="duel", focus_parameter="checkpoint", evidence="preference")
    events = history(random.Random(7), lambda _, draw: (any_subject(draw), "a", 0.0, {"experiment": duel}))
    assert of(tmp_path, events).changes == []


def test_the_order_of_the_log_changes_no_digit_of_a_change(tmp_path: Path) -> None:
    events = history(random.Random(8), lambda passed, draw: (any_subject(draw), draw.choice("ab"), passed, {}))
    answers = [of(tmp_path / "as it was", events)]
    answers.append(of(tmp_path / "mixed", random.Random(1).sample(events, len(events))))
    first, second = ([each.model_dump_json() for each in answer.changes] for answer in answers)
    assert first == second
    assert len(first) == 4


def picked(size: Callable[[float], int], chance: Callable[[float], float]) -> list[Event]:
    """Return batches of which one image is picked, or all are rejected, of the same prompts over twelve weeks."""
    draw, events = random.Random(8), list[Event]()
    for batch in range(240):
        passed = batch / 240
        job = make_job(
            batch,
            prompt_positive=f"beach at place{batch % 20}",
            model="late" if passed >= 0.5 else "early",
            timestamp_start=None,
            timestamp_end=START + passed * WEEKS * 7 * DAY,
            output_paths=[f"{batch}-{image}" for image in range(size(passed))],
        )
        liked = draw.random() < chance(passed)
        events += [job, selection(job, "selected", image_index=0) if liked else selection(job, "rejected")]
    return events


def test_larger_batches_are_no_worse_images(tmp_path: Path) -> None:
    draw = random.Random(2)
    change = of(
        tmp_path, picked(lambda passed: draw.choice([2, 2, 2, 6] if passed < 0.5 else [6, 6, 6, 2]), lambda _: 1.0)
    )
    found = change.changes[0]
    assert found.high < -0.02
    assert (found.verdict, found.strength) == ("batch_sizes", "weak")
    assert "Judged lower, but mostly by other sizes of batches: in the later half" in found.sentence
    assert abs(held(found, "batch size")) < 0.02


def test_a_change_at_equal_sizes_of_batches_is_one(tmp_path: Path) -> None:
    draw = random.Random(2)
    found = of(tmp_path, picked(lambda _: draw.choice([2, 3]), lambda passed: 0.3 if passed < 0.5 else 1.0)).changes[0]
    assert (found.verdict, found.strength) == ("changed", "strong")
    assert held(found, "batch size") > 0.1


@pytest.mark.parametrize("share", [1.0, 0.8, 0.5])
def test_another_person_who_judges_the_later_images_is_no_change_of_them(share: float, tmp_path: Path) -> None:
    draw, events = random.Random(3), list[Event]()
    for number in range(240):
        late = number >= 120
        stricter = draw.random() < (share if late else 1.0 - share)
        made = START + number / 240 * WEEKS * 7 * DAY
        prompt, model = f"beach at place{number % 40}", "late" if late else "early"
        job = make_job(number, prompt_positive=prompt, model=model, timestamp_start=None, timestamp_end=made)
        better = 0.9 if share == 0.5 and late else 0.0
        stars = min(max(round(draw.gauss(2.6 if stricter else 3.9, 0.8) + better), 1), 5)
        events += [job, rating(job, stars, rater="Bob" if stricter else "Ann")]
    change = half(of(tmp_path, events))
    assert (change.verdict == "another_rater") is (share > 0.5)
    assert share == 0.5 or change.strength == "weak"
