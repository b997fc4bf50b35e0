"""What was read of an index to extend it is kept for the next lines, as long as nobody else extends it."""

from pathlib import Path

from another_process import another_process
from every_answer import every_answer
from library_factory import make_job, make_library, rating

from learning_core.index import extend
from learning_core.index.reading import close_all
from learning_core.library import Library


def test_processes_that_take_turns_extend_an_index_to_what_one_would_make(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(0)])
    library.refresh()
    index = library.index.current()
    for number in range(1, 30, 2):
        for each in (number, number + 1):
            job = make_job(each, prompt_positive=f"beach, take {each}", steps=each)
            library.append([job, rating(job, 1 + each % 5)], durable=False)
            if each == number:
                library.refresh()
            else:
                with another_process():
                    library.refresh()
    with another_process():
        expected = every_answer(Library(library.root, tmp_path / "anew"))
    assert every_answer(library) == expected
    assert library.index.current() == index


def test_a_log_file_that_is_new_is_known_by_its_name(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(0)])
    library.refresh()
    for name in ("another", "third"):
        job = make_job(1, job_id=name)
        (library.log_folder / f"{name}.jsonl").write_bytes(job.model_dump_json().encode() + b"\n")
        library.refresh()
        library.append([rating(job, 4), job.model_copy(update={"steps": 99})], durable=False)
    with another_process():
        expected = every_answer(Library(library.root, tmp_path / "anew"))
    assert every_answer(library) == expected


def test_a_connection_that_was_opened_anew_reads_the_index_anew(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(0)])
    library.refresh()
    index = library.index.current()
    for number in range(1, 4):
        library.refresh()
        close_all()
        library.append([make_job(number)], durable=False)
    with library.snapshot() as snapshot:
        assert snapshot.jobs == 4
        assert snapshot.stale == ""
    assert library.index.current() == index


def test_what_many_lines_needed_is_not_kept(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(0)])
    library.refresh()
    assert extend._kept._kept is not None
    library.append([make_job(number) for number in range(1, 52)], durable=False)
    library.refresh()
    assert extend._kept._kept is None
