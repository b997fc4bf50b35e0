"""Whatever drafts, hands, decisions and crashes do: a sidecar is old or new, never mixed, and the log explains it."""

import contextlib
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from decisions import AT, PERSON, sidecar
from drafted_library import AUTHOR, PROFILE, SIDECAR
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from learning_core.audit import AuditChain
from learning_core.deciding import deciding, sidecar_file
from learning_core.deciding.deciding import Deciding
from learning_core.drafts.draft import Draft, Evidence, Question, Request, digest
from learning_core.drafts.folder import DraftFolder
from learning_core.drafts.history import history
from learning_core.drafts.making import make_draft
from learning_core.drafts.targets import find_base
from learning_core.errors import DraftError
from learning_core.library import Library
from learning_core.profiles.collection import collect
from learning_core.profiles.configured import add_model_folder, model_folders

EVIDENCE = Evidence(question=Question(checkpoint="coastlineXL_v3"), strength="none", runs_observed=0, mean_rating=None)
CRASHES = ("before deciding", "before writing", "after writing", "before closing", "after closing")


class Killed(BaseException):
    """Stands for the end of the process at one point."""


class Sequence(RuleBasedStateMachine):
    """A person, their hands in an editor, assistants that draft, and crashes."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.patches = pytest.MonkeyPatch()
        self.at = AT

    def teardown(self) -> None:
        self.patches.undo()
        shutil.rmtree(self.folder)

    @initialize(with_sidecar=st.booleans())
    def begin(self, with_sidecar: bool) -> None:
        self.library = Library(self.folder / "library", self.folder / "cache")
        (self.folder / "models").mkdir()
        (self.folder / "models" / "coastlineXL_v3.safetensors").write_bytes(b"weights")
        add_model_folder(self.library.root, self.folder / "models")
        if with_sidecar:
            sidecar(self.library).write_bytes(json.dumps(PROFILE).encode())
        self.drafts: list[Draft] = []
        self.whole = {self.content()}

    def content(self) -> bytes | None:
        path = self.folder / "models" / SIDECAR
        return path.read_bytes() if path.exists() else None

    @rule(steps=st.integers(1, 4))
    def draft(self, steps: int) -> None:
        base = find_base(collect(model_folders(self.library.root)), "coastlineXL_v3")
        after: dict[str, Any] = json.loads(json.dumps(PROFILE if base.content is None else base.content))
        after.pop("x_user_note", None)
        after["recommended_presets"][0]["steps"] = steps
        folder = DraftFolder(self.library.root)
        try:
            made = make_draft(
                base, after, reason="a test", evidence=EVIDENCE, request=Request(), author=AUTHOR, at=self.tick()
            )
        except DraftError:
            return
        if folder.get(made.id) is None:
            folder.keep(made)
            self.drafts.append(made)

    @rule(note=st.integers(0, 2))
    def edit_by_hand(self, note: int) -> None:
        content = PROFILE | {"x_user_note": f"by hand {note}"}
        sidecar(self.library).write_bytes(json.dumps(content).encode())
        self.whole.add(self.content())

    @precondition(lambda self: self.drafts)
    @rule(data=st.data(), crash=st.sampled_from(("", *CRASHES)))
    def approve(self, data: st.DataObject, crash: str) -> None:
        draft = data.draw(st.sampled_from(self.drafts))
        self.decide(crash, lambda people: people.approve(draft.ref, draft.seal[-6:], PERSON, at=self.tick()))

    @precondition(lambda self: self.drafts)
    @rule(data=st.data(), crash=st.sampled_from(("", *CRASHES)))
    def undo(self, data: st.DataObject, crash: str) -> None:
        draft = data.draw(st.sampled_from(self.drafts))
        self.decide(crash, lambda people: people.undo(draft.ref, draft.seal[-6:], PERSON, at=self.tick()))

    @precondition(lambda self: self.drafts)
    @rule(data=st.data())
    def refuse(self, data: st.DataObject) -> None:
        draft = data.draw(st.sampled_from(self.drafts))
        self.decide("", lambda people: people.refuse(draft.ref, "no", PERSON, at=self.tick()))

    @rule()
    def finish(self) -> None:
        self.decide("", lambda people: people.finish(at=self.tick()))
        assert history(AuditChain(self.library.root)).open() == []

    def tick(self) -> float:
        self.at += 1
        return self.at

    def decide(self, crash: str, act: Callable[[Deciding], object]) -> None:
        before = self.content()
        with self.patches.context() as patches:
            if crash:
                kill_at(patches, crash)
            with contextlib.suppress(DraftError, Killed):
                act(Deciding(self.library))
        after = self.content()
        if after != before:
            assert hashed(after) in self.explained(hashed(before))
        self.whole.add(after)

    def explained(self, begin: str | None) -> set[str | None]:
        """Return what decisions in the log make of a content, one after the other."""
        reached = {begin}
        for each in history(AuditChain(self.library.root)).decisions.values():
            if each.event.decision.base in reached and each.event.decision.verdict != "refuse":
                reached.add(each.event.decision.result)
        return reached - {begin}

    @invariant()
    def the_sidecar_is_whole(self) -> None:
        if hasattr(self, "library"):
            content = self.content()
            assert content in self.whole
            assert content is None or json.loads(content)["kind"] == "model_profile"

    @invariant()
    def the_log_holds(self) -> None:
        if hasattr(self, "library"):
            assert AuditChain(self.library.root).verify().broken == ""
            told = history(AuditChain(self.library.root))
            assert told.problems == []
            assert len({each.event.decision.target for each in told.open()}) == len(told.open())

    @invariant()
    def what_was_undone_is_what_it_was_before(self) -> None:
        if not hasattr(self, "library"):
            return
        made: set[str | None] = set()
        for each in history(AuditChain(self.library.root)).decisions.values():
            kept = None if each.event.kept is None else each.event.kept.encode()
            if each.event.decision.verdict != "refuse":
                assert hashed(kept) == each.event.decision.base
                # What a call finished and undid at once was never seen from outside.
                assert kept in self.whole or hashed(kept) in made
                made.add(each.event.decision.result)


def hashed(content: bytes | None) -> str | None:
    return None if content is None else digest(content)


def kill_at(patches: pytest.MonkeyPatch, point: str) -> None:
    """Let the process end at one point of deciding and writing."""
    write, append = sidecar_file.replace, AuditChain.append

    def replace(*arguments: Any) -> None:
        if point == "before writing":
            raise Killed
        write(*arguments)
        if point == "after writing":
            raise Killed

    def appending(chain: AuditChain, *, action: str, **entry: Any) -> Any:
        if (point, action) in (("before deciding", "draft_decided"), ("before closing", "draft_applied")):
            raise Killed
        made = append(chain, action=action, **entry)
        if (point, action) == ("after closing", "draft_applied"):
            raise Killed
        return made

    patches.setattr(deciding, "replace", replace)
    patches.setattr(AuditChain, "append", appending)


class TestAnySequence(Sequence.TestCase):
    settings = settings(max_examples=8, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.slow
class TestAnyLongSequence(Sequence.TestCase):
    settings = settings(
        max_examples=300, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
    )
