from pathlib import Path

from library_factory import make_job, make_library, rating

from learning_core.health.check import check
from learning_core.health.findings import Health
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
