"""A library in one file: the same answers elsewhere, nothing twice, nothing half, nothing overwritten."""

import hashlib
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from decisions import approve
from drafted_library import drafted_library, propose
from invented_table import give_table
from library_factory import make_job, make_library, rating
from picture_factory import png
from plan_factory import make_plan

from learning_core.answers.overview import library_overview
from learning_core.answers.records import search_records
from learning_core.answers.what_works import what_works
from learning_core.archive.pack import Packed, pack
from learning_core.archive.unpack import Unpacked, unpack
from learning_core.audit import AuditChain
from learning_core.deciding.locking import ReviewLock
from learning_core.drafts.decision import DECIDED, DecidedEvent, Decision
from learning_core.drafts.folder import DraftFolder
from learning_core.drafts.waiting import list_drafts, read_draft
from learning_core.errors import ArchiveUnusable, ChangedWhileRead, TargetRefused
from learning_core.health.check import check
from learning_core.library import Library
from learning_core.log.events import event_line
from learning_core.matching.file_set import write_set
from learning_core.matching.static_table import read_table
from learning_core.matching.widening import MODEL_VECTORS, STATIC_TABLE
from learning_core.modes import LearningModes, read_modes, write_modes
from learning_core.plans.filing import file_plan
from learning_core.plans.folder import PlanFolder
from learning_core.plans.overview import plan_lines
from learning_core.profiles.configured import add_model_folder

CREATED = 1_760_000_000.5
KEY = f"review/key-{'0' * 16}.json"


def export(library: Library, target: Path, **options: object) -> Packed:
    return pack(library, target, created=CREATED, actor="person", version="1.2.3", **options)  # type: ignore[arg-type]


def bring(library: Library, archive: Path) -> Unpacked:
    return unpack(library, archive, at=CREATED + 60, actor="person")


def elsewhere(root: Path) -> Library:
    return Library(root / "elsewhere", root / "cache elsewhere")


def answers(library: Library) -> list[str]:
    with library.snapshot() as snapshot:
        pages = [search_records(snapshot, sort=sort, limit=50) for sort in ("newest", "best")]
        asked = [what_works(snapshot, subject, limit=50) for subject in ("", "beach", "harbour")]
        return [each.model_dump_json() for each in (*pages, *asked, library_overview(snapshot))]


def state(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".lock"
    }


@pytest.mark.parametrize("name", ["library.tar", "library.tar.gz", "ünicode földer/bücher.tgz"])
def test_another_machine_gives_the_same_answers(name: str, rated_library: Library, tmp_path: Path) -> None:
    rated_library.append([make_job(900, prompt_positive="東京 🏖 " * 50)], durable=False)
    (rated_library.log_folder / "日本語.jsonl").write_bytes(event_line(make_job(901)) + b'{"foreign": junk\n\n')
    AuditChain(rated_library.root).append(at=1.0, actor="person", action="export", details={})
    export(rated_library, tmp_path / name)
    other = elsewhere(tmp_path)
    assert {file.outcome for file in bring(other, tmp_path / name).files} == {"new"}
    assert answers(other) == answers(rated_library)
    assert state(other.log_folder) == state(rated_library.log_folder)
    assert check(other, deep=True).ok
    before = state(other.root)
    assert {file.outcome for file in bring(other, tmp_path / name).files} == {"there"}
    assert state(other.root) == before


def test_bytes_depend_on_library_and_time_only(rated_library: Library, tmp_path: Path) -> None:
    twin = Library(tmp_path / "twin", tmp_path / "cache")
    shutil.copytree(rated_library.root, twin.root)
    for name in ("a.tar", "a.tar.gz"):
        export(rated_library, tmp_path / name)
        (tmp_path / "folder").mkdir(exist_ok=True)
        export(twin, tmp_path / "folder" / name)
        assert (tmp_path / name).read_bytes() == (tmp_path / "folder" / name).read_bytes()


