from pathlib import Path

import pytest
from library_factory import make_job, make_library

from learning_core.index import apply
from learning_core.index.columns import LENGTH_MAXIMUM, PLACE


def test_a_record_behind_more_zeros_than_a_place_can_count_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 2 ** (8 * PLACE["length"].itemsize) - 1 == LENGTH_MAXIMUM
    monkeypatch.setattr(apply, "LENGTH_MAXIMUM", 5_000)
    library = make_library(tmp_path, [make_job(1)])
    with library.own_log.open("ab") as file:
        file.write(b"\0" * 5_000 + b'{"job_id":"behind"}\n')
    library.append([make_job(2)], durable=False)
    with library.snapshot() as snapshot:
        assert snapshot.jobs == 2
        assert [reason for *_, reason in snapshot.inspection.refusals()] == ["longer than the limit"]
