"""An archive from anywhere is verified before anything of it is placed."""

import gzip
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from library_factory import make_job, make_library

from learning_core.archive.pack import pack
from learning_core.archive.unpack import unpack
from learning_core.audit import AuditChain
from learning_core.deciding.locking import ReviewLock
from learning_core.drafts.history import history
from learning_core.errors import ArchiveUnusable
from learning_core.library import Library
from learning_core.log.events import event_line

LINE = event_line(make_job(1))
FAR = b'{"seq":1,"hash":"%s","offset":%d}\n' % (b"0" * 64, 2**64)
EMPTY = b"{}\n"


def described(name: str, data: bytes, **changes: Any) -> dict[str, Any]:
    return {
        "name": name, "size": len(data), "lines": data.count(b"\n"), "sha256": hashlib.sha256(data).hexdigest(),
    } | changes  # fmt: skip


def manifest(*files: dict[str, Any], **changes: Any) -> bytes:
    content = {"format": "whatworks library", "version": 1, "whatworks": "1", "created": 1.0, "files": list(files)}
    return json.dumps(content | changes).encode()


def tar(*members: tuple[str, bytes] | tarfile.TarInfo, form: int = tarfile.GNU_FORMAT) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                archive.addfile(info, io.BytesIO(member[1]))
    return stream.getvalue()


def one(name: str, data: bytes = LINE, **changes: Any) -> bytes:
    return tar(("manifest.json", manifest(described(name, data, **changes))), (name, data))


def special(kind: bytes, name: str = "log/a.jsonl") -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, "/etc/passwd"
    return tar(("manifest.json", manifest(described(name, b""))), info)


