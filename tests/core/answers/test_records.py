from pathlib import Path

import pytest
from library_factory import make_job, make_library, rated_jobs, rating, reference

from learning_core.answers.items import get_items
from learning_core.answers.records import search_records
from learning_core.errors import BadCursor, UnknownReference, UnknownValue
from learning_core.library import Library
from learning_core.model.judgement import Note, Rating, Selection


def pages(library: Library, limit: int, **question: str) -> list[str]:
    refs: list[str] = []
    cursor = ""
    while True:
        with library.snapshot() as snapshot:
            page = search_records(snapshot, limit=limit, cursor=cursor, **question)  # type: ignore[arg-type]
        assert page.shown == len(page.items)
        refs += [item.ref for item in page.items]
        if not page.next_cursor:
            assert len(refs) == page.total
            return refs
        cursor = page.next_cursor


@pytest.mark.parametrize("sort", ["newest", "best", "worst", "slowest"])
@pytest.mark.parametrize("limit", [1, 7, 50])
def test_pages_of_any_size_give_every_record_once(tmp_path: Path, sort: str, limit: int) -> None:
    library = make_library(tmp_path, rated_jobs(30))
    refs = pages(library, limit, sort=sort)
    assert len(set(refs)) == len(refs)
    assert refs == pages(library, 100, sort=sort)


def test_newest_is_newest_and_best_is_best(tmp_path: Path) -> None:
    jobs = [make_job(n) for n in range(4)]
    library = make_library(tmp_path, [*jobs, rating(jobs[2], 5), rating(jobs[0], 1)])
    assert pages(library, 9) == [reference(job) for job in reversed(jobs)]
    assert pages(library, 9, sort="best") == [reference(jobs[2]), reference(jobs[0])]
    assert pages(library, 9, sort="worst") == [reference(jobs[0]), reference(jobs[2])]


def test_a_cursor_stays_valid_while_the_log_grows(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(n) for n in range(10)])
    with library.snapshot() as snapshot:
        first = search_records(snapshot, limit=4)
    library.append([make_job(n) for n in range(50, 60)], durable=False)
    with library.snapshot() as snapshot:
        second = search_records(snapshot, limit=4, cursor=first.next_cursor)
    assert [item.ref for item in second.items] == [reference(make_job(n)) for n in (5, 4, 3, 2)]


@pytest.mark.parametrize("cursor", ["nonsense", "WyJhIl0", "", "é", "W10", "x" * 500])
def test_a_foreign_cursor_is_refused_with_guidance(tmp_path: Path, cursor: str) -> None:
    library = make_library(tmp_path, [make_job(1)])
    with library.snapshot() as snapshot:
        if not cursor:
            return
        with pytest.raises(BadCursor, match="without cursor"):
            search_records(snapshot, cursor=cursor)


def test_a_cursor_of_another_filter_is_refused(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(n) for n in range(10)])
    with library.snapshot() as snapshot:
        page = search_records(snapshot, limit=2)
        with pytest.raises(BadCursor, match="another filter"):
            search_records(snapshot, where="steps:20", cursor=page.next_cursor)


@pytest.mark.parametrize(
    ("where", "numbers"),
    [
        ("steps:20", {0, 3}),
        ("steps:<25 cfg:5", {0}),
        ("sampler:euler", {1, 4}),
        ("-sampler:euler steps:>20", {2, 5}),
        ("rating:>=4", {1}),
        ("selection:selected", {2}),
        ("selection:rejected", {3}),
        ("selection:none rating:1..5", {1}),
        ("seed:9007199254740991", {1}),
        ("seed:9007199254740992..9007199254740993", {2, 3}),
        ("seed:>9007199254740994", {5}),
        ("seed:<1", set()),
        ("before:2000-01-01", set()),
        ("after:2000-01-01 harbour", {1}),
        ('"beach at dawn"', {0, 5}),
        ("size:832x1216 lora:none", {0, 1, 2, 3, 4, 5}),
        ("source:a1111 stage:txt2img steps:20,36", {0, 2, 3, 5}),
        ("runtime:>10", {0, 1, 2, 3, 4, 5}),
    ],
)
def test_filters_select_what_they_say(tmp_path: Path, where: str, numbers: set[int]) -> None:
    jobs = [
        make_job(n, steps=(20, 28, 36)[n % 3], cfg_scale=(5.0, 7.0)[n % 2], seed=9007199254740990 + n) for n in range(6)
    ]
    said = [
        rating(jobs[1], 5),
        Selection(event_id="s", job_id=jobs[2].job_id, verdict="selected"),
        Selection(event_id="r", job_id=jobs[3].job_id, verdict="rejected"),
    ]
    library = make_library(tmp_path, [*jobs, *said])
    assert set(pages(library, 9, where=where)) == {reference(jobs[n]) for n in numbers}


