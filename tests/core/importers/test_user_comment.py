import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_core.importers.user_comment import decode_user_comment

TEXT = "a pier, 夕焼け\nNegative prompt: fog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 64x64"
JAPANESE = "夕焼けの海辺、静かな波"


@pytest.mark.parametrize("text", [TEXT, "pier", JAPANESE + ", Steps: 20, Seed: 1, Size: 8x8"])
@pytest.mark.parametrize(
    ("code", "encoding"),
    [
        (b"UNICODE\0", "utf-16-be"),
        (b"UNICODE\0", "utf-16-le"),
        (b"UNICODE\0", "utf-16"),
        (b"UNICODE\0", "utf-8"),
        (b"ASCII\0\0\0", "utf-8"),
        (b"ASCII\0\0\0", "utf-16-le"),
        (bytes(8), "utf-8"),
        (bytes(8), "utf-16-be"),
        (b"", "utf-8"),
        (b"", "utf-16-le"),
        (b"", "utf-16-be"),
    ],
)
@pytest.mark.parametrize("end", [b"", b"\0", b"\0\0"])
def test_every_encoding_gives_the_same_text(text: str, code: bytes, encoding: str, end: bytes) -> None:
    assert decode_user_comment(code + text.encode(encoding) + end) == text


def test_little_endian_text_is_not_taken_for_chinese() -> None:
    found = decode_user_comment(b"UNICODE\0" + TEXT.encode("utf-16-le"))
    assert found.startswith("a pier")


def test_text_without_any_western_character_is_read_as_a1111_writes_it() -> None:
    assert decode_user_comment(b"UNICODE\0" + JAPANESE.encode("utf-16-be")) == JAPANESE


def test_text_without_code_name_in_latin_1_keeps_its_characters() -> None:
    assert decode_user_comment("café".encode("latin-1")) == "café"


@pytest.mark.parametrize("data", [b"", b"\0", bytes(8), b"UNICODE\0", b"ASCII\0\0\0", bytes(100)])
def test_an_empty_comment_is_an_empty_text(data: bytes) -> None:
    assert decode_user_comment(data) == ""


@given(st.binary(max_size=300))
def test_any_bytes_give_a_text(data: bytes) -> None:
    assert isinstance(decode_user_comment(data), str)
    assert isinstance(decode_user_comment(b"UNICODE\0" + data), str)
