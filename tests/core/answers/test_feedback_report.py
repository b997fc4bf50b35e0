"""Attempts, their issues, and attempts before and after feedback: traps 32 to 37 of the acceptance cases."""

import random
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from library_factory import make_job, make_library, note, rating, reference, selection
from questions import Event, about, ask

from learning_core.answers.feedback import FeedbackReport, feedback_report
from learning_core.answers.feedback_effect import Effect
from learning_core.answers.records import search_records
from learning_core.errors import QuestionError
from learning_core.library import Library
from learning_core.log.events import event_line
from learning_core.log.seal import seal
from learning_core.model.job import JobRecord
from learning_core.model.judgement import CurationDecision, Feedback, Undo, ValidationScore, Withdrawal


def attempt(number: int, **said: Any) -> list[Event]:
    """Return a job on a prompt of its own, or on `prompt`, and a validation of it that says the rest."""
    fields = {"prompt_positive": said.pop("prompt", f"beach {number}"), **said.pop("job", {})}
    settings = {"model": "coastline", "sampler": "Euler a", "scheduler": "Karras", "steps": 20, "cfg_scale": 7.0}
    job = make_job(number, **{**settings, **fields})
    return [job, validation(job, **said)]


def validation(job: JobRecord, **said: Any) -> ValidationScore:
    event_id = said.pop("event_id", f"check:{job.job_id}")
    return ValidationScore(event_id=event_id, job_id=job.job_id, **{"validator": "realism", **said})


def comment(number: int, text: str = "", **said: Any) -> Feedback:
    event_id = said.pop("event_id", f"said:{number}:{text}:{said.get('category')}")
    return Feedback(event_id=event_id, job_id=f"job-{number}", text=text, **said)


def report(library: Library, **question: Any) -> FeedbackReport:
    return library.ask(lambda snapshot: feedback_report(snapshot, **question))


def report_on(folder: Path, *events: Sequence[Event], **question: Any) -> FeedbackReport:
    return report(make_library(folder, [event for part in events for event in part]), **question)


def on(answer: FeedbackReport, measure: str = "passed", feedback: str = "any") -> Effect:
    return next(each for each in answer.effects if each.measure == measure and each.feedback == feedback)


def pairs(prompts: int, *, before: Sequence[bool], after: Sequence[bool], **changed: Any) -> list[Event]:
    """Return as many prompts with attempts before feedback, which is given on the last of them, and after it."""
    events: list[Event] = []
    numbers = iter(range(10_000))
    for prompt in range(prompts):
        text = f"harbour {prompt}"
        for passed in before:
            number = next(numbers)
            events += attempt(number, prompt=text, passed=passed)
        events.append(comment(number, category="hands"))
        for passed in after:
            events += attempt(next(numbers), prompt=text, passed=passed, job=changed)
    return events


# -- before and after feedback


def test_one_attempt_before_and_a_few_after_are_insufficient_with_both_numbers(tmp_path: Path) -> None:
    effect = on(report_on(tmp_path, pairs(1, before=[False], after=[True, True, True])))
    assert (effect.verdict, effect.before_n, effect.after_n, effect.prompts) == ("insufficient", 1, 3, 1)
    assert (effect.change, effect.low, effect.high) == (None, None, None)
    assert "1 attempt before it and 3 after" in effect.sentence


def test_a_setting_that_changed_with_the_feedback_is_named_and_nothing_is_credited(tmp_path: Path) -> None:
    events = pairs(40, before=[False] * 3, after=[True] * 3, sampler="DPM++ 2M", prompt_negative="hands")
    effect = on(report_on(tmp_path, events))
    assert effect.verdict == "confounded"
    assert [(each.what, each.prompts) for each in effect.confounders] == [("negative_prompt", 40), ("sampler", 40)]
    assert "not the only thing that changed; also changed: negative_prompt (on 40 of 40)" in effect.sentence


