import pytest
from msgspec.structs import replace

from learning_core.answers.change_verdict import Adjusted, Found, Judged, judged
from learning_core.answers.trend_answer import ChangeArm, HeldEqual
from learning_core.stats.change import Appraisal
from learning_core.stats.check_outcome import CheckOutcome
from learning_core.stats.stratified import Difference
from learning_core.stats.strength import Claim, Strength


def arm(value: float, judged_jobs: float = 1.0, prompts: int = 60) -> ChangeArm:
    return ChangeArm(
        first="2026-01-05",
        last="2026-02-02",
        images=200,
        effective_n=80.0,
        prompts=prompts,
        value=value,
        judged_jobs=judged_jobs,
    )


def appraisal(value: float, strength: Strength = "strong") -> Appraisal:
    difference = Difference(value, 0.05**2, (200, 200), 60, 60, 0.9, 1, 100.0, (0.005, 0.005), 59)
    return Appraisal(difference, 0.995, 40.0, Claim(strength, "as it came out"))


def at_equal(equal: str, value: float, outcome: CheckOutcome = "passed", strength: Strength = "strong") -> Adjusted:
    held = HeldEqual(
        equal=equal, change=value, low=value - 0.1, high=value + 0.1, covered=0.9, prompts=40, outcome=outcome
    )
    return Adjusted(held, appraisal(value, strength))


CHANGE = Judged(
    measure="came_out_well",
    compared="later_half",
    before=arm(0.3),
    after=arm(0.6),
    raw=appraisal(0.3),
    prompts=at_equal("prompts", 0.28),
    batches=None,
    raters=None,
    settings=[],
    repeats=None,
)


def test_a_change_that_stays_at_equal_prompts_is_a_change() -> None:
    found = judged(CHANGE)
    assert (found.verdict, found.strength) == ("changed", "strong")
    assert found.sentence.startswith("Judged higher, and not by easier prompts: in the later half, since 2026-01-05")
    assert "It stays at equal values of each setting" in found.sentence


@pytest.mark.parametrize(
    ("outcome", "said", "then"),
    [
        ("confounded", "mostly by other sizes of batches", "At equal batch size the change is +2 points"),
        ("unchecked", "whether by other sizes of batches cannot be told", "Only 90 % of one time's images were picked"),
    ],
)
def test_sizes_of_batches_come_before_a_drifting_scale(outcome: CheckOutcome, said: str, then: str) -> None:
    batches, again = at_equal("batch size", 0.02, outcome), at_equal("prompts and settings", 0.3)
    found = judged(replace(CHANGE, batches=batches, repeats=again))
    assert (found.verdict, found.strength) == ("batch_sizes", "weak")
    assert found.sentence.startswith(f"Judged higher, but {said}: in the later half")
    assert then in found.sentence


@pytest.mark.parametrize("outcome", ["confounded", "unchecked"])
def test_another_person_who_judged_is_no_change_of_the_images(outcome: CheckOutcome) -> None:
    found = judged(replace(CHANGE, raters=at_equal("rater", 0.02, outcome)))
    assert (found.verdict, found.strength) == ("another_rater", "weak")
    assert "by other people judging" in found.sentence


def test_words_of_prompts_carry_a_moderate_claim_at_most() -> None:
    assert judged(replace(CHANGE, prompts=at_equal("words of prompts", 0.28))).strength == "moderate"


@pytest.mark.parametrize(("value", "said"), [(0.05, "It goes with other settings"), (0.22, "It cannot be told from")])
def test_a_setting_is_named_as_going_along_only_where_it_clearly_takes_the_change_away(value: float, said: str) -> None:
    found = judged(replace(CHANGE, settings=[at_equal("checkpoint", value, "confounded", "none")]))
    assert found.verdict == "changed"
    assert said in found.sentence
    assert "checkpoint" in found.sentence


@pytest.mark.parametrize(
    ("again", "verdict"),
    [(0.25, "scale_may_have_drifted"), (0.1, "changed"), (-0.25, "changed")],
)
def test_repeats_that_make_up_the_change_speak_for_the_scale(again: float, verdict: str) -> None:
    found = judged(replace(CHANGE, repeats=at_equal("prompts and settings", again, strength="weak")))
    assert found.verdict == verdict
    assert found.strength == ("weak" if verdict != "changed" else "strong")


def _capped(**changes: object) -> Found:
    return judged(replace(CHANGE, **changes))  # type: ignore[arg-type]


def test_what_other_causes_could_make_is_weak_at_most() -> None:
    assert _capped(prompts=at_equal("prompts", 0.02, "confounded")).verdict == "mix_of_prompts"
    assert _capped(prompts=at_equal("prompts", 0.28, "unchecked")).verdict == "unchecked"
    uneven = _capped(before=arm(0.3, judged_jobs=0.5))
    assert (uneven.verdict, uneven.strength) == ("changed", "weak")
    assert "50 % and 100 % of the jobs are judged" in uneven.reason


def test_fewer_than_five_prompts_are_too_thin() -> None:
    found = judged(replace(CHANGE, after=arm(0.6, prompts=4)))
    assert found.verdict == "too_thin"
    assert "fewer than 5 prompts" in found.sentence


def test_a_fall_is_said_as_one() -> None:
    lower = replace(CHANGE, raw=appraisal(-0.3), prompts=at_equal("prompts", -0.28), measure="mean_rating")
    assert judged(lower).sentence.startswith("Judged lower, and not by harder prompts")
    assert "-0.30 stars" in judged(lower).sentence
