"""Whatever another program, an editor or a disk left in a log costs at most its own line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fault_counts import Counts, job_line, jobs_in
from library_factory import make_job, make_library, rating, reference

from learning_core.errors import Unreadable
from learning_core.library import Library
from learning_core.log.append import append_lines
from learning_core.log.events import decode, event_line
from learning_core.log.read import read_lines

GOOD = b'{"job_id":"before"}\n'
AFTER = b'{"job_id":"after"}\n'


def library_with(folder: Path, data: bytes) -> Library:
    library = make_library(folder)
    library.log_folder.mkdir(parents=True)
    (library.log_folder / "foreign.jsonl").write_bytes(data)
    return library


def seen(library: Library) -> tuple[list[str], list[str]]:
    """Return the ids of the jobs that answers rest on, and the reasons of what was refused."""
    with library.snapshot() as snapshot:
        jobs = sorted(job_id for job_id in ("before", "after", "between", "slow", "late") if snapshot.known_job(job_id))
        return jobs, [reason for *_, reason in snapshot.inspection.refusals()]


def test_a_torn_last_line_of_another_program_is_pending_until_more_follows(tmp_path: Path, counts: Counts) -> None:
    library = library_with(tmp_path, GOOD + b'{"job_id":"slow","st')
    log = library.log_folder / "foreign.jsonl"
    counts.injected += 1
    assert seen(library) == (["before"], [])
    with log.open("ab") as file:
        file.write(b'eps":20')
    assert seen(library) == (["before"], [])
    with log.open("ab") as file:
        file.write(b'{"job_id":"between"}\n' + AFTER)
    jobs, refused = seen(library)
    assert jobs == ["after", "before"]
    assert len(refused) == 1


def test_our_own_log_never_heals_a_line_of_another_program(tmp_path: Path, counts: Counts) -> None:
    library = library_with(tmp_path, GOOD + b'{"job_id":"slow"')
    counts.injected += 1
    library.append([make_job(1)], durable=True)
    with (library.log_folder / "foreign.jsonl").open("ab") as file:
        file.write(b',"steps":20}\n')
    assert seen(library) == (["before", "slow"], [])


def test_a_reader_beside_a_slow_writer_never_sees_half_a_line(tmp_path: Path, counts: Counts) -> None:
    log = tmp_path / "slow.jsonl"
    log.touch()
    lines = [job_line(f"j{number}", 3000) for number in range(40)]
    script = """
import os, sys
target = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND)
while part := os.read(0, 700):
    os.write(target, part)
    os.write(1, b".")