def test_it_is_a_tar_file_that_others_read(rated_library: Library, tmp_path: Path) -> None:
    long_name = "n" * 200 + ".jsonl"
    (rated_library.log_folder / long_name).write_bytes(event_line(make_job(700)))
    export(rated_library, tmp_path / "a.tar.gz")
    with tarfile.open(tmp_path / "a.tar.gz") as archive:
        assert archive.getnames() == ["manifest.json", f"log/{long_name}", "log/whatworks.jsonl"]
        member = archive.extractfile("log/whatworks.jsonl")
        assert member is not None
        assert member.read() == rated_library.own_log.read_bytes()
    other = elsewhere(tmp_path)
    bring(other, tmp_path / "a.tar.gz")
    assert (other.log_folder / long_name).read_bytes() == event_line(make_job(700))


def test_a_half_line_is_never_exported(rated_library: Library, tmp_path: Path) -> None:
    whole = rated_library.own_log.read_bytes()
    rated_library.own_log.write_bytes(whole + event_line(make_job(800))[:-9])
    (rated_library.log_folder / "only.jsonl").write_bytes(b'{"half')
    packed = export(rated_library, tmp_path / "a.tar")
    assert packed.lines == whole.count(b"\n")
    other = elsewhere(tmp_path)
    bring(other, tmp_path / "a.tar")
    assert other.own_log.read_bytes() == whole
    assert (other.log_folder / "only.jsonl").read_bytes() == b""


@pytest.mark.parametrize("change", [lambda _: b"", lambda data: data.replace(b"832", b"823")], ids=["shorter", "other"])
def test_a_log_that_is_rewritten_meanwhile_is_an_error_and_leaves_no_archive(
    change: Callable[[bytes], bytes], rated_library: Library, tmp_path: Path
) -> None:
    data = rated_library.own_log.read_bytes()

    def rewrite(done: int, total: int) -> None:
        rated_library.own_log.write_bytes(change(data))

    with pytest.raises(ChangedWhileRead, match="run the command again"):
        export(rated_library, tmp_path / "a.tar", progress=rewrite)
    assert not [path for path in tmp_path.iterdir() if path.suffix in (".part", ".tar")]


def test_nothing_is_overwritten_and_nothing_written_into_the_library(rated_library: Library, tmp_path: Path) -> None:
    target = tmp_path / "a.tar"
    target.write_bytes(b"mine")
    for refused in (target, rated_library.log_folder / "a.tar", rated_library.root / "audit" / "a.tar"):
        with pytest.raises(TargetRefused):
            export(rated_library, refused)
    assert target.read_bytes() == b"mine"
    export(rated_library, target, replace=True)
    assert target.read_bytes() != b"mine"
    with pytest.raises(TargetRefused, match="empty"):
        export(elsewhere(tmp_path), tmp_path / "b.tar")


def test_only_missing_lines_are_appended(rated_library: Library, tmp_path: Path) -> None:
    export(rated_library, tmp_path / "old.tar")
    other = elsewhere(tmp_path)
    bring(other, tmp_path / "old.tar")
    more = [make_job(500), rating(make_job(500), 5)]
    rated_library.append(more, durable=False)
    export(rated_library, tmp_path / "new.tar")
    placed = bring(other, tmp_path / "new.tar").files
    assert [(file.outcome, file.lines) for file in placed if file.name.startswith("log/")] == [("extended", 2)]
    assert other.own_log.read_bytes() == rated_library.own_log.read_bytes()
    assert bring(other, tmp_path / "old.tar").lines == 0
    assert other.own_log.read_bytes() == rated_library.own_log.read_bytes()


@pytest.mark.parametrize("cut", [0, 1, 100, -1])
def test_an_append_that_was_killed_is_finished_by_the_next_import(cut: int, tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(number) for number in range(6)])
    export(library, tmp_path / "a.tar")
    lines = library.own_log.read_bytes().splitlines(keepends=True)
    other = elsewhere(tmp_path)
    other.log_folder.mkdir(parents=True)
    other.own_log.write_bytes(b"".join(lines[:3]) + lines[3][:cut])
    assert [file.outcome for file in bring(other, tmp_path / "a.tar").files] == ["extended"]
    assert [file.outcome for file in bring(other, tmp_path / "a.tar").files] == ["there"]
    assert answers(other)[:2] == answers(library)[:2]
    assert set(state(other.log_folder)) == {"whatworks.jsonl"}


