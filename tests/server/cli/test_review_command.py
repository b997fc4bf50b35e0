"""`review` and `undo`: a person at a real terminal decides; nothing else does, and nothing on the screen acts."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from decisions import copied, seal_end, sidecar, the_draft
from drafted_library import SIDECAR, drafted_library, propose
from person_at_terminal import PersonAtTerminal

from learning_core.audit import AuditChain
from learning_core.drafts.folder import DraftFolder
from learning_core.drafts.history import history
from learning_core.drafts.waiting import read_draft
from learning_core.library import Library
from learning_core.profiles.sidecar import load_model_profile
from learning_core.profiles.suggest import suggest_preset_for
from server.cli import review
from server.review.layout import whole_draft

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals of POSIX")
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Library:
    library = drafted_library(tmp_path_factory.mktemp("template"))
    propose(library)
    return library


@pytest.fixture
def library(template: Library, tmp_path: Path) -> Library:
    return copied(template, tmp_path)


def environment(library: Library) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WHATWORKS_", "PYTHON"))}
    cache = str(library.root.parent / "cache")
    return {**kept, "PYTHONPATH": str(ROOT), "WHATWORKS_LIBRARY": str(library.root), "WHATWORKS_CACHE": cache}


def at_terminal(library: Library, *words: str) -> PersonAtTerminal:
    return PersonAtTerminal(*words, folder=library.root.parent, environment=environment(library))


def run(library: Library, *words: str, typed: bytes = b"", **more: str) -> "subprocess.CompletedProcess[bytes]":
    """Run a command in a session of its own, without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "server", *words], cwd=library.root.parent, env={**environment(library), **more},
        input=typed, capture_output=True, check=False, timeout=120, start_new_session=True,
    )  # fmt: skip


def test_the_whole_way_from_the_records_to_a_suggestion_and_back(library: Library) -> None:
    before = sidecar(library).read_bytes()

    def suggested() -> Any:
        found = suggest_preset_for(load_model_profile(sidecar(library)), [])
        assert found is not None
        return found.sampler, found.steps, found.cfg, found.rating

    person = at_terminal(library, "review")
    shown = person.answer("or quit? ", "approve")
    assert re.search(r"recommended_presets\[p1\].sampler +Euler a +→ +DPM\+\+ 2M", shown)
    assert re.search(r"sampler \(strong, review_only\): DPM\+\+ 2M: 32 of 36 good, \d\d % expected", shown)
    assert '+            "sampler": "DPM++ 2M",' in shown
    assert suggested() == ("Euler a", 30, 6.5, "good")
    person.answer("characters of the seal: ", person.seal_end())
    person.wait_for("Approved, and written: coastlineXL_v3.modelprofile.json.")
    assert person.code() == 0
    assert suggested() == ("DPM++ 2M", 30, 6.5, "best")
    (standing,) = history(AuditChain(library.root)).decisions.values()
    assert standing.event.decision.terminal.startswith("/dev/")

    person = at_terminal(library, "undo")
    person.wait_for("characters of the seal: ")
    person.type(person.seal_end())
    person.wait_for("is what it was before")
    assert person.code() == 0
    assert sidecar(library).read_bytes() == before


def test_editing_and_refusing_at_the_terminal(library: Library) -> None:
    before = sidecar(library).read_bytes()
    person = at_terminal(library, "review")
    person.answer("or quit? ", "edit")
    person.answer(".rating", "superb")
    for field in (".source", ".sampler", ".runs_observed", ".mean_rating", ".updated_at"):
        person.answer(field, "")
    person.wait_for("must be one of")
    person.answer("or quit? ", "e")
    person.answer('.rating ["best"]: ', "better")
    for field in (".source", ".sampler", ".runs_observed", ".mean_rating", ".updated_at"):
        person.answer(field, "")
    person.wait_for("by review, called by")
    person.answer("or quit? ", "approve")
    person.answer("characters of the seal: ", "wrong1")
    person.wait_for("not the last 6 characters")
    person.answer("or quit? ", "refuse")
    person.answer("Why?", "not \u202e for me")
    person.wait_for("Refused")
    assert person.code() == 0
    assert sidecar(library).read_bytes() == before
    assert read_draft(library, the_draft(library).ref).status == "pending"


def test_a_locked_review_asks_for_the_passphrase(library: Library) -> None:
    person = at_terminal(library, "review", "--lock")
    person.answer("New passphrase: ", "correct horse")
    person.answer("The same again: ", "correct horse")
    person.wait_for("Locked with key")
    assert person.code() == 0
    assert "correct horse" not in person.shown
    person = at_terminal(library, "review")
    person.wait_for("Decisions are signed with key")
    person.answer("or quit? ", "a")
    person.wait_for("characters of the seal: ")
    person.type(person.seal_end())
    person.answer("Passphrase: ", "correct horse")
    person.wait_for("Approved")
    assert person.code() == 0
    (standing,) = history(AuditChain(library.root)).decisions.values()
    assert standing.event.signature


def test_no_pipe_option_or_variable_approves(library: Library) -> None:
    before = sidecar(library).read_bytes()
    made = the_draft(library)
    end = seal_end(library, made)
    keys = f"approve\n{end}\ny\nyes\n".encode() * 3
    more = {"CI": "1", "WHATWORKS_YES": "1", "WHATWORKS_REVIEW": "approve", "FORCE_COLOR": "1"}
    for words in (("review", made.ref), ("review", "--lock")):
        ended = run(library, *words, typed=keys, **more)
        assert (ended.returncode, ended.stdout) == (1, b"")
        assert b"a person decides at a terminal" in ended.stderr
    options = {each for parameter in review.command.params for each in parameter.opts}
    assert options == {"refs", "--list", "--lock", "--unlock", "--json", "--library"}
    assert sidecar(library).read_bytes() == before
    assert list(AuditChain(library.root).entries()) == []


def test_what_was_typed_before_the_question_is_no_answer(library: Library) -> None:
    person = at_terminal(library, "review")
    person.type("approve")
    person.type(seal_end(library, the_draft(library)))
    person.answer("or quit? ", "quit")
    assert person.code() == 0
    assert list(AuditChain(library.root).entries()) == []


def test_hostile_text_in_a_draft_does_not_act_on_the_screen(library: Library) -> None:
    hostile = "x\x1b]0;title\x07\x1b[2J\u202eevil\u200b"
    content = json.loads(sidecar(library).read_bytes())
    content["recommended_presets"][0] |= {"id": hostile, "label": hostile}
    sidecar(library).write_text(json.dumps(content, indent=4, ensure_ascii=False))
    made = propose(library, reason=hostile, author={"tool": hostile, "client": hostile})
    shown = whole_draft(DraftFolder(library.root).read(made.ref))
    assert "\\e[2J\\u202eevil\\u200b" in shown
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e\u200b]", shown)


def test_the_list_shows_what_waits(library: Library) -> None:
    made = the_draft(library)
    listed = run(library, "review", "--list").stdout.decode()
    assert f"{made.ref}  pending, strong evidence" in listed
    assert SIDECAR in made.sidecar
