import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_core.errors import OverLimit, QuestionError
from learning_core.text.keywords import fold, is_phrase, parse_subject, words


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("beaches", "beach"),
        ("boxes", "box"),
        ("dresses", "dress"),
        ("cities", "city"),
        ("waves", "wave"),
        ("bushes", "bush"),
    ],
)
def test_plurals_fold(plural: str, singular: str) -> None:
    assert fold(plural) == fold(singular) == singular


@pytest.mark.parametrize("word", ["woods", "glasses", "clothes", "pants", "goods", "bus", "gas", "dress", "grass"])
def test_words_that_only_look_like_plurals_stay(word: str) -> None:
    assert fold(word) == word


@pytest.mark.parametrize(
    ("one", "other"), [("beach", "bench"), ("beach", "peach"), ("wood", "woods"), ("rose", "nose")]
)
def test_look_alikes_stay_apart(one: str, other: str) -> None:
    assert words(one) != words(other)


def test_underscores_hyphens_case_and_width_do_not_matter() -> None:
    assert words("Golden_Hour") == words("golden-hour") == words("GOLDEN  hour") == words("ｇｏｌｄｅｎ hour")


def test_scripts_without_spaces_give_one_word_a_character() -> None:
    assert words("海辺の夕焼け") == ["海", "辺", "の", "夕", "焼", "け"]


@pytest.mark.parametrize(
    ("text", "facets"),
    [
        ("beach", (("beach",),)),
        ("beach at sunset", (("beach",), ("sunset",))),
        ("beach, sunset", (("beach",), ("sunset",))),
        ("beach,seaside sunset,dusk", (("beach", "seaside"), ("sunset", "dusk"))),
        ('"golden hour" beach', (('"golden hour"',), ("beach",))),
        ('sea,"blue hour"', (("sea", '"blue hour"'),)),
        ("beach prompts", (("beach",),)),
        ("", ()),
    ],
)
def test_a_subject_is_an_and_of_ors(text: str, facets: tuple[tuple[str, ...], ...]) -> None:
    assert parse_subject(text) == facets


def test_lists_are_taken_as_they_are() -> None:
    assert parse_subject([["beach", "sea side", "beach"], ["dusk"], [], [""]]) == (
        ("beach", "sea side"),
        ("dusk",),
    )


def test_a_quoted_alternative_is_a_phrase() -> None:
    assert is_phrase('"golden hour"')
    assert not is_phrase("golden hour")


@pytest.mark.parametrize("subject", ["🌊 !!", ", ,", "at the", [["beach"], ["!"]]])
def test_what_says_no_word_is_not_taken_for_everything(subject: object) -> None:
    with pytest.raises(QuestionError, match="no word to look for"):
        parse_subject(subject)  # type: ignore[arg-type]


@pytest.mark.parametrize("subject", ["x" * 10_000, [["a" * 200]], [[f"w{i}" for i in range(99)]], [["a"]] * 99])
def test_too_much_is_refused_with_the_limit(subject: object) -> None:
    with pytest.raises(OverLimit, match=r"at most|longer than"):
        parse_subject(subject)  # type: ignore[arg-type]


@given(st.text(max_size=300))
def test_any_text_is_a_subject_or_refused(text: str) -> None:
    try:
        facets = parse_subject(text)
    except (OverLimit, QuestionError):
        return
    assert all(words(alternative) for facet in facets for alternative in facet)