def test_another_log_of_the_same_name_stays_and_both_count(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(1)])
    export(library, tmp_path / "a.tar")
    other = elsewhere(tmp_path)
    other.append([make_job(2)], durable=False)
    own = other.own_log.read_bytes()
    (placed,) = bring(other, tmp_path / "a.tar").files
    digest = hashlib.sha256(library.own_log.read_bytes()).hexdigest()
    assert (placed.outcome, placed.placed_as) == ("renamed", f"whatworks-{digest[:8]}.jsonl")
    assert other.own_log.read_bytes() == own
    with other.snapshot() as snapshot:
        assert snapshot.jobs == 2
    assert bring(other, tmp_path / "a.tar").lines == 0
    library.append([make_job(3)], durable=False)
    export(library, tmp_path / "b.tar")
    extended = [file for file in bring(other, tmp_path / "b.tar").files if file.name.startswith("log/")]
    assert [(file.outcome, file.placed_as) for file in extended] == [("extended", placed.placed_as)]


def test_the_audit_chain_moves_with_the_library_and_goes_on(rated_library: Library, tmp_path: Path) -> None:
    export(rated_library, tmp_path / "first.tar")
    export(rated_library, tmp_path / "second.tar")
    other = elsewhere(tmp_path)
    bring(other, tmp_path / "second.tar")
    chain = AuditChain(other.root)
    assert [entry.action for entry in chain.entries()] == ["export", "import"]
    assert chain.verify().broken == ""
    stranger = make_library(tmp_path / "stranger", [make_job(77)])
    export(stranger, tmp_path / "s1.tar")
    export(stranger, tmp_path / "s2.tar")
    placed = {file.name: file.outcome for file in bring(other, tmp_path / "s2.tar").files}
    assert placed["audit/audit.jsonl"] == "renamed"
    assert chain.verify().broken == ""


KILLED = """
import os, sys
from pathlib import Path
from learning_core.archive import placing, unpack
from learning_core.library import Library
kills = int(sys.argv[3])
def die(*arguments, real=placing.give_name):
    global kills
    kills -= 1
    if not kills:
        os._exit(9)
    return real(*arguments)
placing.give_name = die
unpack.unpack(Library(Path(sys.argv[2]), Path(sys.argv[2] + "-cache")), Path(sys.argv[1]), at=1.0, actor="person")
"""


def test_a_killed_import_leaves_nothing_half_and_the_next_one_finishes(rated_library: Library, tmp_path: Path) -> None:
    (rated_library.log_folder / "second.jsonl").write_bytes(event_line(make_job(901)))
    archive = tmp_path / "a.tar"
    export(rated_library, archive)
    for kills in (1, 2):
        other = Library(tmp_path / f"other-{kills}", tmp_path / f"other-{kills}-cache")
        code = subprocess.run([sys.executable, "-c", KILLED, archive, other.root, str(kills)], check=False).returncode
        assert code == 9
        whole = {name: digest for name, digest in state(other.log_folder).items() if not name.startswith(".incoming")}
        assert whole.items() < state(rated_library.log_folder).items()
        bring(other, archive)
        assert state(other.log_folder) == state(rated_library.log_folder)


def test_drafts_plans_modes_and_what_a_model_told_move_along_and_no_token_or_folder_does(tmp_path: Path) -> None:
    library = drafted_library(tmp_path / "here")
    approve(library, propose(library))
    waiting = propose(library, preset="new", reason="one more")
    plan = make_plan()
    file_plan(library, plan, now=CREATED, event_id="filed")
    own = PlanFolder(library.root).folder(plan.plan_id)
    (own / "images").mkdir()
    (own / "images" / "step-1-abc.png").write_bytes(png())
    write_modes(library.root, LearningModes(mode="active"))
    ReviewLock(library).lock("a long passphrase", at=CREATED, random_bytes=bytes, cost_log2=10)
    give_table(library)
    write_set(library.matching.inputs / MODEL_VECTORS, {"terms.json": b"[]"}, {"kind": "test"})
    for private in ("http-token", "drafts/drafts.lock", "plans/token.txt", "audit/calls/2026-01.jsonl"):
        (library.root / private).parent.mkdir(parents=True, exist_ok=True)
        (library.root / private).write_text("secret\n")
    aliases = tmp_path / "aliases.csv"
    aliases.write_text('seaside,0,5,"beach"\n')
    packed = export(Library(library.root, library.cache, aliases=aliases), tmp_path / "a.tar.gz")
    assert packed.documents == 13
    other = elsewhere(tmp_path)
    assert {file.outcome for file in bring(other, tmp_path / "a.tar.gz").files} == {"new"}
    assert not {"http-token", "model_folders.json", "token.txt", "2026-01.jsonl"} & {
        path.name for path in other.root.rglob("*")
    }
    other = elsewhere(tmp_path)
    assert other.matching.aliases == other.root / "matching" / "tag_aliases.csv"
    table = read_table(other.matching.inputs / STATIC_TABLE)
    assert table is not None and "beach" in table.vocabulary
    add_model_folder(other.root, tmp_path / "here" / "models")
    assert list_drafts(other) == list_drafts(library)
    assert read_draft(other, waiting.ref) == waiting
    with library.snapshot() as one, other.snapshot() as two:
        assert plan_lines(two, PlanFolder(other.root)) == plan_lines(one, PlanFolder(library.root))
    assert read_modes(other.root).mode == "active"
    assert ReviewLock(other).open("a long passphrase").public == ReviewLock(library).key
    assert not AuditChain(other.root).verify().broken
    again = bring(other, tmp_path / "a.tar.gz")
    assert {file.outcome for file in again.files} == {"there"}


