"""What the library as a whole says is worked out once, kept for the next process, and anew when it changed."""

import random
from pathlib import Path

import pytest
from another_process import another_process
from library_factory import make_job, make_library, rating
from questions import SAME, Event, ask

from learning_core.answers import background as module
from learning_core.answers.background import Background, background
from learning_core.answers.what_works import what_works
from learning_core.index import loaded
from learning_core.library import Library
from learning_core.log.append import append_lines
from learning_core.log.events import event_line
from learning_core.model.generation import LoraUse
from learning_core.model.job import JobRecord
from learning_core.model.judgement import Rating, Withdrawal


def events(jobs: int = 120) -> list[Event]:
    draw = random.Random(4)
    found: list[Event] = []
    for number in range(jobs):
        model, word = draw.choice(["coastline", "harbour"]), draw.choice(["beach", "forest"])
        job = make_job(number, **SAME, model=model, prompt_positive=f"{word}, {number // 2}")
        found += [job, rating(job, 5 if draw.random() < (0.7 if model == "coastline" else 0.4) else 2)]
    return found


def forget() -> None:
    """Make this process know as little of an index as one that has just started."""
    loaded._kept._index = ""


def answer(library: Library) -> str:
    with library.snapshot() as snapshot:
        return what_works(snapshot, "beach").model_dump_json()


def test_the_next_process_fits_nothing_and_answers_with_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = make_library(tmp_path, events())
    first = answer(library)
    forget()
    fitted: list[object] = []
    monkeypatch.setattr(module, "model_of", lambda *each: fitted.append(each))
    assert answer(library) == first
    assert fitted == []


def test_what_is_kept_makes_no_difference(tmp_path: Path) -> None:
    library = make_library(tmp_path, events())
    first = answer(library)
    for kept in library.cache.glob("*.npz"):
        kept.write_bytes(b"no arrays")
    forget()
    assert answer(library) == first


def test_a_rating_more_is_taken_in(tmp_path: Path) -> None:
    library = make_library(tmp_path, events())
    with library.snapshot() as snapshot:
        before = background(snapshot, "rated_4_or_5")
        before.model(snapshot, "checkpoint")
    job = make_job(0, job_id="one-more", **SAME, model="harbour", prompt_positive="beach, 0")
    library.append([job, rating(job, 5)], durable=False)
    library.refresh()
    with library.snapshot() as snapshot:
        after = background(snapshot, "rated_4_or_5")
        assert after.rests_on != before.rests_on
        model = after.model(snapshot, "checkpoint")
        assert model.fitted.numbers.level_n.sum() != before.models["checkpoint"].fitted.numbers.level_n.sum()


def test_a_job_that_nobody_judged_fits_nothing_anew(tmp_path: Path) -> None:
    library = make_library(tmp_path, events())
    with library.snapshot() as snapshot:
        before = background(snapshot, "rated_4_or_5")
        before.model(snapshot, "checkpoint")
    library.append([make_job(0, job_id="one-more", **SAME, model="harbour", prompt_positive="beach, 0")], durable=False)
    library.refresh()
    with library.snapshot() as snapshot:
        after = background(snapshot, "rated_4_or_5")
        assert after.models["checkpoint"] is before.models["checkpoint"]


def test_of_many_prompts_those_with_the_smallest_hashes_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PROMPTS", 10)
    given = events()
    chosen = []
    for name, order in (("one", given), ("other", given[::-1])):
        library = make_library(tmp_path / name, order)
        with library.snapshot() as snapshot:
            found = background(snapshot, "rated_4_or_5")
            assert len(found.prompts) == 10
            assert not found.is_whole
            chosen.append({str(snapshot.job_at(row)["prompt_positive"]) for row in found.jobs.tolist()})
    assert chosen[0] == chosen[1]


