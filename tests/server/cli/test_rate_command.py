"""`rate`: each word is saved durably, can be read back, and can be taken back."""

import json
from typing import Any

import pytest


def test_everything_said_in_one_go_is_saved_and_stands(filled: Any) -> None:
    ref = filled.first_ref()
    ended = filled.run("rate", ref, "--stars", "2", "--select", "--tag", "keeper", "--tag", "dusk", "--note", "soft")
    assert (ended.code, ended.err) == (0, "")
    assert "saved" in ended.out.lower()
    item = filled.item(ref)
    assert (item.rating, item.selection, item.tags, item.note) == (
        2,
        "selected",
        ["dusk", "keeper"],
        "soft",
    )


def test_it_appends_and_rewrites_nothing(filled: Any) -> None:
    ref = filled.first_ref()
    log = filled.library / "log" / "whatworks.jsonl"
    before = log.read_bytes()
    filled.run("rate", ref, "--stars", "1")
    after = log.read_bytes()
    assert after.startswith(before)
    event = json.loads(after[len(before) :])
    assert (event["kind"], event["value"]) == ("rating", 1)


def test_tags_come_off_and_a_note_is_cleared(filled: Any) -> None:
    ref = filled.first_ref()
    filled.run("rate", ref, "--tag", "a", "--tag", "b", "--note", "text")
    filled.run("rate", ref, "--untag", "a", "--note", "")
    item = filled.item(ref)
    assert item.tags == ["b"]
    assert not item.note


def test_undo_takes_the_last_word_back(filled: Any) -> None:
    ref = filled.first_ref()
    stood = filled.item(ref).rating
    filled.run("rate", ref, "--stars", "1")
    assert filled.item(ref).rating == 1
    ended = filled.run("rate", ref, "--undo", "--json")
    assert ended.json()["ref"] == ref
    assert filled.item(ref).rating == stood


def test_one_image_of_a_job_can_be_rejected(filled: Any) -> None:
    ref = filled.first_ref()
    assert filled.run("rate", ref, "--reject", "--image", "1").code == 0
    assert filled.item(ref).selection == "rejected"


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--image", "1"),
        ("--undo", "--stars", "3"),
        ("--undo", "--image", "1"),
        ("--stars", "0"),
        ("--select", "--reject"),
    ],
)
def test_nothing_or_too_much_said_is_wrong_usage(words: tuple[str, ...], filled_once: Any) -> None:
    ended = filled_once.run("rate", filled_once.first_ref(), *words)
    assert (ended.code, ended.out) == (2, "")


def test_an_unknown_record_is_an_expected_error(filled_once: Any) -> None:
    ended = filled_once.run("rate", "rec:0123456789abcdef", "--stars", "3")
    assert (ended.code, ended.out) == (1, "")
    assert "whatworks records" in ended.err


def test_a_tag_that_is_too_long_is_an_expected_error(filled_once: Any) -> None:
    ended = filled_once.run("rate", filled_once.first_ref(), "--tag", "x" * 200)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("Error: ")
