"""What a process keeps in memory of an index: each view sees its own state of it, whoever asked first."""

from pathlib import Path

from library_factory import make_job, make_library, rating

from learning_core.library import Library
from learning_core.model.judgement import Rating


def test_an_older_view_keeps_its_values_although_a_newer_one_was_asked_first(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(1), rating(make_job(1), 2)])
    other = Library(library.root, library.cache)
    with library.snapshot() as old:
        other.append([Rating(event_id="later", job_id="job-1", value=5)], durable=False)
        with other.snapshot() as new:
            assert int(new.column("rating_sum")[0]) == 5
        assert int(old.column("rating_sum")[0]) == 2
        with other.snapshot() as new:
            assert int(new.column("rating_sum")[0]) == 5


def test_what_was_kept_of_one_library_is_never_taken_for_another(tmp_path: Path) -> None:
    for name, stars in (("one", 2), ("two", 5), ("one", 2)):
        library = Library(tmp_path / name / "library", tmp_path / name / "cache")
        if not library.exists():
            library.append([make_job(1), rating(make_job(1), stars)], durable=False)
        with library.snapshot() as snapshot:
            assert int(snapshot.column("rating_sum")[0]) == stars
