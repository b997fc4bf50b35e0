import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from server.untrusted import quoted, visible

HIDING = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def test_a_plain_text_stays_as_it_is() -> None:
    assert visible("harbour at dawn, (golden:1.2)") == "harbour at dawn, (golden:1.2)"
    assert visible("浜辺の夕日, Küste, 🌊") == "浜辺の夕日, Küste, 🌊"


def test_what_acts_or_hides_is_written_out() -> None:
    assert visible("red\x1b[31m") == "red\\e[31m"
    assert visible("a\u202eb") == "a\\u202eb"
    assert visible("a\u200bb\ufeff") == "a\\u200bb\\ufeff"
    assert visible("a\0b\x07") == "a\\0b\\u0007"
    assert visible("tag\U000e0041") == "tag\\U000e0041"
    assert visible("half\ud800") == "half\\ud800"
    assert visible("line\u2028break") == "line\\u2028break"


def test_lines_become_one_line() -> None:
    assert visible("beach\nboat\r\nsea") == "beach ⏎ boat ⏎ sea"


def test_a_long_text_ends_with_an_ellipsis_and_never_inside_an_escape() -> None:
    assert visible("abcdef", 4) == "abc…"
    assert visible("abc\u202edef", 8) == "abc…"
    assert visible("abcdef", 6) == "abcdef"


def test_a_quoted_text_cannot_leave_its_quotes() -> None:
    assert quoted("a`b") == "`a\\u0060b`"
    assert quoted("") == "` `"


@given(st.text(), st.integers(min_value=1, max_value=80))
def test_any_text_comes_out_short_harmless_and_stable(text: str, limit: int) -> None:
    shown = visible(text, limit)
    assert len(shown) <= limit
    assert not any(unicodedata.category(character) in HIDING for character in shown)
    assert visible(shown, limit) == shown
    assert quoted(text).count("`") == 2
