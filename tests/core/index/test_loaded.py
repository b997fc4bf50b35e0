from pathlib import Path

from library_factory import make_job, make_library

from learning_core.library import Library


def words(library: Library) -> list[list[str]]:
    with library.snapshot() as snapshot:
        starts, flat = snapshot.prompt_words()
        texts = snapshot.word_texts()
    bounds = zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)
    return [[texts[number] for number in flat[first:last].tolist()] for first, last in bounds]


def test_words_of_prompts_are_extended_across_blocks_and_within_one(tmp_path: Path) -> None:
    library = make_library(tmp_path)
    logged = 0
    for more in (3, 5, 2_600, 1):
        fresh = [make_job(number, prompt_positive=f"take {number}, sea") for number in range(logged, logged + more)]
        library.append(fresh, durable=False)
        logged += more
        assert [set(each) for each in words(library)] == [set(), *({"take", str(n), "sea"} for n in range(logged))]


def test_an_older_view_sees_the_words_of_its_prompts_only(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(0)])
    with library.snapshot() as older:
        library.append([make_job(1)], durable=False)
        newer = words(library)
        starts, flat = older.prompt_words()
    assert len(newer) == 3
    assert len(starts) == 3
    assert len(flat) == len(newer[1])