def test_a_change_that_nothing_else_explains_is_told_with_its_interval(tmp_path: Path) -> None:
    effect = on(report_on(tmp_path, pairs(40, before=[False, False, True, False], after=[True] * 3)))
    assert (effect.verdict, effect.confounders, effect.prompts) == ("better_after", [], 40)
    assert effect.low is not None and effect.high is not None and effect.change == 0.75
    assert 0.5 < effect.low < 0.75 < effect.high
    assert "observed and not tested" in effect.sentence


def test_feedback_on_the_only_bad_attempt_is_not_credited_with_the_next_one(tmp_path: Path) -> None:
    draw = random.Random(4)
    events: list[Event] = []
    numbers = iter(range(10_000))
    for prompt in range(200):
        # Every attempt passes in half the cases; whoever fails at first is told so and tries again.
        passed = draw.random() < 0.5
        number = next(numbers)
        events += attempt(number, prompt=f"fog {prompt}", passed=passed)
        if not passed:
            events.append(comment(number, "extra fingers"))
            events += attempt(next(numbers), prompt=f"fog {prompt}", passed=draw.random() < 0.5)
    effect = on(report_on(tmp_path, events))
    assert effect.verdict == "selection_possible"
    assert effect.change is not None and effect.change > 0.3
    assert "feedback falls on attempts that came out badly" in effect.sentence


def test_feedback_of_another_kind_on_the_same_prompt_is_a_confounder(tmp_path: Path) -> None:
    events: list[Event] = []
    for event in pairs(30, before=[False] * 3, after=[True] * 3):
        events.append(event)
        if isinstance(event, Feedback):
            events.append(event.model_copy(update={"event_id": f"light:{event.job_id}", "category": "light"}))
    effect = on(report_on(tmp_path, events), feedback="hands")
    assert ({each.what for each in effect.confounders}, effect.verdict) == ({"other feedback"}, "confounded")


def test_programs_that_comment_are_kept_apart_from_people(tmp_path: Path) -> None:
    events = [*attempt(0, passed=False), comment(0, "too dark", feedback_source="automated"), comment(0, "dull")]
    assert {each.given_by for each in report_on(tmp_path, events).effects} == {"automated", "person"}


def test_an_attempt_counts_as_before_by_its_place_in_the_log_not_by_its_clock(tmp_path: Path) -> None:
    first, later = attempt(5, prompt="pier", passed=False), attempt(1, prompt="pier", passed=True)
    effect = on(report_on(tmp_path, first, [comment(5, "dull")], later))
    assert (effect.before_n, effect.after_n) == (1, 1)


def test_the_attempt_that_feedback_was_given_on_lies_before_it_even_where_its_line_comes_later(tmp_path: Path) -> None:
    effect = on(
        report_on(tmp_path, [comment(0, "dull")], attempt(0, passed=False), attempt(1, prompt="beach 0", passed=True))
    )
    assert (effect.before_n, effect.after_n) == (1, 1)


# -- what is an attempt


def test_a_note_is_never_an_attempt(tmp_path: Path) -> None:
    events = [event for number in range(3) for event in attempt(number, score=75, passed=True)]
    stored = [*attempt(3, score=0, passed=False), comment(3, "keep this", category="manual_feedback")]
    answer = report_on(tmp_path, events, stored, [note(make_job(1), "calm")])
    (score,) = answer.scores
    assert (answer.attempts, score.n, score.mean) == (3, 3, 75.0)
    assert answer.passing is not None and (answer.passing.good, answer.passing.n) == (3, 3)
    assert any("no attempt" in each for each in answer.notes)


def test_a_record_that_failed_with_issues_stays_an_attempt_whatever_was_said_of_it(tmp_path: Path) -> None:
    events = [*attempt(0, score=0, passed=False, issues=["no hands"]), comment(0, "x", category="manual_feedback")]
    assert report_on(tmp_path, events).attempts == 1


