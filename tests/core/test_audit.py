"""The audit chain: what is appended follows, and every way of changing it afterwards is named with its place."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from learning_core import audit
from learning_core.audit import AuditChain
from learning_core.log import lock
from learning_core.log.append import append_lines

Edit = Callable[[list[bytes]], list[bytes]]


def make_chain(root: Path, entries: int = 4) -> AuditChain:
    chain = AuditChain(root)
    for number in range(entries):
        chain.append(at=1000.0 + number, actor="person", action="export", details={"file": f"{number}.csv"})
    return chain


def test_entries_follow_each_other_from_one(tmp_path: Path) -> None:
    chain = make_chain(tmp_path)
    assert [(entry.seq, entry.at) for entry in chain.entries()] == [(1, 1000.0), (2, 1001.0), (3, 1002.0), (4, 1003.0)]
    report = chain.verify()
    assert (report.entries, report.torn, report.broken) == (4, 0, "")


EDITS: list[tuple[str, Edit, int | None, str]] = [
    ("edited", lambda lines: [lines[0], lines[1].replace(b"1.csv", b"9.csv"), *lines[2:]], 2, "edited"),
    ("resealed", lambda lines: [lines[0], resealed(lines[1]), *lines[2:]], 3, "does not follow"),
    ("removed", lambda lines: [lines[0], *lines[2:]], 2, "entry 2 is missing"),
    ("reordered", lambda lines: [lines[0], lines[2], lines[1], lines[3]], 2, "entry 2 is missing"),
    ("doubled", lambda lines: [lines[0], *lines], 2, "entry 2 is missing"),
    ("made unreadable", lambda lines: [lines[0], b"junk\n", *lines[2:]], 3, "entry 2 is missing"),
    ("cut at its end", lambda lines: lines[:3], None, "the anchor knows 4 entries, the file holds 3"),
    ("emptied", lambda _: [], None, "the anchor knows 4"),
    ("rewritten at its end", lambda lines: [*lines[:3], resealed(lines[3])], None, "not the one that the anchor knows"),
]


def resealed(line: bytes) -> bytes:
    """Return an entry that was changed by somebody who can compute its hash."""
    from hashlib import sha256

    body = line[: line.index(b',"hash"')].replace(b".csv", b".tsv") + b"}"
    return body[:-1] + b',"hash":"' + sha256(body).hexdigest().encode() + b'"}\n'


@pytest.mark.parametrize(("name", "edit", "line", "named"), EDITS, ids=[each[0] for each in EDITS])
def test_a_chain_that_was_changed_is_named_at_the_first_place(
    name: str, edit: Edit, line: int | None, named: str, tmp_path: Path
) -> None:
    chain = make_chain(tmp_path)
    lines = chain.path.read_bytes().splitlines(keepends=True)
    chain.path.write_bytes(b"".join(edit(lines)))
    report = chain.verify()
    assert named in report.broken
    assert report.line == line


def test_a_missing_anchor_is_named(tmp_path: Path) -> None:
    chain = make_chain(tmp_path)
    chain.anchor_path.unlink()
    assert "anchor" in chain.verify().broken


@pytest.mark.parametrize("change", [{"offset": 2**63}, {"offset": -1}, {"hash": "x" * 2_000_000}, {"seq": 0}])
def test_an_anchor_that_cannot_be_one_is_named_and_entries_go_on(change: dict[str, object], tmp_path: Path) -> None:
    chain = make_chain(tmp_path)
    chain.anchor_path.write_text(json.dumps(json.loads(chain.anchor_path.read_bytes()) | change))
    assert "anchor" in chain.verify().broken
    assert chain.append(at=2000.0, actor="person", action="import", details={}).seq == 5
    assert chain.verify().broken == ""


def test_a_cut_stays_visible_after_further_entries(tmp_path: Path) -> None:
    chain = make_chain(tmp_path)
    lines = chain.path.read_bytes().splitlines(keepends=True)
    chain.path.write_bytes(b"".join(lines[:2]))
    added = chain.append(at=2000.0, actor="person", action="import", details={})
    assert added.seq == 5
    assert "entry 3 is missing" in chain.verify().broken


@pytest.mark.parametrize("cut", [1, 40, "newline"])
def test_the_torn_tail_of_a_killed_writer_is_healed_and_is_no_break(cut: int | str, tmp_path: Path) -> None:
    chain = make_chain(tmp_path, 2)
    anchor = chain.anchor_path.read_bytes()
    chain.append(at=1.0, actor="person", action="repair", details={})
    data = chain.path.read_bytes()
    start = data.rindex(b"\n", 0, -1) + 1
    chain.path.write_bytes(data[:-1] if cut == "newline" else data[: start + int(cut)])
    chain.anchor_path.write_bytes(anchor)  # the writer was killed before it got that far
    assert chain.verify().broken == ""
    chain.append(at=2.0, actor="person", action="repair", details={})
    report = chain.verify()
    assert report.broken == ""
    assert (report.entries, report.torn) == ((4, 0) if cut == "newline" else (3, 1))


def test_several_writers_at_once_make_one_chain(tmp_path: Path) -> None:
    together = threading.Barrier(4)

    def write() -> None:
        together.wait()
        for number in range(8):
            AuditChain(tmp_path).append(at=float(number), actor="person", action="export", details={})

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(write) for _ in range(4)]:
            done.result()
    report = AuditChain(tmp_path).verify()
    assert (report.entries, report.torn, report.broken) == (32, 0, "")


def test_a_writer_killed_after_its_very_first_line_left_no_break(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(path: Path, lines: list[bytes], *, durable: bool) -> None:
        append_lines(path, lines, durable=durable)
        raise Killed

    chain = AuditChain(tmp_path)
    with monkeypatch.context() as patches:
        patches.setattr(audit, "append_lines", killed)
        with pytest.raises(Killed):
            chain.append(at=1.0, actor="person", action="export", details={})
    assert (chain.verify().entries, chain.verify().broken) == (1, "")
    assert chain.append(at=2.0, actor="person", action="export", details={}).seq == 2
    assert chain.verify().broken == ""


def test_what_cannot_be_noted_is_said(tmp_path: Path) -> None:
    (tmp_path / "audit").write_text("in the way")
    assert "cannot be written" in AuditChain(tmp_path).note(at=1.0, actor="person", action="export", details={})


def test_a_writer_waits_for_the_one_that_holds_the_chain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chain = make_chain(tmp_path, 1)
    monkeypatch.setattr(audit, "LOCK_SECONDS", 0.1)
    held = lock.acquire(str(chain.folder / "chain.lock"), 0)
    assert held is not None
    assert "was locked by" in chain.note(at=1.0, actor="person", action="export", details={})
    lock.release(held)
    assert chain.note(at=1.0, actor="person", action="export", details={}) == ""
    assert chain.verify().entries == 2
