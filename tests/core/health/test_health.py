import os
import shutil
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from library_factory import make_job, make_library, rated_jobs, rating

from learning_core.audit import AuditChain
from learning_core.health.check import Progress, check
from learning_core.health.findings import Finding, Health
from learning_core.health.places import line_numbers
from learning_core.index.columns import encode
from learning_core.library import Library
from learning_core.log.events import event_line


def found(health: Health, level: str) -> list[str]:
    return [f"{finding.where}: {finding.what}" for finding in health.findings if finding.level == level]


def test_a_sound_library_is_sound(tmp_path: Path) -> None:
    health = check(make_library(tmp_path, [make_job(1), rating(make_job(1), 4)]), deep=True)
    assert health.ok
    assert found(health, "warning") == found(health, "problem") == []
    assert health.counts["jobs"] == 1
    assert health.counts["lines_verified"] == 2


def test_an_empty_library_says_what_to_do(tmp_path: Path) -> None:
    health = check(make_library(tmp_path))
    assert health.ok
    assert "import" in health.findings[0].remedy


def test_each_unusable_line_is_named_with_line_and_byte(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(1)])
    size = library.own_log.stat().st_size
    with library.own_log.open("ab") as file:
        file.write(b"{broken\n" + event_line(make_job(2)) + b"[1]\n")
    warnings = found(check(library), "warning")
    assert len(warnings) == 2
    assert f"whatworks.jsonl, line 2, byte {size}" in warnings[0]
    assert "not JSON" in warnings[0]
    assert "line 4" in warnings[1]


def test_a_flipped_byte_that_the_index_never_saw_is_found_by_a_deep_check(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(n) for n in range(5)])
    library.refresh()
    data = bytearray(library.own_log.read_bytes())
    place = data.index(b'"steps":') + len(b'"steps":')
    data[place : place + 2] = b"99"
    with library.own_log.open("r+b") as file:
        file.write(data)
    assert found(check(library), "warning") == []
    deep = check(library, deep=True)
    assert any("checksum" in finding for finding in found(deep, "problem"))
    assert not deep.ok


def test_a_torn_end_a_conflict_and_a_waiting_rating_are_told(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(1), make_job(1, steps=77), rating(make_job(9), 4)])
    with library.own_log.open("ab") as file:
        file.write(b'{"job_id":"half')
    health = check(library)
    warnings = " ".join(found(health, "warning"))
    assert "unfinished" in warnings
    assert "used before with other content" in warnings
    assert health.counts["waiting_judgements"] == 1


def test_checking_changes_nothing(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(1)])
    with library.own_log.open("ab") as file:
        file.write(b"{broken\n")
    before = library.own_log.read_bytes()
    check(library, deep=True)
    assert library.own_log.read_bytes() == before


# -- each kind of damage, named with its place and what to do


def problems(health: Health) -> list[Finding]:
    return [finding for finding in health.findings if finding.level == "problem"]


def foreign(library: Library, *lines: bytes) -> Path:
    """Write a log as a pipeline does, without checksums."""
    path = library.log_folder / "pipeline.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(lines))
    return path


def job_line(number: int, prompt: str = "beach at dawn") -> bytes:
    return b'{"job_id":"p%d","prompt_positive":"%s","steps":20}\n' % (number, prompt.encode())


@pytest.mark.parametrize(
    ("line", "reason", "remedy"),
    [
        (b'{"job_id":"a","schema_version":2}', "newer whatworks", "Update whatworks"),
        (event_line(make_job(5)).replace(b"832", b"823")[:-1], "checksum", "--repair"),
        (b'{"steps":1}', "job_id", "correct the program"),
        (b"\xff\xfe{}", "UTF-8", "correct the program"),
        (b"[1,2]", "", "correct the program"),
        (b'{"kind":"unheard of","event_id":"x","job_id":"y"}', "kind", "correct the program"),
        (b"[" * 200_000, "", "correct the program"),
        (b'{"job_id":"b","seed":' + b"9" * 5000 + b"}", "", "correct the program"),
    ],
)
def test_each_kind_of_bad_line_is_named(line: bytes, reason: str, remedy: str, tmp_path: Path) -> None:
    library = make_library(tmp_path)
    path = foreign(library, job_line(1), line + b"\n", job_line(2))
    for deep in (False, True):
        (finding,) = [each for each in check(library, deep=deep).findings if each.line == 2]
        assert (finding.file, finding.offset) == (str(path), len(job_line(1)))
        assert reason in finding.what
        assert remedy in finding.remedy


def test_a_byte_flipped_in_the_middle_of_a_foreign_log_is_named_by_a_deep_check(tmp_path: Path) -> None:
    library = make_library(tmp_path)
    path = foreign(library, *(job_line(number) for number in range(50)))
    assert check(library, deep=True).ok
    data = bytearray(path.read_bytes())
    start = len(b"".join(job_line(number) for number in range(23)))
    data[data.index(b"dawn", start)] = ord("l")
    with path.open("r+b") as file:
        file.write(data)
    assert check(library).ok
    (finding,) = problems(check(library, deep=True))
    assert (finding.file, finding.line, finding.offset) == (str(path), 24, start)
    assert "backup" in finding.remedy and str(library.cache) in finding.remedy


