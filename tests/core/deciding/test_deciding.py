"""A decision is durable, bound to what was read, carried out once, and undone byte for byte."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from decisions import AT, PERSON, approve, copied, seal_end, sidecar, the_draft, undo
from drafted_library import PROFILE, drafted_library, propose

from learning_core.audit import AuditChain
from learning_core.deciding.deciding import Deciding, Person
from learning_core.deciding.locking import ReviewLock
from learning_core.drafts.decision import DecidedEvent, Decision
from learning_core.drafts.draft import digest
from learning_core.drafts.folder import DraftFolder
from learning_core.drafts.history import history
from learning_core.drafts.patch import patched
from learning_core.drafts.view import DraftView
from learning_core.drafts.waiting import list_drafts, read_draft, withdraw_draft
from learning_core.errors import ChangedOutside, DecisionRefused, DraftDamaged, DraftRefused, SidecarRefused
from learning_core.health.check import check
from learning_core.library import Library
from learning_core.profiles.sidecar import load_model_profile
from learning_core.profiles.suggest import suggest_preset_for


def actions(library: Library) -> list[str]:
    return [entry.action for entry in AuditChain(library.root).entries()]


def suggested(library: Library) -> Any:
    return suggest_preset_for(load_model_profile(sidecar(library)), [])


def test_from_the_records_to_the_suggestion_and_back(library: Library) -> None:
    before = sidecar(library).read_bytes()
    assert suggested(library).sampler == "Euler a"
    made = the_draft(library)
    approve(library, made)
    assert suggested(library).sampler == "DPM++ 2M"
    assert suggested(library).rating == "best"
    assert read_draft(library, made.ref).status == "applied"
    undo(library, made)
    assert sidecar(library).read_bytes() == before
    assert suggested(library).sampler == "Euler a"
    assert read_draft(library, made.ref).status == "undone"
    assert actions(library) == ["draft_decided", "draft_applied", "draft_decided", "draft_applied"]
    assert AuditChain(library.root).verify().broken == ""


def test_only_the_changed_values_differ_in_the_file_and_permissions_stay(library: Library) -> None:
    path = sidecar(library)
    source = b"\xef\xbb\xbf" + path.read_bytes().replace(b"6.5", b"6.50").replace(b"\n", b"\r\n")
    path.write_bytes(source)
    path.chmod(0o640)
    approve(library, propose(library))
    after = path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o640
    expected = source
    for old, new in (
        (b'"rating": "good"', b'"rating": "best"'),
        (b'"source": "internet_prior"', b'"source": "local_learning"'),
        (b'"sampler": "Euler a"', b'"sampler": "DPM++ 2M"'),
        (b'"runs_observed": 24', b'"runs_observed": 72'),
        (b'"mean_rating": 4.1', b'"mean_rating": 3.83,\r\n        "updated_at": "2025-10-09T10:04:32Z"'),
    ):
        assert old in expected
        expected = expected.replace(old, new)
    assert after == expected
    assert [each.name for each in path.parent.iterdir() if each.suffix == ".part"] == []


def test_a_new_sidecar_appears_as_readable_as_its_model_and_goes_again(tmp_path: Path) -> None:
    library = drafted_library(tmp_path, with_sidecar=False)
    (sidecar(library).parent / "coastlineXL_v3.safetensors").chmod(0o644)
    made = propose(library)
    approve(library, made)
    assert sidecar(library).stat().st_mode & 0o777 == 0o644
    assert suggested(library).sampler == "DPM++ 2M"
    undo(library, made)
    assert not sidecar(library).exists()


@pytest.mark.parametrize("typed", ["", "000000", "approve", "yes"])
def test_what_was_not_read_is_not_approved(typed: str, library: Library) -> None:
    before = sidecar(library).read_bytes()
    with pytest.raises(DecisionRefused, match="not the last 6 characters"):
        Deciding(library).approve(the_draft(library).ref, typed, PERSON, at=AT)
    assert sidecar(library).read_bytes() == before
    assert actions(library) == []


def test_the_seal_of_another_draft_does_not_approve(library: Library) -> None:
    one, other = the_draft(library), propose(library, reason="other")
    with pytest.raises(DecisionRefused):
        Deciding(library).approve(one.ref, seal_end(library, other), PERSON, at=AT)


def test_a_sidecar_that_was_changed_since_is_left_alone(library: Library) -> None:
    made = the_draft(library)
    edited = json.dumps(PROFILE | {"x": 1}).encode()
    sidecar(library).write_bytes(edited)
    with pytest.raises(ChangedOutside, match="nothing was written"):
        approve(library, made)
    assert sidecar(library).read_bytes() == edited
    assert actions(library) == []


def test_an_undo_leaves_alone_what_was_changed_since(library: Library) -> None:
    made = the_draft(library)
    approve(library, made)
    for edited in (b"{}", json.dumps(PROFILE | {"x": 1}).encode()):
        sidecar(library).write_bytes(edited)
        with pytest.raises(ChangedOutside):
            undo(library, made)
        assert sidecar(library).read_bytes() == edited
    assert actions(library) == ["draft_decided", "draft_applied"]


def test_approving_twice_is_approving_once(library: Library) -> None:
    made = the_draft(library)
    approve(library, made)
    after = sidecar(library).read_bytes()
    with pytest.raises(ChangedOutside):
        approve(library, made, at=AT + 5)
    assert sidecar(library).read_bytes() == after
    assert actions(library) == ["draft_decided", "draft_applied"]


def test_a_decision_is_spent_an_old_sidecar_does_not_revive_it(library: Library) -> None:
    before = sidecar(library).read_bytes()
    approve(library, the_draft(library))
    sidecar(library).write_bytes(before)
    assert Deciding(library).finish(at=AT + 9) == []
    assert sidecar(library).read_bytes() == before


def test_refusing_stays_until_a_person_decides_anew(library: Library) -> None:
    made = the_draft(library)
    Deciding(library).refuse(made.ref, "not for me", PERSON, at=AT)
    assert propose(library).status == "refused"
    assert list_drafts(library, status="pending").total == 0
    with pytest.raises(DraftRefused, match="it is refused"):
        withdraw_draft(library, made.ref, reason="x", actor="a test", at=AT)
    approve(library, made, at=AT + 3)
    assert read_draft(library, made.ref).status == "applied"


def test_a_refusal_needs_a_reason(library: Library) -> None:
    with pytest.raises(DraftRefused):
        Deciding(library).refuse(the_draft(library).ref, " ", PERSON, at=AT)


def test_nothing_applied_is_nothing_to_undo(library: Library) -> None:
    made = the_draft(library)
    with pytest.raises(DecisionRefused, match="nothing to undo"):
        undo(library, made)
    assert Deciding(library).undoable() == []


def test_an_edited_draft_is_another_draft_within_the_ranges(library: Library) -> None:
    made = the_draft(library)
    place = next(each.pointer for each in made.changes if each.field.endswith("rating"))
    with pytest.raises(DraftRefused, match="must be one of"):
        Deciding(library).edit(made.ref, {place: "superb"}, PERSON, at=AT)
    with pytest.raises(DraftRefused, match="does not change /model_name"):
        Deciding(library).edit(made.ref, {"/model_name": "other"}, PERSON, at=AT)
    edited = Deciding(library).edit(made.ref, {place: "better"}, PERSON, at=AT)
    assert edited.ref != made.ref
    assert (edited.author.tool, edited.author.client) == ("review", "ada")
    Deciding(library).approve(edited.ref, edited.seal[-6:], PERSON, at=AT)
    assert suggested(library).rating == "better"


def test_a_draft_that_was_edited_on_the_disk_cannot_be_decided_about(library: Library) -> None:
    made = the_draft(library)
    end = seal_end(library, made)
    (path,) = (library.root / "drafts").glob("*.json")
    path.write_bytes(path.read_bytes().replace(b"DPM++ 2M", b"DPM++ 9M"))
    with pytest.raises(DraftDamaged):
        Deciding(library).approve(made.ref, end, PERSON, at=AT)


def test_the_author_of_a_draft_is_under_its_seal_too(library: Library) -> None:
    made = the_draft(library)
    end = seal_end(library, made)
    (path,) = (library.root / "drafts").glob("*.json")
    path.write_bytes(path.read_bytes().replace(b'"client":"a test"', b'"client":"a cat!"'))
    with pytest.raises(DecisionRefused):
        Deciding(library).approve(made.ref, end, PERSON, at=AT)


def test_a_broken_audit_chain_stops_decisions(library: Library) -> None:
    one, other = the_draft(library), propose(library, reason="other")
    Deciding(library).refuse(one.ref, "no", PERSON, at=AT)
    path = AuditChain(library.root).path
    path.write_bytes(path.read_bytes().replace(b'"no"', b'"yes"'))
    with pytest.raises(DecisionRefused, match="audit chain is broken"):
        approve(library, other)


class Locked:
    """A library whose review is locked, and the key that its passphrase opens."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.lock = ReviewLock(library)
        self.lock.lock("correct horse", at=AT, random_bytes=os.urandom, cost_log2=10)
        self.person = Person("ada", "/dev/pts/0", self.lock.open("correct horse"))


