import pytest

from learning_core.text.keywords import words
from learning_core.text.prompt_traits import Traits, prompt_traits


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("", (0, 0, 0, 0)),
        ("a castle", (1, 7, 0, 0)),
        ("three cats and 2 dogs on a bench", (5, 23, 2, 0)),
        ("a man without a hat, not smiling; the sky isn't blue", (8, 39, 0, 3)),
        ("8k, 1girl, masterpiece", (3, 18, 0, 0)),
        ("zwei Katzen ohne Hut", (4, 17, 0, 0)),
    ],
)
def test_a_prompt_is_counted_by_its_words_and_by_what_it_counts_and_leaves_out(prompt: str, expected: Traits) -> None:
    assert prompt_traits(words(prompt)) == expected


def test_a_word_that_is_repeated_counts_once() -> None:
    assert prompt_traits(["two", "cat", "two", "the", "the"]) == prompt_traits(["the", "cat", "two"]) == (2, 9, 1, 0)
