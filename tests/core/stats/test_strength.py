import pytest
from msgspec.structs import replace

from learning_core.stats.probability import probability_text
from learning_core.stats.strength import Case, claim

SURE = Case(probability=0.999, bayes_factor=50.0, effective_n=30.0, prompts=12)


def test_a_sure_difference_is_strong() -> None:
    assert claim(SURE).strength == "strong"


@pytest.mark.parametrize(
    ("case", "strength", "reason"),
    [
        (replace(SURE, probability=0.79), "none", "no difference shown"),
        (replace(SURE, probability=0.94), "weak", "P 0.940 is below 0.95"),
        (replace(SURE, probability=0.98), "moderate", "P 0.980 is below 0.99"),
        (replace(SURE, bayes_factor=19.0), "moderate", "Bayes factor 19.0 is below 20"),
        (replace(SURE, effective_n=9.9), "weak", "9.9 effective images"),
        (replace(SURE, prompts=4), "moderate", "rests on 4 prompts"),
        (replace(SURE, several_keywords=True), "moderate", "joins several keywords"),
        (replace(SURE, probability=0.9, several_keywords=True), "none", "joins several keywords"),
        (replace(SURE, objection="entangled: steps"), "weak", "entangled: steps"),
    ],
)
def test_what_is_missing_lowers_the_strength_and_is_named(case: Case, strength: str, reason: str) -> None:
    made = claim(case)
    assert made.strength == strength
    assert reason in made.reason


def test_no_probability_is_written_as_certain() -> None:
    assert claim(replace(SURE, probability=1.0)).reason.startswith("P > 0.999")
    written = [probability_text(each) for each in (0.9994, 0.999, 0.5, 0.0004)]
    assert written == ["> 0.999", "0.999", "0.500", "< 0.001"]


def test_an_objection_does_not_raise_what_is_weaker_anyway() -> None:
    assert claim(replace(SURE, probability=0.6, objection="entangled: steps")).strength == "none"