@pytest.fixture
def locked(library: Library) -> Locked:
    return Locked(library)


def test_a_locked_review_takes_signed_decisions_alone(locked: Locked, template: Library, tmp_path: Path) -> None:
    made = the_draft(locked.library)
    with pytest.raises(DecisionRefused, match="locked"):
        approve(locked.library, made)
    foreign = Locked(copied(template, tmp_path / "other"))
    with pytest.raises(DecisionRefused, match="locked"):
        approve(locked.library, made, foreign.person)
    with pytest.raises(DecisionRefused, match="passphrase is wrong"):
        locked.lock.open("wrong horse!")
    approve(locked.library, made, locked.person)
    undo(locked.library, made, locked.person)
    assert read_draft(locked.library, made.ref).status == "undone"


def forge(library: Library, **changes: Any) -> str:
    """Append the first decision once more, changed; return what the history says of it."""
    chain = AuditChain(library.root)
    details = next(dict(entry.details) for entry in chain.entries() if entry.action == "draft_decided")
    details["decision"] = details["decision"] | changes.pop("decision", {})
    chain.append(at=AT, actor="person", action="draft_decided", details=details | changes)
    problems = history(chain).problems
    return problems[-1][1] if problems else ""


FORGED: list[tuple[dict[str, Any], str]] = [
    ({}, "repeats a decision"),
    ({"signature": "00" * 64, "decision": {"at": AT + 7}}, "not signed with its key"),
    ({"decision": {"at": AT + 7}}, "not signed with its key"),
    ({"decision": {"target": "model:other"}}, "not signed with its key"),
    ({"decision": {"base": "0" * 64}}, "not signed with its key"),
    ({"decision": {"verdict": "refuse"}}, "not signed with its key"),
    ({"decision": {"draft": "0" * 64}}, "not signed with its key"),
    ({"key": "", "signature": "", "decision": {"at": AT + 7}}, "not signed with its key"),
]


