"""`draft`: proposes, says on what it rests, and writes nothing but the draft."""

from pathlib import Path
from typing import Any

import click
import pytest
from drafted_library import MODEL, drafted_library

from server.cli.draft import _changes


@pytest.fixture
def command(empty: Any) -> Any:
    """The command with a library of beach images and the folder of their checkpoint."""
    drafted_library(empty.library.parent)
    return empty


def test_what_leads_is_drafted_for_the_sidecar_which_stays_as_it_is(command: Any) -> None:
    path = sidecar_of(command)
    before = path.read_bytes()
    ended = command.run("draft", MODEL, "--subject", "beach", "--reason", "beach prompts")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("draft:")
    assert "pending, strong evidence" in ended.out
    assert '+            "sampler": "DPM++ 2M",' in ended.out
    assert "A person decides on a terminal: whatworks review draft:" in ended.out
    path.write_bytes(before + b"\n")
    (ref,) = (each["ref"] for each in command.run("review", "--list", "--json").json()["items"])
    again = command.run("draft", "--again", ref, "--json").json()
    assert (again["status"], again["reason"]) == ("pending", "beach prompts")
    assert again["ref"] != ref
    assert again["author"].startswith("whatworks draft (whatworks ")
    assert path.read_bytes() == before + b"\n"


def test_a_draft_that_claims_nothing_is_said_to_have_no_evidence(command: Any) -> None:
    for words in (("draft", MODEL, "--where", "sampler:euler"), ("review", "--list")):
        ended = command.run(*words)
        assert ended.code == 0
        assert "pending, no evidence\n" in ended.out


def test_a_claim_without_evidence_is_an_expected_error_with_the_figures(command: Any) -> None:
    ended = command.run("draft", MODEL, "--set", "steps=50")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == (
        "Error: No draft was made: no judged image of coastlineXL_v3 has steps 50. "
        "Judged are 30: 44 of 72 good, 61 % expected.\n"
    )


def test_values_are_read_as_what_they_are() -> None:
    written = (
        "steps=30",
        "cfg=6.5",
        "sampler=DPM++ 2M",
        "resolution=832x1216",
        "lora:film=0.6",
        "scheduler=null",
        "lora:ink=1",
    )
    assert _changes(written) == {
        "steps": 30, "cfg": 6.5, "sampler": "DPM++ 2M", "resolution": [832, 1216], "scheduler": None,
        "lora_overlays": {"film": 0.6, "ink": 1},
    }  # fmt: skip
    assert _changes(("resolution=wide", "steps=true", "cfg=[1]")) == {
        "resolution": "wide",
        "steps": True,
        "cfg": "[1]",
    }


@pytest.mark.parametrize("written", ["steps", "=30", "steps=", ""])
def test_what_is_no_field_and_value_is_wrong_usage(written: str) -> None:
    with pytest.raises(click.BadParameter, match="FIELD=VALUE"):
        _changes((written,))


def test_a_model_or_a_draft_is_named(command: Any) -> None:
    assert command.run("draft").code == 2


def sidecar_of(command: Any) -> Path:
    return Path(command.library.parent, "models", f"{MODEL}.modelprofile.json")
