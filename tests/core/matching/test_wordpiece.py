import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_core.matching.wordpiece import pieces, surface

KNOWN = [
    "beach",
    "beaches",
    "eyes",
    "eye",
    "canvas",
    "bus",
    "sea",
    "##side",
    "##s",
    "cafe",
    "海",
    "!",
    "_",
    "city",
    "cities",
]
VOCABULARY = {piece: number for number, piece in enumerate(KNOWN)}


def spelled(text: str) -> list[str]:
    return [KNOWN[number] for number in pieces(text, VOCABULARY)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Beach", ["beach"]),
        ("seaside seas", ["sea", "##side", "sea", "##s"]),
        ("Café!", ["cafe", "!"]),
        ("beach_city", ["beach", "_", "city"]),
        ("海beach海", ["海", "beach", "海"]),
        ("beach\u200b\x00 \tcity", ["beach", "city"]),
        ("nowhere beach", ["beach"]),
        ("s" * 101 + " sea", ["sea"]),
        ("🌊 пляж", []),
        ("", []),
    ],
)
def test_text_is_read_as_uncased_models_read_it(text: str, expected: list[str]) -> None:
    assert spelled(text) == expected


def test_folded_words_are_written_as_the_most_frequent_spelling() -> None:
    assert surface(["beach", "eye"], VOCABULARY) == "beach eyes"
    assert surface(["canva", "bus"], VOCABULARY) == "canvas bus"
    assert surface(["city", "zeppelin"], VOCABULARY) == "city zeppelin"


@given(st.text(max_size=200))
def test_any_text_has_pieces_of_the_vocabulary(text: str) -> None:
    assert all(0 <= number < len(KNOWN) for number in pieces(text, VOCABULARY))
