"""Terms are counted and embedded once each: incremental, resumable, in any order, by one process at a time."""

from collections import Counter
from pathlib import Path

import pytest
from invented_table import GROUPS, give_table, scenes, silent, widened_library
from library_factory import make_job, make_library

from learning_core.errors import TermsBusy, TermsUnusable
from learning_core.library import Library
from learning_core.log import lock
from learning_core.matching import embed as embedding
from learning_core.matching import static_table, term_counts
from learning_core.matching.embed import COUNTS, embed
from learning_core.matching.term_counts import counted_terms, terms_of
from learning_core.matching.term_vectors import read_vectors
from learning_core.matching.widening import STATIC_VECTORS

PROMPTS = [f"{word}, {group[0]} at night, masterpiece" for group in GROUPS for word in group if word.isalpha()]


def made(library: Library) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (library.matching.cache / STATIC_VECTORS).iterdir()}


def test_terms_are_words_and_short_tags_without_syntax() -> None:
    prompt = "(Golden Hour:1.2), beaches at the sea <lora:film:0.5>, 1girl, 42, a very long tag of many words"
    assert terms_of(prompt) == {
        "golden", "hour", "golden hour", "beach", "sea", "beach at the sea", "1girl", "very", "long", "tag", "many",
        "word",
    }  # fmt: skip


def test_counts_are_those_of_every_prompt(tmp_path: Path) -> None:
    library = make_library(tmp_path, scenes(PROMPTS))  # type: ignore[arg-type]
    embed(library, silent)
    expected = Counter(term for prompt in PROMPTS for n in range(3) for term in terms_of(prompt))
    with library.snapshot() as snapshot:
        found = counted_terms(snapshot, library.matching.cache / COUNTS)
    assert {term: prompts for term, prompts in found if term != "take"} == {
        term: count for term, count in expected.items() if count >= 3
    }


def test_only_what_is_new_is_embedded_and_nothing_changes_what_comes_out(tmp_path: Path) -> None:
    events = scenes(PROMPTS)
    library = make_library(tmp_path / "one", events[:60])  # type: ignore[arg-type]
    give_table(library)
    first = embed(library, silent)
    library.append(events[60:], durable=False)  # type: ignore[arg-type]
    second = embed(library, silent)
    assert 0 < second.new_by_table < second.terms  # type: ignore[operator]
    assert first.terms < second.terms
    assert embed(library, silent).new_by_table == 0
    turned = [*events[60:], *events[:60]]
    other = make_library(tmp_path / "two", turned)  # type: ignore[arg-type]
    give_table(other)
    embed(other, silent)
    assert made(library) == made(other)


def test_a_killed_run_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(term_counts, "PROMPTS_AT_ONCE", 10)
    whole = widened_library(tmp_path / "whole", PROMPTS)
    library = make_library(tmp_path / "killed", scenes(PROMPTS))  # type: ignore[arg-type]
    give_table(library)
    seen: list[int] = []

    def kill(step: str, done: int, _total: int) -> None:
        if step == "Counting terms":
            seen.append(done)
            if done == 20:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        embed(library, kill)
    embed(library, kill)
    assert seen[:3] == [10, 20, 30]
    assert made(library) == made(whole)


def test_counts_of_another_index_or_of_a_broken_file_are_begun_anew(tmp_path: Path) -> None:
    library = widened_library(tmp_path, PROMPTS)
    expected = made(library)
    for path in library.cache.glob("*"):
        if path.is_file():
            path.unlink()
    assert embed(library, silent).new_by_table == 0
    (library.matching.cache / COUNTS).write_bytes(b"no database" * 1000)
    assert embed(library, silent).new_by_table == 0
    assert made(library) == expected


def test_one_process_at_a_time_makes_vectors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "_LOCK_SECONDS", 0.2)
    library = widened_library(tmp_path, ["beach"])
    with lock.held(library.matching.cache / "embed.lock", 1.0), pytest.raises(TermsBusy, match="Wait for it"):
        embed(library, silent)


def test_without_a_table_terms_are_only_counted(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(n, prompt_positive=f"beach, {n} x") for n in range(3)])
    found = embed(library, silent)
    assert (found.prompts, found.terms, found.new_by_table, found.new_by_model) == (3, 1, None, None)
    assert read_vectors(library.matching.cache / STATIC_VECTORS) is None


def test_a_damaged_table_is_named(tmp_path: Path) -> None:
    library = widened_library(tmp_path, ["beach"])
    table = library.matching.inputs / "static-table" / "table.npy"
    table.write_bytes(table.read_bytes()[:50])
    # A process that read the table keeps it while its manifest stands.
    static_table._read.cache_clear()
    with pytest.raises(TermsUnusable, match=r"table\.npy cannot be used"):
        embed(library, silent)


def test_counts_of_another_library_are_never_taken_for_its_own(tmp_path: Path) -> None:
    one, other = (widened_library(tmp_path / word, [word]) for word in ("beach", "shore"))
    counts = other.matching.cache / COUNTS
    counts.write_bytes((one.matching.cache / COUNTS).read_bytes())
    embed(other, silent)
    kept = read_vectors(other.matching.cache / STATIC_VECTORS)
    assert kept is not None
    assert "shore" in kept.terms and "beach" not in kept.terms
