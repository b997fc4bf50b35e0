"""Issues in several spellings are one, and different issues stay apart."""

import pytest

from learning_core.text.spellings import Spellings, issues_in, spelling_key


@pytest.mark.parametrize(
    "spellings",
    [
        ("Extra fingers", "extra finger", "EXTRA-FINGERS.", "extra_fingers!"),
        ("over exposed", "over-exposed", "overexposed"),
        ("isn't sharp", "isn’t sharp", "ISNT SHARP"),
        ("ＤＡＲＫ", "dark"),
    ],
)
def test_case_punctuation_plurals_and_spaces_make_no_other_issue(spellings: tuple[str, ...]) -> None:
    assert len({spelling_key(each) for each in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("too light", "too tight"), ("overexposed", "underexposed"), ("glass", "glasses"), ("1 hand", "3 hands")],
)
def test_words_that_differ_in_a_letter_stay_apart(one: str, other: str) -> None:
    assert spelling_key(one) != spelling_key(other)


@pytest.mark.parametrize("text", ["", "  ", "!!!", "🙂"])
def test_a_text_without_words_names_nothing(text: str) -> None:
    spellings = Spellings()
    assert (spellings.add(text), issues_in(text)) == ("", ())


def test_a_feedback_text_is_cut_into_the_issues_that_it_names() -> None:
    text = "Bad hands, too dark; blurry face.\nThe whole thing looks as if it were made of plastic! Cfg 7.5 is high"
    assert issues_in(text) == ("Bad hands", "too dark", "blurry face", "Cfg 7.5 is high")


def test_the_most_frequent_spelling_comes_first_and_equal_ones_by_name() -> None:
    spellings = Spellings()
    for text in ("dull", "Dull", "DULL", "Dull"):
        key = spellings.add(text)
    assert (spellings.written(key), spellings.mentions(key)) == (["Dull", "DULL", "dull"], 4)