@pytest.mark.parametrize(("changes", "said"), FORGED, ids=[str(each[0])[:50] for each in FORGED])
def test_a_forged_or_replayed_decision_changes_nothing_and_doctor_names_it(
    changes: dict[str, Any], said: str, locked: Locked
) -> None:
    library = locked.library
    before = sidecar(library).read_bytes()
    made = the_draft(library)
    approve(library, made, locked.person)
    undo(library, made, locked.person)
    assert said in forge(library, **changes)
    assert Deciding(library).finish(at=AT + 9) == []
    assert sidecar(library).read_bytes() == before
    (finding,) = [each for each in check(library).findings if each.check == "drafts" and each.level == "problem"]
    assert said in finding.what


def test_a_new_key_needs_the_one_before_and_old_decisions_stay_valid(locked: Locked) -> None:
    library = locked.library
    made = the_draft(library)
    approve(library, made, locked.person)
    with pytest.raises(DecisionRefused, match="passphrase is wrong"):
        locked.lock.lock("another horse", old="guess guess", at=AT, random_bytes=os.urandom, cost_log2=10)
    AuditChain(library.root).append(
        at=AT, actor="person", action="review_locked", details={"key": "ab" * 32, "by_old": "cd" * 64}
    )
    assert locked.lock.key == locked.person.key.public  # type: ignore[union-attr]  # it is locked
    locked.lock.lock("another horse", old="correct horse", at=AT, random_bytes=os.urandom, cost_log2=10)
    with pytest.raises(DecisionRefused, match="locked"):
        undo(library, made, locked.person)
    undo(library, made, Person("ada", "tty", locked.lock.open("another horse")))
    locked.lock.unlock("another horse", at=AT)
    assert locked.lock.key == ""
    approve(library, made, at=AT + 20)