def test_a_validation_that_was_skipped_has_no_score(tmp_path: Path) -> None:
    answer = report_on(tmp_path, attempt(0, score=0, passed=True), attempt(1, score=80, passed=True))
    assert [(each.n, each.mean) for each in answer.scores] == [(1, 80.0)]
    assert answer.passing is not None and answer.passing.n == 2
    assert any("skipped" in each for each in answer.notes)


def test_scores_of_other_validators_other_scales_and_stars_are_never_mixed(tmp_path: Path) -> None:
    job = make_job(9)
    answer = report_on(
        tmp_path,
        attempt(0, score=80.0), attempt(1, score=60.0), attempt(2, score=7.5, scale_maximum=10.0),
        attempt(3, score=40.0, validator="aesthetic"), [job, rating(job, 5)],
    )  # fmt: skip
    found = {(each.validator, each.scale_maximum): (each.n, each.mean) for each in answer.scores}
    assert found == {("realism", 100.0): (2, 70.0), ("realism", 10.0): (1, 7.5), ("aesthetic", 100.0): (1, 40.0)}
    assert answer.passing is None
    assert all(0 <= each.low < each.mean < each.high <= each.scale_maximum for each in answer.scores)


def test_a_score_outside_its_scale_is_left_out_and_said_so(tmp_path: Path) -> None:
    answer = report_on(tmp_path, attempt(0, score=140.0, passed=True), attempt(1, score=-1.0))
    assert (answer.scores, answer.attempts) == ([], 1)
    assert any("2 scores left out" in each for each in answer.notes)


def test_undone_superseded_and_withdrawn_leave_no_trace(tmp_path: Path) -> None:
    plain = [*attempt(0, score=70.0, passed=True, issues=["dull"]), *attempt(1, passed=True)]
    job, gone = make_job(1), make_job(2)
    more = [
        comment(0, "too dark", event_id="f"), Undo(event_id="u1", job_id="job-0", undone_event_id="f"),
        validation(job, event_id="v2", passed=False, validator="other"),
        Undo(event_id="u2", job_id="job-1", undone_event_id="v2"),
        gone, validation(gone, score=1.0, passed=False, issues=["bad"]),
        Withdrawal(event_id="w", job_id="job-2", withdrawn=True),
    ]  # fmt: skip
    first = [make_job(0), validation(make_job(0), event_id="old", score=10.0, passed=False, issues=["bad hands"])]
    clean, traced = tmp_path / "clean", tmp_path / "traced"
    expected = report_on(clean, plain)
    assert report_on(traced, first, plain[1:], more, where="") == expected


def test_an_undo_of_another_records_event_takes_nothing_back(tmp_path: Path) -> None:
    events = [*attempt(0, passed=True), *attempt(1, passed=True)]
    undo = Undo(event_id="u", job_id="job-1", undone_event_id="check:job-0")
    assert report_on(tmp_path, events, [undo]).attempts == 2


def test_one_event_told_twice_counts_once(tmp_path: Path) -> None:
    events = [*attempt(0, passed=False, issues=["dull"]), comment(0, "dull", event_id="f")]
    answer = report_on(tmp_path, events, events[1:])
    assert (answer.attempts, answer.feedback, answer.issues[0].mentions) == (1, 1, 2)


def test_stars_picks_soft_scores_and_unknown_kinds_are_no_attempts(tmp_path: Path) -> None:
    job = make_job(5)
    curation = CurationDecision(event_id="c", job_id="job-5", decision="advanced_to_upscale", soft_score=4.3)
    library = make_library(
        tmp_path, [*attempt(0, passed=True), job, rating(job, 1), selection(job, "rejected"), curation]
    )
    library.append_lines(
        [seal({"kind": "verdict", "event_id": "x", "job_id": "job-5", "passed": False})], durable=False
    )
    answer = report(library)
    assert (answer.records, answer.attempts, answer.scores, answer.feedback) == (2, 1, [], 0)


# -- issues