GOOD = one("log/a.jsonl")
HOSTILE: dict[str, tuple[bytes, str]] = {
    "no tar at all": (b"PK\x03\x04" + bytes(2000), "no tar file"),
    "empty": (b"", "ends too early"),
    "text": (b"hello\n" * 200, "no tar file"),
    "no manifest": (tar(("log/a.jsonl", LINE)), "does not begin with the manifest"),
    "another manifest": (tar(("manifest.json", b'{"format": "other"}')), "none of whatworks"),
    "deep manifest": (tar(("manifest.json", b"[" * 100_000)), "none of whatworks"),
    "newer": (tar(("manifest.json", manifest(version=3))), "newer whatworks"),
    "too many files": (tar(("manifest.json", manifest(*[described("log/a.jsonl", b"")] * 50_001))), "none of"),
    "twice": (tar(("manifest.json", manifest(*[described("log/a.jsonl", LINE)] * 2))), "occurs twice"),
    "parent": (one("log/../a.jsonl"), "no library has"),
    "absolute": (one("/tmp/a.jsonl"), "no library has"),  # noqa: S108
    "absolute in log": (one("log//a.jsonl"), "no library has"),
    "deeper": (one("log/b/a.jsonl"), "no library has"),
    "dots": (one("log/.."), "no library has"),
    "hidden": (one("log/.a.jsonl"), "no library has"),
    "not a log": (one("log/a.py"), "no library has"),
    "control characters": (one("log/a\x1b[31m\n.jsonl"), "no library has"),
    "long": (one(f"log/{'a' * 260}.jsonl"), "no library has"),
    "elsewhere": (one("index/a.jsonl"), "no library has"),
    "out of a plan": (one("plans/a/images/../../../a.png"), "no library has"),
    "a plan's folder as a file": (one("plans/a.json"), "no library has"),
    "a draft by another name": (one("drafts/mine.json"), "no library has"),
    "folders to write sidecars in": (one("model_folders.json"), "no library has"),
    "the log of calls": (one("audit/calls/2026-01.jsonl"), "no library has"),
    "a program among images": (one("plans/a/images/a.png.exe"), "no library has"),
    "symbolic link": (special(tarfile.SYMTYPE), "something else than plain files"),
    "hard link": (special(tarfile.LNKTYPE), "something else than plain files"),
    "device": (special(tarfile.CHRTYPE), "something else than plain files"),
    "pipe": (special(tarfile.FIFOTYPE), "something else than plain files"),
    "folder": (special(tarfile.DIRTYPE), "something else than plain files"),
    "extended headers": (
        tar(
            ("manifest.json", manifest(described("log/ü.jsonl", LINE))),
            ("log/ü.jsonl", LINE),
            form=tarfile.PAX_FORMAT,
        ),
        "something else than plain files",
    ),
    "another name": (tar(("manifest.json", manifest(described("log/a.jsonl", LINE))), ("log/b.jsonl", LINE)), "follow"),
    "one too few": (tar(("manifest.json", manifest(described("log/a.jsonl", LINE)))), "nothing does"),
    "one too many": (
        tar(("manifest.json", manifest(described("log/a.jsonl", LINE))), ("log/a.jsonl", LINE), ("log/b.jsonl", LINE)),
        "more than its manifest",
    ),
    "larger than said": (one("log/a.jsonl", size=5), "should follow"),
    "negative": (one("log/a.jsonl", size=-1), "none of whatworks"),
    "more than the disk holds": (one("log/a.jsonl", size=2**62), "are free on that disk"),
    "wrong hash": (one("log/a.jsonl", sha256="0" * 64), "hash does not fit"),
    "wrong lines": (one("log/a.jsonl", lines=2), "lines"),
    "half a line": (one("log/a.jsonl", LINE[:-1]), "lines"),
    "flipped byte": (GOOD.replace(b"harbour", b"hxrbour"), "hash does not fit"),
    "cut": (GOOD[:1800], "early"),
    "cut compression": (gzip.compress(GOOD)[:-20], "compression"),
    "damaged compression": (gzip.compress(GOOD)[:60] + b"xx" + gzip.compress(GOOD)[62:], "damaged"),
    "more behind the end": (GOOD[:-1] + b"x", "after its end"),
    "bad anchor": (
        tar(
            ("manifest.json", manifest(described("audit/anchor.json", EMPTY), described("audit/audit.jsonl", EMPTY))),
            ("audit/anchor.json", EMPTY),
            ("audit/audit.jsonl", EMPTY),
        ),
        "anchor",
    ),
    "anchor beyond any file": (
        tar(
            ("manifest.json", manifest(described("audit/anchor.json", FAR), described("audit/audit.jsonl", EMPTY))),
            ("audit/anchor.json", FAR),
            ("audit/audit.jsonl", EMPTY),
        ),
        "anchor",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("data", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_it_is_refused_with_a_reason_and_nothing_is_placed(data: bytes, reason: str, tmp_path: Path) -> None:
    archive = tmp_path / "a.tar"
    archive.write_bytes(data)
    library = Library(tmp_path / "library", tmp_path / "cache")
    with pytest.raises(ArchiveUnusable, match=reason):
        unpack(library, archive, at=1.0, actor="person")
    left = [path for path in library.root.rglob("*") if path.is_file() and path.suffix != ".lock"]
    assert left == []
    assert {path.name for path in tmp_path.iterdir()} <= {"a.tar", "library"}


def test_the_archive_that_these_are_made_from_is_taken(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(GOOD)
    library = Library(tmp_path / "library", tmp_path / "cache")
    assert unpack(library, tmp_path / "a.tar", at=1.0, actor="person").lines == 1


def test_zeros_without_end_cost_no_memory(tmp_path: Path) -> None:
    bomb = tmp_path / "a.tar"
    head = tarfile.TarInfo("manifest.json")
    head.size = 2**33
    with gzip.open(bomb, "wb") as file:
        file.write(head.tobuf(tarfile.GNU_FORMAT))
        file.write(bytes(50_000_000))
    with pytest.raises(ArchiveUnusable, match="manifest is too large"):
        unpack(Library(tmp_path / "library", tmp_path / "cache"), bomb, at=1.0, actor="person")


@pytest.mark.skipif(os.name != "posix", reason="symbolic links need rights on Windows")
@pytest.mark.parametrize("make", [Path.symlink_to, lambda path, _: os.mkfifo(path)], ids=["link", "pipe"])
def test_what_lies_in_the_way_is_neither_followed_nor_replaced(make: Callable[..., None], tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(GOOD)
    (tmp_path / "aim").write_bytes(b"")
    library = Library(tmp_path / "library", tmp_path / "cache")
    library.log_folder.mkdir(parents=True)
    make(library.log_folder / "a.jsonl", tmp_path / "aim")
    (placed,) = unpack(library, tmp_path / "a.tar", at=1.0, actor="person").files
    assert placed.outcome == "renamed"
    assert (tmp_path / "aim").read_bytes() == b""


FAR_END = b'{"seq":999,"hash":"%s","offset":0}\n' % (b"0" * 64)


@pytest.mark.parametrize("known", [0, 1, 2])
def test_a_broken_audit_chain_never_becomes_that_of_the_library(known: int, tmp_path: Path) -> None:
    library = Library(tmp_path / "library", tmp_path / "cache")
    chain = AuditChain(library.root)
    for number in range(known):
        chain.append(at=float(number), actor="person", action="export", details={})
    own = chain.path.read_bytes() if known else b""
    anchor = chain.anchor_path.read_bytes() if known else FAR_END
    stranger = AuditChain(tmp_path / "stranger")
    stranger.append(at=9.0, actor="person", action="export", details={"of": "a stranger"})
    hostile = own + stranger.path.read_bytes().replace(b"stranger", b"friend")
    archive = tmp_path / "archive.tar"
    archive.write_bytes(
        tar(
            (
                "manifest.json",
                manifest(described("audit/anchor.json", anchor), described("audit/audit.jsonl", hostile)),
            ),
            ("audit/anchor.json", anchor),
            ("audit/audit.jsonl", hostile),
        )
    )
    (placed,) = [file for file in unpack(library, archive, at=1.0, actor="person").files if file.outcome != "there"]
    assert placed.placed_as != chain.path.name
    assert (chain.folder / placed.placed_as).read_bytes() == hostile
    assert chain.verify().broken == ""
    assert chain.verify().entries == known + 1


@pytest.mark.parametrize("is_used", [False, True])
def test_the_lock_of_another_library_comes_only_into_an_empty_one(tmp_path: Path, *, is_used: bool) -> None:
    stranger = make_library(tmp_path / "stranger", [make_job(1)])
    ReviewLock(stranger).lock("a long passphrase", at=9.0, random_bytes=bytes, cost_log2=10)
    packed = tmp_path / "archive.tar"
    pack(stranger, packed, created=9.0, actor="person", version="1.2.3")
    library = Library(tmp_path / "library", tmp_path / "cache")
    if is_used:
        library.append([make_job(2)], durable=False)
    unpack(library, packed, at=10.0, actor="person")
    assert bool(history(AuditChain(library.root)).key) is not is_used
    assert AuditChain(library.root).verify().broken == ""