def test_a_rewritten_end_is_noticed_and_read_again(tmp_path: Path) -> None:
    library = make_library(tmp_path)
    path = foreign(library, *(job_line(number) for number in range(50)))
    library.refresh()
    before = library.index.current()
    data = path.read_bytes()
    with path.open("r+b") as file:
        file.write(data[:-20] + data[-20:].replace(b"20", b"21"))
    assert check(library, deep=True).ok
    assert library.index.current() != before


def test_an_index_that_says_something_else_than_a_fresh_one_is_a_problem(tmp_path: Path) -> None:
    import sqlite3

    library = make_library(tmp_path, rated_jobs(20))
    library.refresh()
    (path,) = library.cache.glob("index-*.sqlite")
    connection = sqlite3.connect(path)
    with connection:
        nothing = encode(np.zeros(20, np.uint32))
        connection.execute("UPDATE segment SET data = ? WHERE field = 'liked'", (nothing,))
    connection.close()
    (finding,) = problems(check(library, deep=True))
    assert "liked" in finding.what and "Delete" in finding.remedy
    shutil.rmtree(library.cache)
    assert check(library, deep=True).ok


def test_an_index_of_noise_is_built_again_or_named(tmp_path: Path) -> None:
    library = make_library(tmp_path, rated_jobs(200))
    library.refresh()
    (path,) = library.cache.glob("index-*.sqlite")
    data = path.read_bytes()
    middle = len(data) // 2
    path.write_bytes(data[:middle] + bytes(range(256)) * 64 + data[middle + 256 * 64 :])
    health = check(library, deep=True)
    # SQLite may have met the noise in a page that it never reads again: then the answers are right all the same.
    assert all(
        each.check in ("index", "comparison") and ("elete" in each.remedy or "put aside" in each.what)
        for each in problems(health)
    )
    shutil.rmtree(library.cache)
    assert check(library, deep=True).ok


def test_an_index_that_grew_in_steps_equals_a_fresh_one(tmp_path: Path) -> None:
    library = make_library(tmp_path, rated_jobs(10))
    library.refresh()
    foreign(library, *(job_line(number) for number in range(10)))
    library.refresh()
    library.append(rated_jobs(60), durable=False)
    steps: list[tuple[int, int]] = []
    health = check(library, deep=True, progress=Progress(comparing=lambda *each: steps.append(each)))
    assert problems(health) == []
    assert any("same rows and answers" in finding.what for finding in health.findings)
    assert steps and steps[-1][0] == steps[-1][1]
    assert not (library.cache / "comparison").exists()


@pytest.mark.skipif(os.name != "posix", reason="no pipes and links without rights on Windows")
def test_what_is_no_plain_file_is_named_and_stops_nothing(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(1)])
    os.mkfifo(library.log_folder / "pipe.jsonl")
    (library.log_folder / "folder.jsonl").mkdir()
    (library.log_folder / "dangling.jsonl").symlink_to(tmp_path / "nowhere")
    (library.log_folder / "bad\x1bname.jsonl").write_bytes(job_line(2))
    (tmp_path / "aim.jsonl").write_bytes(job_line(3))
    (library.log_folder / "link.jsonl").symlink_to(tmp_path / "aim.jsonl")
    health = check(library, deep=True)
    warned = {Path(finding.file).name: finding.what for finding in health.findings if finding.level == "warning"}
    assert set(warned) == {"pipe.jsonl", "folder.jsonl", "dangling.jsonl", "bad\x1bname.jsonl", "link.jsonl"}
    assert "symbolic link" in warned["link.jsonl"]
    assert health.ok and health.counts["jobs"] == 2


def test_a_broken_audit_chain_is_a_problem_with_its_place(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(1)])
    chain = AuditChain(library.root)
    for at in (1.0, 2.0, 3.0):
        chain.append(at=at, actor="person", action="export", details={})
    assert check(library).counts["audit_entries"] == 3
    data = chain.path.read_bytes()
    chain.path.write_bytes(data.replace(b'"at":2.0', b'"at":9.0'))
    (finding,) = problems(check(library))
    assert (finding.check, finding.line, finding.offset) == ("audit", 2, data.index(b"\n") + 1)


def test_line_numbers_of_many_offsets_take_one_pass(tmp_path: Path) -> None:
    path = tmp_path / "log"
    lines = [b"x" * (number % 97) + b"\n" for number in range(60_000)]
    path.write_bytes(b"".join(lines))
    offsets, offset = {}, 0
    for number, line in enumerate(lines, 1):
        offsets[offset] = number
        offset += len(line)
    assert line_numbers(path, offsets) == offsets
    assert line_numbers(path, [10**12]) == {} == line_numbers(tmp_path / "lost", [0])


def test_memory_does_not_grow_with_the_bad_lines(tmp_path: Path) -> None:
    peaks = []
    for number, count in enumerate((2_000, 20_000)):
        library = make_library(tmp_path / str(number))
        foreign(library, *[b"{bad\n"] * count)
        library.refresh()
        tracemalloc.start()
        health = check(library)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert health.counts["refused_lines"] == count
        assert len(health.findings) < 30
        assert any(f"20 of {count:,}" in finding.what for finding in health.findings)
    assert peaks[1] < 1.2 * peaks[0] + 100_000