def test_an_issue_is_counted_per_attempt_and_per_mention_in_all_its_spellings(tmp_path: Path) -> None:
    named = [["Extra fingers", "dull"], ["extra-finger."], ["Dull sky"], [], [], [], [], []]
    answer = report_on(tmp_path, *(attempt(i, passed=not issues, issues=issues) for i, issues in enumerate(named)))
    first = answer.issues[0]
    assert (first.attempts, first.mentions, first.share_of_mentions) == (2, 2, 0.5)
    assert first.of_attempts is not None and (first.of_attempts.good, first.of_attempts.n) == (2, 8)
    assert first.spellings == ["Extra fingers", "extra-finger."]
    assert first.passing is not None and (first.passing.good, first.passing.n) == (0, 2)
    assert set(first.evidence) == {reference(make_job(0)), reference(make_job(1))}
    assert [each.name for each in answer.issues[1:]] == ["dull", "Dull sky"]


def test_categories_and_issues_in_feedback_texts_are_merged_by_spelling(tmp_path: Path) -> None:
    said = [comment(0, "Bad hands, over-exposed", category="Anatomy"), comment(1, "overexposed", category="anatomy")]
    answer = report_on(tmp_path, attempt(0, passed=False), attempt(1, passed=True), said)
    (category,) = answer.categories
    assert (category.name, category.spellings, category.attempts) == ("Anatomy", ["Anatomy", "anatomy"], 2)
    assert category.passing is not None and (category.passing.good, category.passing.n) == (1, 2)
    assert [(each.name, each.mentions) for each in answer.issues] == [("over-exposed", 2), ("Bad hands", 1)]


def test_many_attempts_at_one_prompt_are_little_more_evidence_than_a_few(tmp_path: Path) -> None:
    alike = report_on(tmp_path / "a", *(attempt(i, prompt="pier", passed=True) for i in range(40)))
    apart = report_on(tmp_path / "b", *(attempt(i, passed=True) for i in range(40)))
    assert alike.passing is not None and apart.passing is not None
    assert alike.passing.effective_n < 4 < 39 < apart.passing.effective_n
    assert alike.passing.low < 0.6 < 0.9 < apart.passing.low


# -- the other traps


def test_a_guidance_scale_that_was_never_varied_is_not_the_best_one(tmp_path: Path) -> None:
    jobs = [make_job(number, prompt_positive=f"beach {number}", cfg_scale=7.0) for number in range(12)]
    library = make_library(tmp_path, [event for job in jobs for event in (job, rating(job, 5))])
    assert about(ask(library), "cfg_scale").status == "never_varied"


@pytest.mark.parametrize("where", ["%", "_", "be%h", "b_ach", "100%"])
def test_signs_that_are_wildcards_elsewhere_are_no_wildcards(where: str, tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(number, prompt_positive=f"beach {number}") for number in range(30)])
    found = library.ask(lambda snapshot: search_records(snapshot, where=where, limit=5))
    assert (found.total, found.items) == (0, [])
    assert report(library, where=where).records == 0
    page = library.ask(lambda snapshot: search_records(snapshot, where="beach", limit=5))
    assert (page.shown, page.total) == (5, 30) and page.next_cursor


# -- the answer as a whole


def test_a_library_without_validations_and_feedback_says_so(tmp_path: Path) -> None:
    answer = report_on(tmp_path, [make_job(0)])
    assert (answer.attempts, answer.passing, answer.effects, answer.issues) == (0, None, [], [])
    assert "no validation score, no verdict and no feedback" in answer.summary
    assert report(Library(tmp_path / "nothing", tmp_path / "cache2")).records == 0


def test_subject_and_filter_choose_the_attempts(tmp_path: Path) -> None:
    events = [*attempt(0, passed=True), *attempt(1, prompt="harbour", passed=False, job={"sampler": "UniPC"})]
    library = make_library(tmp_path, events)
    assert (report(library, subject="harbour").attempts, report(library, where="sampler:uni").attempts) == (1, 1)
    with pytest.raises(QuestionError):
        report(library, where="smapler:euler")


