from pathlib import Path

from library_factory import make_job, make_library, rated_jobs, rating, selection

from learning_core.answers.tables import CountTable, Row, checkpoint_by_lora, keyword_by_checkpoint
from learning_core.answers.what_works import what_works
from learning_core.index.lora_sets import NO_LORA
from learning_core.library import Library
from learning_core.model.judgement import Withdrawal


def cells(table: CountTable) -> dict[tuple[str, str], Row]:
    return {(each["row"], each["column"]): each for each in table.records()}


def loras(*uses: tuple[str, float]) -> list[dict[str, object]]:
    return [{"name": name, "weight": weight} for name, weight in uses]


def test_a_cell_holds_what_its_images_add_up_to(tmp_path: Path) -> None:
    first, second, other = (
        make_job(number, prompt_positive=prompt, model="coast.safetensors")
        for number, prompt in enumerate(("two beaches", "two beaches", "a beach, calm"))
    )
    library = make_library(
        tmp_path,
        [first, second, other, rating(first, 5), rating(second, 2), rating(other, 4), selection(other, "selected"),
         selection(second, "rejected")],
    )  # fmt: skip
    with library.snapshot() as snapshot:
        found = cells(keyword_by_checkpoint(snapshot))
    assert found["beach", "coast"] == Row(
        row="beach", column="coast", jobs=3, rated=3, liked=2, stars=11, selected=1, rejected=1, prompts=2
    )
    assert found["calm", "coast"]["prompts"] == found["calm", "coast"]["jobs"] == 1
    assert found["two", "coast"]["stars"] == 7


def test_only_standing_jobs_with_a_judgement_and_a_known_name_count(tmp_path: Path) -> None:
    unjudged, unnamed, unwritten, gone, kept = (
        make_job(0),
        make_job(1, model=None),
        make_job(2, prompt_positive=None),
        make_job(3),
        make_job(4),
    )
    judged = [unnamed, unwritten, gone, kept]
    taken_back = Withdrawal(event_id="w", job_id=gone.job_id, withdrawn=True)
    library = make_library(
        tmp_path,
        [unjudged, *judged, taken_back, *(rating(job, 3) for job in judged)],
    )
    with library.snapshot() as snapshot:
        assert {each["jobs"] for each in keyword_by_checkpoint(snapshot).records()} == {1}
        assert {each["row"] for each in keyword_by_checkpoint(snapshot).records()} == {
            "seaside", "market", "detailed", "take", "0",
        }  # fmt: skip


def test_an_empty_library_has_empty_tables(tmp_path: Path) -> None:
    with make_library(tmp_path, [make_job(0)]).snapshot() as snapshot:
        assert list(keyword_by_checkpoint(snapshot).records()) == list(checkpoint_by_lora(snapshot).records()) == []


def test_a_row_of_keywords_adds_up_to_what_works_for_that_keyword(rated_library: Library) -> None:
    with rated_library.snapshot() as snapshot:
        answer = what_works(snapshot, "beach", by=["checkpoint"], limit=10).parameters[0]
        found = cells(keyword_by_checkpoint(snapshot))
    assert {each.setting: (each.n, each.good, each.prompts) for each in answer.ranked} == {
        column: (cell["rated"], cell["liked"], cell["prompts"])
        for (row, column), cell in found.items()
        if row == "beach"
    }


def test_a_lora_counts_under_any_weight_and_no_lora_is_a_name_of_its_own(tmp_path: Path) -> None:
    jobs = [
        make_job(0, loras=loras(("film", 0.5))),
        make_job(0, job_id="again", loras=loras(("Film.safetensors", 0.8), ("grain", 1.0))),
        make_job(2, loras=[]),
        make_job(4, prompt_positive=None, loras=loras(("grain", 1.0))),
    ]
    library = make_library(tmp_path, [*jobs, *(rating(job, 4) for job in jobs)])
    with library.snapshot() as snapshot:
        found = cells(checkpoint_by_lora(snapshot))
        answer = what_works(snapshot, "", by=["lora"], limit=10).parameters[0]
    counted = {key[1]: (cell["jobs"], cell["prompts"]) for key, cell in found.items()}
    assert counted == {"Film": (2, 1), "grain": (2, 2), NO_LORA: (1, 1)}
    assert {each.setting: (each.n, each.prompts) for each in answer.ranked} == counted


def test_unknown_prompts_of_one_experiment_count_as_one_prompt(tmp_path: Path) -> None:
    experiments = [
        {"experiment_id": name, "focus_parameter": "steps", "evidence": "unproven"} for name in ("e", "e", "f")
    ]
    jobs = [
        make_job(2 * number, prompt_positive=None, loras=[], experiment=experiment)
        for number, experiment in enumerate(experiments)
    ]
    with make_library(tmp_path, [*jobs, *(rating(job, 4) for job in jobs)]).snapshot() as snapshot:
        (cell,) = checkpoint_by_lora(snapshot).records()
        (setting,) = what_works(snapshot, "", by=["lora"]).parameters[0].ranked
    assert (cell["jobs"], cell["prompts"]) == (setting.n, setting.prompts) == (3, 2)


def test_a_comparison_of_models_says_nothing_about_a_lora(tmp_path: Path) -> None:
    compared = {"experiment_id": "e", "focus_parameter": "checkpoint", "evidence": "preference"}
    job = make_job(0, experiment=compared, loras=loras(("film", 0.5)))
    with make_library(tmp_path, [job, rating(job, 5)]).snapshot() as snapshot:
        assert len(keyword_by_checkpoint(snapshot)) > 0
        assert len(checkpoint_by_lora(snapshot)) == 0


def test_an_index_built_anew_gives_the_same_tables(tmp_path: Path) -> None:
    library = make_library(tmp_path, rated_jobs(30))
    with library.snapshot() as snapshot:
        before = [list(keyword_by_checkpoint(snapshot).records()), list(checkpoint_by_lora(snapshot).records())]
    library.append([make_job(99), rating(make_job(99), 1)], durable=False)
    with library.snapshot() as snapshot:
        extended = [list(keyword_by_checkpoint(snapshot).records()), list(checkpoint_by_lora(snapshot).records())]
    with Library(library.root, tmp_path / "another").snapshot() as snapshot:
        built = [list(keyword_by_checkpoint(snapshot).records()), list(checkpoint_by_lora(snapshot).records())]
    assert built == extended != before
