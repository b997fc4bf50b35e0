"""The measurement of the statistics reads any folder of ratings, and knows a good rule from a bad one."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from library_factory import make_job, make_library, rating
from questions import SAME

from benchmarks.quality import real, real_figures
from benchmarks.quality.answered import inside_keywords
from benchmarks.quality.held_out_rates import held_out_rates
from benchmarks.quality.ratings import RatingsError, read_folder
from benchmarks.quality.rules import AS_CODED, AS_DOCUMENTED, OURS, RULES, StableNewConfidence
from benchmarks.quality.splits import Split, splits
from benchmarks.quality.topic_words import measured_words, traits_of_answers, words_of_answers
from learning_core.answers.recommend import recommend_settings
from learning_core.answers.what_works import what_works
from learning_core.library import Library
from learning_core.model.job import JobRecord
from learning_core.model.judgement import AnyJudgement
from learning_core.stats.sufficient_statistics import STAR_PARTS, UNSEEN, Judgements, Prompts, Stars, summarised

ROOT = Path(__file__).resolve().parents[1]
THINGS = ("castle", "river", "robot", "garden", "portrait", "harbour", "market", "desert", "temple", "train")
PROMPTS = 60


def line(prompt: int, model: str, rating: float, **more: Any) -> dict[str, Any]:
    text = f"a {THINGS[prompt % 10]} beside the {THINGS[prompt * 7 % 9]}"
    return {"prompt": text, "prompt_id": f"{prompt:03}", "model": model, "rating": rating, **more}


def write(folder: Path, name: str, lines: list[dict[str, Any]]) -> Path:
    text = "".join(json.dumps(each) + "\n" for each in lines)
    (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    return folder


def uneven(prompts: int = PROMPTS) -> list[dict[str, Any]]:
    """Two levels: one good in four of five prompts, one in the others; keywords do not matter."""
    good = [line(p, "good", 5 if p // 10 % 5 else 2, rater=r) for p in range(prompts) for r in "ab"]
    return good + [line(p, "bad", 1 if p // 10 % 5 else 4, rater=r) for p in range(prompts) for r in "ab"]


def test_ratings_are_read_with_levels_keywords_and_the_usual_threshold(tmp_path: Path) -> None:
    (found,) = read_folder(write(tmp_path, "set", uneven()), {})
    assert found.level_names == ["bad", "good"]
    assert found.threshold == "rating ≥ 4"
    assert int(found.selected.sum()) == 2 * 40 + 2 * 20
    assert set(found.measured.names) == set(THINGS)
    assert set(found.words.names) == {*THINGS, "beside"}
    assert len(found.words.prompts.starts) == PROMPTS + 1


@pytest.mark.parametrize(
    ("ratings", "selected"),
    [
        ([0.2, 1.1, 2.9, 3.4], [False, False, True, True]),
        ([0, 0, 0, 0.5, 1, 0, 0, 0, 0], [False] * 3 + [True, True] + [False] * 4),
        ([1, 3, 4, 5], [False, False, True, True]),
    ],
)
def test_scales_that_are_not_stars_are_cut_in_the_middle(
    tmp_path: Path, ratings: list[float], selected: list[bool]
) -> None:
    lines = [line(p, "one", rating) for p, rating in enumerate(ratings)]
    (found,) = read_folder(write(tmp_path, "set", lines), {})
    assert found.selected.tolist() == selected
    assert found.stars.min() >= 1
    assert found.stars.max() <= 5


def test_a_threshold_and_lines_that_say_selected_come_before_the_usual(tmp_path: Path) -> None:
    lines = [line(p, "one", p % 5 + 1) for p in range(10)]
    (found,) = read_folder(write(tmp_path, "set", lines), {"set": 5.0})
    assert int(found.selected.sum()) == 2
    (found,) = read_folder(write(tmp_path, "set", [{**each, "selected": True} for each in lines]), {"set": 5.0})
    assert int(found.selected.sum()) == 10


def test_a_slip_of_the_source_does_not_make_another_scale(tmp_path: Path) -> None:
    lines = [line(p, "one", p % 5 + 1) for p in range(300)] + [line(300, "one", 44)]
    (found,) = read_folder(write(tmp_path, "set", lines), {})
    assert found.threshold == "rating ≥ 4"
    assert np.bincount(found.stars).tolist() == [0, 60, 60, 60, 60, 61]


def test_variants_are_levels_of_their_own_and_tags_come_before_words(tmp_path: Path) -> None:
    lines = [line(0, "one", 3.2, variant=variant, tags=["soft light"]) for variant in ("normal", "lowstep")]
    (found,) = read_folder(write(tmp_path, "set", lines), {})
    assert found.level_names == ["one lowstep", "one normal"]
    assert "tag:soft light" in found.measured.names


def test_keywords_are_ten_distinct_words_without_small_ones() -> None:
    assert measured_words("The cat on a mat with the CAT's hat, an ox", ["style"]) == [
        "tag:style",
        "cat",
        "mat",
        "cat's",
        "hat",
    ]
    assert len(measured_words(" ".join(f"word{chr(97 + n)}" for n in range(15)))) == 10


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{broken", "line 1: not JSON"),
        ("[1]", "line 1: not an object"),
        ('{"prompt":"x","prompt_id":"1","model":"m","rating":true}', "line 1: rating is missing"),
        ("", "holds no rating"),
    ],
)
def test_what_cannot_be_read_is_named_by_file_line_and_field(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "set.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(RatingsError, match=message):
        read_folder(tmp_path, {})


def test_a_folder_without_ratings_and_a_threshold_for_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RatingsError, match=r"no \*.jsonl"):
        read_folder(tmp_path, {})
    with pytest.raises(RatingsError, match="no set called other"):
        read_folder(write(tmp_path, "set", uneven(5)), {"other": 4.0})


def test_splits_share_no_prompt_and_are_the_same_each_time(tmp_path: Path) -> None:
    (found,) = read_folder(write(tmp_path, "set", uneven(61)), {})
    first, again = (list(splits(found, 3)) for _ in range(2))
    for one, other in zip(first, again, strict=True):
        assert one.learned.tolist() == other.learned.tolist()
        assert len(set(found.prompt[one.learned].tolist())) == 30
        assert len(one.held_out.prompts.lengths) == 31
        assert len(one.learned) + len(one.held_out.prompt) == len(found.prompt)
        assert int(found.selected[one.learned].sum() + one.held_out.selected.sum()) == int(found.selected.sum())
        assert one.counts(20).n == 20
    assert first[0].learned.tolist() != first[1].learned.tolist()


def test_held_out_rates_have_errors_as_wide_as_chance(tmp_path: Path) -> None:
    (found,) = read_folder(write(tmp_path, "set", uneven(400)), {})
    truth = next(iter(held_out_rates(next(iter(splits(found, 1))).held_out, 2)))
    assert truth.rate.tolist() == pytest.approx([0.2, 0.8], abs=0.07)
    error = np.sqrt(np.diag(truth.covariance))
    # 200 prompts, two equal ratings each.
    assert error.tolist() == pytest.approx([(0.16 / 200) ** 0.5] * 2, rel=0.15)


def test_ours_finds_the_good_level_and_beats_the_old_rules(tmp_path: Path) -> None:
    sets = read_folder(write(tmp_path, "set", uneven(200)), {})
    results = real.measure(sets, 4)
    for size in (20, 50, 200):
        assert sum(results.loss["set", size, OURS.name]) < sum(results.loss["set", size, AS_CODED.name])
    assert sum(results.regret["set", 200, OURS.name]) == 0.0
    figures = real_figures.figures(results, ["set"])
    assert all(np.isfinite(figure.value) for figure in figures)
    assert {rule.name for rule in RULES} <= {figure.name.rpartition(", N")[0] for figure in figures}
    strong = next(figure for figure in figures if figure.name == "strong, wrong")
    assert strong.value == 0.0
    assert strong.is_met


def library_of(folder: Path, lines: list[dict[str, Any]]) -> Library:
    """Return a library with an image for each rating."""
    events: list[JobRecord | AnyJudgement] = []
    for number, each in enumerate(lines):
        job = make_job(number, **SAME, prompt_positive=each["prompt"], model=each["model"])
        events += [job, rating(job, each["rating"])]
    return make_library(folder, events)


def some_stars(prompts: int = 40) -> list[dict[str, Any]]:
    """Stars of all kinds, better for one level and for castles, with several images of some prompts."""
    draw = np.random.default_rng(3)
    found = []
    for prompt in range(prompts):
        for model, shift in (("good", 0.7), ("bad", -0.4), ("rare", 0.1)):
            for _ in range(int(draw.integers(0 if model == "rare" else 1, 3))):
                score = 3.0 + shift + 0.6 * (prompt % 10 == 0) + draw.normal(0.0, 1.0)
                found.append(line(prompt, model, int(np.clip(round(score), 1, 5))))
    return found


def test_what_is_measured_is_what_recommend_and_ask_show(tmp_path: Path) -> None:
    lines = some_stars()
    (found,) = read_folder(write(tmp_path, "set", lines), {})
    every = np.arange(len(found.level))
    counts = Split(found, every, next(iter(splits(found, 1))).held_out).counts(0)
    learned, names = OURS.learn(counts), found.level_names
    library = library_of(tmp_path, lines)
    for text in ("a castle beside the river", "robot", "a garden at night with a very old harbour and many more boats"):
        words = words_of_answers(text)
        numbers = sorted(found.words.names.index(word) if word in found.words.names else UNSEEN for word in words[:10])
        prompt = Prompts(np.array([0, len(numbers)]), np.array(numbers), np.array([traits_of_answers(text)]))
        answer = library.ask(lambda snapshot, text=text: recommend_settings(snapshot, text, limit=9)).checkpoint
        shown = {each.value: each.estimate for each in answer.candidates}
        measured = dict(zip(names, learned.rates(prompt)[0].tolist(), strict=True))
        assert shown == pytest.approx(measured, abs=6e-5)
        assert names[int(learned.scores(prompt)[0].argmax())] == answer.candidates[0].value
    castle = found.words.names.index("castle")
    (inside,) = inside_keywords(learned.fitted, counts, [castle])
    asked = library.ask(lambda snapshot: what_works(snapshot, "castle", by=["checkpoint"], limit=9)).parameters[0]
    level = counts.cells.level[counts.cells.keyword == castle]
    measured = {names[number]: rate for number, rate in zip(level.tolist(), inside.mean.tolist(), strict=True)}
    assert {each.setting: each.value for each in asked.ranked} == pytest.approx(measured, abs=6e-5)


def test_the_rivals_do_what_they_were_found_to_do() -> None:
    keyword = Prompts(np.array([0, 1]), np.array([0]))
    rows = Judgements(
        np.zeros(3, np.int64), np.array([0, 1, 1]), np.array([20, 2, 1]), np.array([15, 2, 1]), keyword, 3, 1,
        Stars(np.array([60, 10, 5]), STAR_PARTS * np.array([200, 50, 25]), *np.zeros((2, 3), np.int64)),
    )  # fmt: skip
    counts = summarised(rows)
    assert AS_CODED.learn(counts).rates(keyword).tolist() == [[0.75, 1.0, 0.5]]
    assert AS_DOCUMENTED.learn(counts).rates(keyword).tolist() == [[0.75, 1.0, 0.5]]
    steady = StableNewConfidence().learn(summarised(Judgements(
        np.zeros(2, np.int64), np.array([0, 1]), np.array([6, 3]), np.array([0, 3]), keyword, 2, 1,
        Stars(np.array([12, 15]), STAR_PARTS * np.array([24, 75]), *np.zeros((2, 2), np.int64)),
    )))  # fmt: skip
    assert steady.scores(keyword)[0].argmax() == 0


def test_the_command_prints_targets_and_writes_json(tmp_path: Path) -> None:
    write(tmp_path, "set", uneven())
    written = tmp_path / "quality.json"
    command = [
        sys.executable,
        "-m",
        "benchmarks.quality",
        "--ratings",
        str(tmp_path),
        "--only",
        "real",
        "--splits",
        "2",
    ]
    done = subprocess.run(
        [*command, "--json", str(written)], cwd=ROOT, check=True, capture_output=True, encoding="utf-8"
    )
    assert "whatworks, N = 50" in done.stdout
    assert "targets met" in done.stdout
    figures = json.loads(written.read_text(encoding="utf-8"))["figures"]
    assert {"subject", "name", "value", "target", "is_met", "parts", "of"} == set(figures[0])


def test_the_command_says_what_is_wrong_without_a_traceback(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.quality", "--ratings", str(tmp_path), "--only", "real"]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, encoding="utf-8")
    assert done.returncode == 1
    assert "no *.jsonl file here" in done.stderr
    assert "Traceback" not in done.stderr