"""
    data, offset, found = b"".join(lines), 0, []
    with subprocess.Popen(
        [sys.executable, "-c", script, str(log)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as writer:
        assert writer.stdin is not None
        assert writer.stdout is not None
        for start in range(0, len(data), 700):
            writer.stdin.write(data[start : start + 700])
            assert writer.stdout.read(1) == b"."
            for line in read_lines(log, offset):
                assert line.data is not None
                event = decode(line.data)
                assert event is not None
                found.append(event.content["job_id"])
                offset = line.offset + line.length
            pending = next(read_lines(log, offset, with_tail=True), None)
            counts.injected += pending is not None and not pending.finished
        writer.stdin.close()
    counts.compare(log, found)
    assert found == [f"j{number}" for number in range(40)]


@pytest.mark.parametrize(
    ("data", "expected", "refusals"),
    [
        pytest.param(GOOD.replace(b"\n", b"\r\n") + AFTER.replace(b"\n", b"\r\n"), 2, [], id="CRLF"),
        pytest.param(b"\xef\xbb\xbf" + GOOD + AFTER, 2, [], id="BOM at the start"),
        pytest.param(GOOD + b'{"job_id":"\xef\xbb\xbfx"}\n' + AFTER, 2, [], id="BOM inside a text"),
        pytest.param(GOOD + b'{\xef\xbb\xbf"job_id":"x"}\n' + AFTER, 2, ["JSON"], id="BOM that breaks the JSON"),
        pytest.param(GOOD + b'{"job_id":"\xff\xfe"}\n' + AFTER, 2, ["UTF-8"], id="invalid UTF-8"),
        pytest.param(GOOD + b'{"job_id":"\xed\xa0\x80"}\n' + AFTER, 2, ["UTF-8"], id="surrogate as bytes"),
        pytest.param(GOOD + b'{"job_id":"\\ud800"}\n' + AFTER, 2, [""], id="escaped lone surrogate"),
        pytest.param(GOOD + b"\0" * 5000 + AFTER + b"\0" * 700, 2, [], id="NULs"),
        pytest.param(GOOD + b"[" * 100_000 + b"]" * 100_000 + b"\n" + AFTER, 2, [""], id="depth 100,000"),
        pytest.param(GOOD + b'{"job_id":' + b"9" * 5000 + b"}\n" + AFTER, 2, [""], id="number as id"),
        pytest.param(GOOD + b'[1]\n7\n"x"\nnull\n' + AFTER, 2, ["", "", "", ""], id="no objects"),
        pytest.param(GOOD + b"\n  \n\r\n" + AFTER, 2, [], id="blank lines"),
        pytest.param(GOOD + b'{"steps":20}\n' + AFTER, 2, ["job_id"], id="no id"),
        pytest.param(GOOD + b'{"job_id":"x","schema_version":2}\n' + AFTER, 2, ["newer whatworks"], id="newer"),
    ],
)
def test_foreign_bytes_cost_at_most_their_line(
    tmp_path: Path, counts: Counts, data: bytes, expected: int, refusals: list[str]
) -> None:
    library = library_with(tmp_path, data)
    counts.injected += 1
    jobs, refused = seen(library)
    counts.found, counts.quarantined = len(jobs), len(refused)
    assert jobs == ["after", "before"][:expected]
    assert len(refused) == len(refusals)
    for part, reason in zip(refusals, refused, strict=True):
        assert part in reason


def test_numbers_are_exact_or_unknown_but_never_rounded(tmp_path: Path, counts: Counts) -> None:
    seeds = {"edge": 2**64, "huge": 10**300, "last": 2**64 - 1, "odd": 2**53 + 1}
    lines = [b'{"job_id":"%s","seed":%d}\n' % (name.encode(), seed) for name, seed in seeds.items()]
    lines += [b'{"job_id":"nan","cfg_scale":NaN,"steps":1e999}\n', b'{"job_id":"digits","seed":%s}\n' % (b"9" * 5000)]
    library = library_with(tmp_path, b"".join(lines))
    counts.injected += len(lines)
    with library.snapshot() as snapshot:
        assert snapshot.jobs >= len(seeds) + 1
        for name, seed in seeds.items():
            job = snapshot.job(reference(make_job(job_id=name)))
            assert job.get("seed") == seed
            assert isinstance(job["seed"], int)
        assert "cfg_scale" not in snapshot.job(reference(make_job(job_id="nan")))


def test_an_unknown_field_is_kept_and_an_unusable_one_is_unknown(tmp_path: Path, counts: Counts) -> None:
    library = library_with(tmp_path, b'{"job_id":"after","flux":{"x":1},"steps":"many"}\n')
    counts.injected += 1
    with library.snapshot() as snapshot:
        job = snapshot.job(reference(make_job(job_id="after")))
        assert job["flux"] == {"x": 1}
        assert "steps" not in job
        assert any("steps" in reason for *_, reason in snapshot.inspection.refusals())


def test_one_id_with_one_content_counts_once_and_with_another_is_a_conflict(tmp_path: Path, counts: Counts) -> None:
    library = make_library(tmp_path, [make_job(1), make_job(1), make_job(1, steps=99)])
    said = rating(make_job(1), 5)
    library.append([said, said, said.model_copy(update={"value": 1})], durable=True)
    counts.injected += 4
    with library.snapshot() as snapshot:
        assert snapshot.jobs == 1
        assert snapshot.job(reference(make_job(1)))["steps"] == make_job(1).steps
        assert snapshot.standing(reference(make_job(1))).ratings == {None: 5}
        assert len(snapshot.inspection.conflicts()) == 2


def test_a_rating_waits_for_its_job(tmp_path: Path, counts: Counts) -> None:
    job = make_job(1)
    library = make_library(tmp_path, [rating(job, 5)])
    counts.injected += 1
    with library.snapshot() as snapshot:
        assert snapshot.events_without_job() == 1
    library.append([job], durable=False)
    with library.snapshot() as snapshot:
        assert snapshot.events_without_job() == 0
        assert snapshot.standing(reference(job)).ratings == {None: 5}


# Reads a log and prints the peak of memory in MB over what was there before, and what it found.
MEASURED_READER = r"""
import re, sys
from pathlib import Path
from learning_core.log.read import read_lines
def peak():
    # Not ru_maxrss: a child begins with that of its parent.
    return int(re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())[1])
before = peak()
lines = [(line.length, line.data) for line in read_lines(Path(sys.argv[1]))]
after = peak()
print((after - before) // 1024, [length for length, _ in lines], [data for _, data in lines])
"""


def measured(log: Path) -> tuple[int, str]:
    done = subprocess.run([sys.executable, "-c", MEASURED_READER, str(log)], check=True, capture_output=True, text=True)
    megabytes, found = done.stdout.split(" ", 1)
    return int(megabytes), found.strip()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc")
def test_a_line_of_a_hundred_megabytes_costs_only_itself_in_bounded_memory(tmp_path: Path, counts: Counts) -> None:
    log = tmp_path / "a.jsonl"
    with log.open("wb") as file:
        file.write(GOOD)
        for _ in range(100):
            file.write(b"x" * 1_000_000)
        file.write(b"\n" + AFTER)
    counts.injected += 1
    megabytes, found = measured(log)
    assert found == f"[{len(GOOD)}, 100000001, {len(AFTER)}] [{GOOD[:-1]!r}, None, {AFTER[:-1]!r}]"
    assert megabytes < 60


@pytest.mark.faults
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs sparse files")
@pytest.mark.parametrize("what_follows", [AFTER, b"\n" + AFTER])
def test_a_hole_of_two_gigabytes_costs_no_record(tmp_path: Path, counts: Counts, what_follows: bytes) -> None:
    log = tmp_path / "a.jsonl"
    with log.open("wb") as file:
        file.write(GOOD)
        file.seek(2 * 1024**3, os.SEEK_CUR)
        file.write(what_follows)
    counts.injected += 1
    megabytes, found = measured(log)
    assert repr(GOOD[:-1]) in found
    assert repr(AFTER[:-1]) in found
    assert megabytes < 60


def test_bytes_lost_inside_our_log_are_refused_and_the_neighbours_stay(tmp_path: Path, counts: Counts) -> None:
    log = tmp_path / "a.jsonl"
    append_lines(log, [event_line(make_job(number)) for number in range(3)])
    data = log.read_bytes()
    second = data.index(b"\n") + 1
    log.write_bytes(data[: second + 40] + data[second + 90 :])
    counts.injected += 1
    counts.compare(log, ["job-0", "job-2"])
    assert (counts.found, counts.lost, counts.quarantined) == (2, 0, 1)
    with pytest.raises(Unreadable, match="checksum"):
        decode(log.read_bytes().split(b"\n")[1])
    assert jobs_in(log)[0] == ["job-0", "job-2"]
