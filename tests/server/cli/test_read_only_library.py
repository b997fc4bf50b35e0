"""A library on a read-only disk answers every question and refuses words with a sentence."""

import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from bound_by_permissions import BOUND_BY_PERMISSIONS

pytestmark = pytest.mark.skipif(
    not (sys.platform == "linux" or (os.name == "posix" and os.geteuid() != 0)),
    reason="needs permissions that bind",
)


@pytest.fixture
def read_only(filled: Any) -> Iterator[Any]:
    paths = [filled.library, *filled.library.rglob("*")]
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield filled
    for path in paths:
        path.chmod(0o755)


def _run(command: Any, *words: str) -> Any:
    return command.run(*words, first=BOUND_BY_PERMISSIONS)


@pytest.mark.parametrize("words", [("ask", "beach"), ("records",), ("paths",), ("doctor",)])
def test_questions_are_answered(words: tuple[str, ...], read_only: Any) -> None:
    ended = _run(read_only, *words)
    assert ended.code == 0, ended
    assert ended.out


@pytest.mark.parametrize("file", ["records.csv", "library.tar.gz"])
def test_it_can_be_exported_and_what_cannot_be_noted_is_said(file: str, read_only: Any) -> None:
    ended = _run(read_only, "export", file)
    assert ended.code == 0, ended
    assert (read_only.home / file).stat().st_size > 1000
    assert "Not noted in the audit chain" in ended.err


def test_a_rating_is_refused_with_a_sentence(read_only: Any) -> None:
    ended = _run(read_only, "rate", read_only.first_ref(), "--stars", "3")
    assert (ended.code, ended.out) == (1, ""), ended
    assert "cannot be written" in ended.err and "--library" in ended.err
    assert "Traceback" not in ended.err


def test_an_import_is_refused_with_a_sentence(read_only: Any) -> None:
    text = read_only.home / "new.txt"
    text.write_text(
        "beach at noon\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512", encoding="utf-8"
    )
    ended = _run(read_only, "import", str(text))
    assert (ended.code, ended.out) == (1, ""), ended
    assert "cannot be written" in ended.err