def test_fields_of_wrong_types_under_a_true_checksum_cost_their_event_only(tmp_path: Path) -> None:
    library = make_library(tmp_path, attempt(0, passed=True))
    bad = {"kind": "validation", "schema_version": 1, "event_id": "b", "job_id": "job-0", "score": "high"}
    library.append_lines([seal(bad)], durable=False)
    answer = report(library)
    assert (answer.attempts, answer.scores) == (1, [])
    assert any("wrong types" in each for each in answer.notes)


def test_a_job_that_comes_after_its_validation_is_an_attempt(tmp_path: Path) -> None:
    job, check = attempt(0, passed=True)
    library = make_library(tmp_path, [check])
    assert report(library).attempts == 0
    library.append([job], durable=False)
    assert report(library).attempts == 1


SHUFFLED = [
    attempt(number, prompt=f"beach {number % 3}", score=10.1 * number, passed=number % 2 == 0,
            issues=[["dull", "Dull", "too dark"][number % 3]])
    for number in range(9)
]  # fmt: skip


def in_order() -> list[Event]:
    return list(chain.from_iterable(SHUFFLED))


@settings(max_examples=6, deadline=None)
@given(st.permutations(in_order()))
def test_the_order_of_the_lines_never_changes_a_byte(tmp_path_factory: Any, events: list[Event]) -> None:
    said = [report_on(tmp_path_factory.mktemp("order"), each) for each in (events, in_order())]
    assert said[0].model_dump_json() == said[1].model_dump_json()


@settings(max_examples=8, deadline=None)
@given(st.randoms(use_true_random=False))
def test_with_feedback_only_the_order_within_a_prompt_counts(tmp_path_factory: Any, draw: random.Random) -> None:
    by_prompt: list[list[Event]] = []
    for prompt in range(7):
        events = attempt(3 * prompt, prompt=f"pier {prompt}", score=20.3 + prompt, passed=False)
        events.append(comment(3 * prompt, "too dark", category="light"))
        by_prompt.append([*events, *attempt(3 * prompt + 1, prompt=f"pier {prompt}", score=60.7, passed=True)])
    woven: list[Event] = []
    waiting = [list(events) for events in by_prompt]
    while waiting:
        chosen = draw.choice(waiting)
        woven.append(chosen.pop(0))
        waiting = [events for events in waiting if events]
    said = [report_on(tmp_path_factory.mktemp("woven"), each) for each in (woven, list(chain.from_iterable(by_prompt)))]
    assert said[0].model_dump_json() == said[1].model_dump_json()


def test_lines_spread_over_files_give_the_same_bytes(tmp_path: Path) -> None:
    events = in_order()
    one = make_library(tmp_path / "one", events)
    two = make_library(tmp_path / "two", events[::2])
    (two.log_folder / "other.jsonl").write_bytes(b"".join(map(event_line, events[1::2])))
    assert report(one).model_dump_json() == report(two).model_dump_json()


def test_feedback_after_a_run_of_bad_attempts_is_not_credited_with_what_comes_next(tmp_path: Path) -> None:
    draw, events, numbers = random.Random(5), list[Event](), iter(range(10_000))
    for prompt in range(120):
        # Every attempt passes in half the cases; after two failures in a row the person says so and tries again.
        failures = 0
        while failures < 2:
            number, passed = next(numbers), draw.random() < 0.5
            events += attempt(number, prompt=f"fog {prompt}", passed=passed)
            failures = 0 if passed else failures + 1
            if passed and draw.random() < 0.5:
                break
        if failures == 2:
            events.append(comment(number, "extra fingers"))
            for _ in range(2):
                events += attempt(next(numbers), prompt=f"fog {prompt}", passed=draw.random() < 0.5)
    effect = on(report_on(tmp_path, events))
    assert effect.change is not None and effect.change > 0.2
    assert effect.verdict == "selected_prompts"
    assert "need not be due to it" in effect.sentence