def test_images_and_sealed_keys_can_be_left_out(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(1)])
    for name in ("plans/plan-1/images/a.png", "plans/plan-1/input/b.jpg", "plans/plan-1/plan.json", KEY):
        (library.root / name).parent.mkdir(parents=True, exist_ok=True)
        (library.root / name).write_bytes(b"x")
    assert export(library, tmp_path / "all.tar").documents == 4
    assert export(library, tmp_path / "some.tar", without=frozenset(["images"])).documents == 2
    export(library, tmp_path / "few.tar", without=frozenset(["images", "key"]))
    with tarfile.open(tmp_path / "few.tar") as archive:
        assert {"review", "images", "input"}.isdisjoint(part for name in archive.getnames() for part in name.split("/"))


def test_a_document_of_the_library_s_own_stays_and_links_are_not_gone_through(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(1)])
    for name in ("plans/plan-1/plan.json", "plans/plan-2/images/a.png"):
        (library.root / name).parent.mkdir(parents=True, exist_ok=True)
        (library.root / name).write_bytes(b"theirs")
    write_modes(library.root, LearningModes(mode="off"))
    export(library, tmp_path / "a.tar")
    other = elsewhere(tmp_path)
    write_modes(other.root, LearningModes(mode="active"))
    (other.root / "plans" / "plan-1").mkdir(parents=True)
    (tmp_path / "aim").mkdir()
    (other.root / "plans" / "plan-2").symlink_to(tmp_path / "aim")
    (other.root / "plans" / "plan-1" / "plan.json").write_bytes(b"mine")
    placed = {each.name: each.outcome for each in bring(other, tmp_path / "a.tar").files}
    assert placed.pop("log/whatworks.jsonl") == "new"
    assert set(placed.values()) == {"kept"}
    assert len(placed) == 3
    assert (other.root / "plans" / "plan-1" / "plan.json").read_bytes() == b"mine"
    assert read_modes(other.root).mode == "active"
    assert not list((tmp_path / "aim").iterdir())


def test_an_archive_never_brings_an_approval_that_is_still_to_be_carried_out(tmp_path: Path) -> None:
    library = drafted_library(tmp_path / "here")
    made = propose(library)
    export(library, tmp_path / "before.tar")
    other = elsewhere(tmp_path)
    bring(other, tmp_path / "before.tar")
    add_model_folder(other.root, tmp_path / "here" / "models")
    draft = DraftFolder(library.root).read(made.ref)
    content = draft.content
    decision = Decision(
        draft=draft.id, seal=draft.seal, target=content.target, sidecar=content.sidecar, base=content.base,
        result=content.result, verdict="approve", reason="", at=1.0, channel="terminal", user="a", terminal="b",
    )  # fmt: skip
    event = DecidedEvent(decision=decision, kept=None)
    AuditChain(library.root).append(at=1.0, actor="person", action=DECIDED, details=event.model_dump(mode="json"))
    export(library, tmp_path / "after.tar")
    before = state(other.root)
    with pytest.raises(ArchiveUnusable, match="not carried out"):
        bring(other, tmp_path / "after.tar")
    assert state(other.root) == before
