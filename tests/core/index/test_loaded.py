from pathlib import Path

from library_factory import make_job, make_library

from learning_core.index.columns import PromptField
from learning_core.library import Library


def words(library: Library, field: PromptField = "prompt") -> list[list[str]]:
    with library.snapshot() as snapshot:
        starts, flat = snapshot.prompt_words(field)
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


def test_words_of_a_prompt_stand_in_the_order_of_their_first_appearance(tmp_path: Path) -> None:
    prompts = ("zebra, lake, apple", "apple at the lake, zebra, apple")
    library = make_library(tmp_path, [make_job(n, prompt_positive=text) for n, text in enumerate(prompts)])
    assert words(library)[1:] == [["zebra", "lake", "apple"], ["apple", "at", "the", "lake", "zebra"]]


def test_negative_prompts_are_numbered_by_their_words_and_share_the_words_of_positive_ones(tmp_path: Path) -> None:
    texts = ("blurry, sea", "Blurry,  sea", None, "", "sea")
    jobs = [make_job(n, prompt_positive=f"sea, take {n}", prompt_negative=text) for n, text in enumerate(texts)]
    library = make_library(tmp_path, jobs)
    assert words(library, "negative") == [[], ["blurry", "sea"], ["sea"]]
    with library.snapshot() as snapshot:
        assert snapshot.column("negative").tolist() == [1, 1, 0, 0, 2]
        assert len(snapshot.word_texts()) == len({"sea", "take", *"01234", "blurry"})