@pytest.mark.parametrize(
    ("where", "numbers"),
    [
        ("sampler:dpmpp_2m", {0}),
        ('sampler:"DPM++ 2m"', {0}),
        ("sampler:dpmpp_2m_sde_gpu", {1}),
        ("sampler:k_euler_a,dpmpp_2m", {0, 2}),
        ("-sampler:k_euler_a", {0, 1}),
        ("sampler:dpm", {0, 1}),
        ("scheduler:sgm_uniform", {1}),
        ('checkpoint:"SDXL\\Coast.safetensors"', {0}),
        ('checkpoint:"coast.ckpt [31e35c80fc]"', {0}),
        ("checkpoint:coast", {0}),
        ("checkpoint:oas", {0, 1}),
    ],
)
def test_a_name_is_found_in_each_of_its_spellings(tmp_path: Path, where: str, numbers: set[int]) -> None:
    jobs = [
        make_job(0, sampler="DPM++ 2M", scheduler="Karras", model="coast.safetensors"),
        make_job(1, sampler="dpmpp_2m_sde", scheduler="SGM Uniform", model="oasis"),
        make_job(2, sampler="Euler a", scheduler="Karras", model="dunes"),
    ]
    found = set(pages(make_library(tmp_path, jobs), 9, where=where))
    assert found == {reference(jobs[n]) for n in numbers}


def test_a_name_that_says_two_things_is_not_taken_for_one_of_them(tmp_path: Path) -> None:
    library = make_library(tmp_path, [make_job(0, sampler="DPM++ 2M", scheduler="Karras")])
    with library.snapshot() as snapshot, pytest.raises(UnknownValue, match=r"DPM\+\+ 2M"):
        search_records(snapshot, where='sampler:"DPM++ 2M Karras"')


def test_an_item_shows_everything_with_exact_seed_raw_values_and_history(tmp_path: Path) -> None:
    job = make_job(
        1, seed=2**64 - 1, model="SDXL\\coast.safetensors [31e35c80fc]", cfg_scale=6.499999999999998,
        sampler="dpmpp_2m", scheduler="karras",
    )  # fmt: skip
    said = [
        Rating(event_id="a", job_id=job.job_id, value=2),
        Rating(event_id="b", job_id=job.job_id, value=4, derived_value=3.6),
        Note(event_id="n", job_id=job.job_id, text="calm sea"),
    ]
    library = make_library(tmp_path, [job, *said])
    with library.snapshot() as snapshot:
        item = get_items(snapshot, [reference(job)]).items[0]
    assert item.settings["seed"] == "18446744073709551615"
    assert (item.settings["checkpoint"], item.raw["checkpoint"]) == ("coast", job.model)
    assert (item.settings["cfg_scale"], item.raw["cfg_scale"]) == ("6.5", "6.499999999999998")
    assert (item.settings["sampler"], item.settings["scheduler"]) == ("DPM++ 2M", "Karras")
    assert (item.rating, item.note) == (4.0, "calm sea")
    assert [(line.event_id, line.stands) for line in item.judgements] == [("a", False), ("b", True), ("n", True)]
    assert "producer's blend 3.6" in item.judgements[1].text


def test_long_texts_are_cut_and_said_to_be(tmp_path: Path) -> None:
    job = make_job(1, prompt_positive="beach " * 2000)
    library = make_library(tmp_path, [job])
    with library.snapshot() as snapshot:
        item = get_items(snapshot, [reference(job)]).items[0]
    assert len(item.positive_prompt or "") < 700
    assert item.truncated == ["positive_prompt (600 of 12000 characters)"]


@pytest.mark.parametrize("ref", ["rec:0000000000000000", "x", "", "../../etc", "rec:" + "f" * 300])
def test_an_unknown_reference_is_named(tmp_path: Path, ref: str) -> None:
    library = make_library(tmp_path, [make_job(1)])
    with library.snapshot() as snapshot, pytest.raises(UnknownReference, match="References look like"):
        get_items(snapshot, [ref])