def test_a_sealed_key_put_in_place_of_ours_is_refused(locked: Locked, template: Library, tmp_path: Path) -> None:
    foreign = Locked(copied(template, tmp_path / "other"))
    (ours,), (theirs,) = (each.lock.folder.iterdir() for each in (locked, foreign))
    assert ours.stat().st_mode & 0o777 == 0o600
    ours.write_bytes(theirs.read_bytes())
    with pytest.raises(DecisionRefused, match="not the one that the audit chain names"):
        locked.lock.open("correct horse")


def approve_in_vain(library: Library, made: DraftView) -> None:
    """Approve a draft that cannot be written: a folder lies where the new content is to be written first."""
    before = sidecar(library).read_bytes()
    result = DraftFolder(library.root).read(made.ref).content.result
    in_the_way = sidecar(library).parent / f".whatworks-{result[:16]}.part"
    in_the_way.mkdir()
    with pytest.raises(SidecarRefused):
        approve(library, made)
    in_the_way.rmdir()
    assert sidecar(library).read_bytes() == before


def test_a_decision_that_was_overtaken_lapses_for_good(library: Library) -> None:
    before = sidecar(library).read_bytes()
    approve_in_vain(library, the_draft(library))
    sidecar(library).write_bytes(before + b"\n")
    (sentence,) = Deciding(library).finish(at=AT + 4)
    assert "changed by something else" in sentence
    sidecar(library).write_bytes(before)
    assert Deciding(library).finish(at=AT + 5) == []
    assert sidecar(library).read_bytes() == before
    assert actions(library) == ["draft_decided", "draft_lapsed"]


