"""Text that fits the terminal it is written to."""

import os
import shutil
import sys

import pytest

from server.terminal.layout import WIDTH, columns, paragraph, table

HEAD = ("", "good", "against all", "best record")
ROW = ("coastlineXL_v3", "14 of 18", "+25 points", "rec:0123456789abcdef")


def watched(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: os.terminal_size((width, 24)))


def test_a_paragraph_is_as_wide_as_the_terminal_and_no_wider_than_is_easy_to_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for terminal, widest in ((60, 59), (80, 79), (300, WIDTH)):
        watched(monkeypatch, terminal)
        lines = paragraph("some words " * 60).splitlines()
        assert widest - 10 <= max(map(len, lines)) <= widest


def test_a_number_and_its_percent_sign_stay_in_one_line() -> None:
    for before in range(1, WIDTH):
        text = f"{'x' * before} 70 % come out well, " + "some words " * 10
        lines = paragraph(text).splitlines()
        assert not any(line.endswith("70") or line.startswith("%") for line in lines)
        assert " ".join(lines) == text.strip()


def test_a_table_gives_up_spare_columns_only_where_it_must(monkeypatch: pytest.MonkeyPatch) -> None:
    watched(monkeypatch, 100)
    assert "+25 points" in table(HEAD, [ROW], spare=(2, 3))[1]
    watched(monkeypatch, 55)
    narrow = table(HEAD, [ROW], spare=(2, 3))
    assert "points" not in narrow[1] and ROW[3] in narrow[1]
    assert max(map(len, narrow)) < 55


def test_without_a_terminal_nothing_is_given_up() -> None:
    assert "points" in table(HEAD, [("x" * 90, *ROW[1:])], spare=(2, 3))[1]


def test_wide_letters_keep_the_columns_in_line() -> None:
    assert (columns("abc"), columns("夕焼け"), columns("e\u0301")) == (3, 6, 1)
    lines = table(("", "n"), [("夕焼け", "1"), ("beach", "2")])
    assert [columns(line) for line in lines] == [11, 11, 11]