@pytest.mark.parametrize("prompts", [25, 500])
def test_whatever_happens_it_is_the_one_that_a_new_process_works_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prompts: int
) -> None:
    draw = random.Random(12)
    given = [each for place, each in enumerate(events()) if place % 6 != 1]
    jobs = [each for each in given if isinstance(each, JobRecord)]
    library = make_library(tmp_path, given)
    first_in_order = library.log_folder / "another.jsonl"
    monkeypatch.setattr(module, "PROMPTS", prompts)
    hashed: list[object] = []
    fingerprint = module._fingerprint
    monkeypatch.setattr(module, "_fingerprint", lambda evidence: hashed.append(evidence) or fingerprint(evidence))

    def found(asked: Library) -> Background:
        with asked.snapshot() as snapshot:
            return background(snapshot, "rated_4_or_5")

    for step in range(50):
        job = draw.choice(jobs)
        fresh = make_job(0, job_id=f"new-{step}", **SAME, model="harbour", prompt_positive=f"beach, {draw.random()}")
        happens: list[list[Event]] = [
            [fresh],
            [fresh, rating(fresh, 5)],
            [fresh.model_copy(update={"prompt_positive": job.prompt_positive, "user_rating": 1})],
            [Rating(event_id=f"again-{step}", job_id=job.job_id, value=draw.randint(1, 5))],
            [Withdrawal(event_id=f"gone-{step}", job_id=job.job_id, withdrawn=draw.random() < 0.7)],
        ]
        if step % 4:
            library.append(draw.choice(happens), durable=False)
        else:
            moved = job.model_copy(update={"prompt_positive": draw.choice(jobs).prompt_positive})
            append_lines(first_in_order, [event_line(moved)], durable=False)
        kept = found(library)
        with another_process():
            expected = found(library)
        assert kept.prompts.tolist() == expected.prompts.tolist()
        assert kept.jobs.tolist() == expected.jobs.tolist()
        assert kept.rests_on == expected.rests_on
    assert 50 < len(hashed) < 100


def test_the_subjects_own_images_count_once(tmp_path: Path) -> None:
    """A library of beaches only is no surer of beaches, for having seen them before, than of everything."""
    draw = random.Random(7)
    given: list[Event] = []
    for number in range(200):
        model = draw.choice(["coastline", "harbour"])
        job = make_job(number, **SAME, model=model, prompt_positive=f"beach, {number}")
        given += [job, rating(job, 5 if draw.random() < (0.6 if model == "coastline" else 0.5) else 2)]
    library = make_library(tmp_path, given)
    of_beach, of_all = (ask(library, subject).parameters[0].ranked[0] for subject in ("beach", ""))
    assert of_beach.chance_best == pytest.approx(of_all.chance_best, abs=0.12)
    assert of_beach.high - of_beach.low >= 2 * 1.8 * (0.6 * 0.4 / of_beach.n) ** 0.5


def test_the_next_process_knows_the_same_loras(tmp_path: Path) -> None:
    given: list[Event] = []
    for number in range(700):
        loras = [LoraUse(name=f"Film {number % 7}", weight=number / 1000), LoraUse(name="glow", weight=0.5)]
        job = make_job(number, **SAME, prompt_positive=f"beach, {number}", loras=loras if number else [])
        given += [job, rating(job, 4)]
    library = make_library(tmp_path, given)
    seen = []
    for _ in range(2):
        with library.snapshot() as snapshot:
            sets = snapshot.lora_sets()
            seen.append(
                (len(sets), sets.names, sets.spellings, sets.lora_of, sets.loras.tolist(), sets.starts.tolist())
            )
        forget()
    assert seen[0][0] == 700
    assert (library.cache / "lora-sets.npz").exists()
    assert seen[1] == seen[0]
    library.append([make_job(0, job_id="one-more", loras=[LoraUse(name="FILM 3"), LoraUse(name="new")])], durable=False)
    library.refresh()
    with library.snapshot() as snapshot:
        assert len(snapshot.lora_sets()) == 701
        assert snapshot.lora_sets().names[-1] == "new"