def test_killed_between_the_sidecar_and_the_log_it_is_applied_and_can_be_undone(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    append, made, before = AuditChain.append, the_draft(library), sidecar(library).read_bytes()

    def killed(chain: AuditChain, *, action: str, **entry: Any) -> Any:
        if action == "draft_applied":
            raise Killed
        return append(chain, action=action, **entry)

    with monkeypatch.context() as patches:
        patches.setattr(AuditChain, "append", killed)
        with pytest.raises(Killed):
            approve(library, made)
    written = sidecar(library).stat().st_ino
    assert sidecar(library).read_bytes() != before
    Deciding(library).finish(at=AT + 4)
    assert actions(library) == ["draft_decided", "draft_applied"]
    assert sidecar(library).stat().st_ino == written
    undo(library, made)
    assert sidecar(library).read_bytes() == before


def test_a_new_sidecar_that_a_hand_made_first_lapses_too(tmp_path: Path) -> None:
    library = drafted_library(tmp_path, with_sidecar=False)
    made = propose(library)
    result = DraftFolder(library.root).read(made.ref).content.result
    in_the_way = sidecar(library).parent / f".whatworks-{result[:16]}.part"
    in_the_way.mkdir()
    with pytest.raises(SidecarRefused):
        approve(library, made)
    by_hand = json.dumps(PROFILE).encode()
    sidecar(library).write_bytes(by_hand)
    (sentence,) = Deciding(library).finish(at=AT + 4)
    assert "changed by something else" in sentence
    assert Deciding(library).finish(at=AT + 5) == []
    assert sidecar(library).read_bytes() == by_hand


def test_a_folder_that_refuses_leaves_everything_as_it_was_and_can_be_finished(library: Library) -> None:
    made = the_draft(library)
    approve_in_vain(library, made)
    assert read_draft(library, made.ref).status == "approved"
    Deciding(library).finish(at=AT + 4)
    assert read_draft(library, made.ref).status == "applied"


def test_doctor_says_whether_sidecars_are_what_was_decided(library: Library) -> None:
    def told() -> list[tuple[str, str]]:
        return [(each.level, each.what) for each in check(library).findings if each.check == "drafts"]

    assert told() == [("ok", "1 draft and 0 decisions fit the sidecars.")]
    made = the_draft(library)
    approve(library, made)
    assert told() == [("ok", "1 draft and 1 decision fit the sidecars.")]
    after = sidecar(library).read_bytes()
    assert digest(after) == history(AuditChain(library.root)).last_applied()[made.target].event.decision.result
    sidecar(library).write_bytes(after + b"\n")
    ((level, what),) = told()
    assert level == "warning"
    assert "is not what was decided last" in what


def forged_draft(library: Library, **content: Any) -> DraftView:
    """Keep a draft that another program wrote: its name is the hash of its content, as that of every draft."""
    draft = DraftFolder(library.root).read(the_draft(library).ref)
    made = draft.model_copy(update={"content": draft.content.model_copy(update=content)})
    DraftFolder(library.root).keep(made)
    return read_draft(library, made.ref)


def other_operations(library: Library, value: object) -> dict[str, Any]:
    content = DraftFolder(library.root).read(the_draft(library).ref).content
    place = "/recommended_presets/0/sampler"
    operations = [
        each.model_copy(update={"value": value}) if (each.op, each.path) == ("replace", place) else each
        for each in content.operations
    ]
    return {"operations": operations, "result": digest(patched(sidecar(library).read_bytes(), operations))}


def test_a_draft_that_shows_other_changes_than_it_makes_cannot_be_approved(library: Library) -> None:
    before = sidecar(library).read_bytes()
    forged = forged_draft(library, **other_operations(library, "DDIM"))
    assert "DPM++ 2M" in forged.unified and "DDIM" not in forged.unified
    with pytest.raises(DraftDamaged, match="what it shows is not what its operations make"):
        approve(library, forged)
    assert sidecar(library).read_bytes() == before
    assert actions(library) == []


def test_a_draft_that_another_program_wrote_stays_within_the_ranges(library: Library) -> None:
    with pytest.raises(DraftRefused, match="sampler"):
        approve(library, forged_draft(library, **other_operations(library, 7)))
    assert actions(library) == []


def test_an_undo_brings_back_only_what_it_shows(library: Library) -> None:
    forged = forged_draft(library, unified="- one line\n+ another line")
    draft = DraftFolder(library.root).read(forged.ref)
    content = draft.content
    decision = Decision(
        draft=draft.id, seal=draft.seal, target=content.target,
        sidecar=content.sidecar, base=content.base, result=content.result, verdict="approve", reason="", at=AT,
        channel="terminal", user="ada", terminal="/dev/pts/0",
    )  # fmt: skip
    before = sidecar(library).read_bytes()
    event = DecidedEvent(decision=decision, kept=before.decode())
    entry = AuditChain(library.root).append(
        at=AT, actor="person", action="draft_decided", details=event.model_dump(mode="json")
    )
    Deciding(library).finish(at=AT)
    assert history(AuditChain(library.root)).decisions[entry.seq].closed == "draft_applied"
    after = sidecar(library).read_bytes()
    with pytest.raises(DraftDamaged, match="what it shows"):
        undo(library, forged)
    assert sidecar(library).read_bytes() == after != before
