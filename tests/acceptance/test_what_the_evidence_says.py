"""Acceptance cases E1-E13 and F1, and the traps of earlier systems as far as answers can fall into them.

Lines go through the real importer or writer into a real log and index, and real questions are asked. A case that is
shown elsewhere is not shown again; the table says where (files in tests/core unless named otherwise; *here* is this
module, "recommend" answers/test_recommend.py, "compare" answers/test_compare_settings.py, "feedback"
answers/test_feedback_report.py, "records" tests/acceptance/test_records_through_the_installed_command.py).

    E1      here; recommend: an empty library
    E2, E3  here; recommend: a few reviews
    E4      here; answers/test_what_works.py: the tier says where the evidence comes from
    E5      here
    E6      here; recommend: only the stage that is asked for, images of another stage
    E7      here; compare: comparisons of whole models; recommend: whole-model comparisons
    E8      here
    E9      here; compare: few good images lead many bad ones, one image against two
    E10     here; answers/test_misleading_libraries.py: equal shares are ordered by their stars
    E11     here
    E12     here; importers/test_stablenew_records.py: both flag names
    E13     here; importers/test_stablenew_records.py: LoRA values are objects
    F1      here; compare: three of three; recommend: a generic word
    1-6     here        7   here; importers/test_stablenew_records.py: a legacy experiment rating
    8       here, records C4        9   here        10-12  records C3        13  as E12
    14, 16  here        15  here    17  here; compare: values that tie; recommend: ties are named
    18      here; recommend: zero is a value        19  here; importers/test_stablenew_records.py: the same image name
    20      records H1; answers/test_drivers.py        21  plans are not part of the answers
    22      here        23  importers/test_stablenew_records.py: a timestamp without offset is UTC
    24      test_judging.py: undo; tests/acceptance/test_properties_of_answers.py: undo brings back the bytes
    25, 27  recommend: names alone, never tried is unknown      26, 30  as F1     28  here; recommend: realistic
    29      here; recommend: rates are over what was shown      31  text/test_prompt_syntax.py; recommend: syntax
    32-36   feedback; compare: one image before, periods        37  feedback: wildcards
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import pytest
from library_factory import make_job, make_library, rating, selection
from questions import SAME, Event, about, ask
from stablenew_lines import curation, experiment, record, review

from learning_core.answers.answer import By, Parameter, Setting, Tier, WhatWorks
from learning_core.answers.compare_settings import compare_settings
from learning_core.answers.drivers import drivers
from learning_core.answers.overview import library_overview
from learning_core.answers.recommend import recommend_settings
from learning_core.answers.settings_comparison import SettingsComparison
from learning_core.errors import BadFilter
from learning_core.importers.run import ImportReport, import_paths
from learning_core.library import Library

Line = dict[str, Any]
EVERY: tuple[By, ...] = get_args(By)
FIXED = {
    "model": "coastlineXL_v3", "sampler_name": "Euler a", "scheduler": "Karras", "steps": 28, "cfg_scale": 6.0,
    "seed": 7, "width": 832, "height": 1216, "prompt": "beach at dawn",
}  # fmt: skip
CONFIG_KEYS = {"CFG Scale": "cfg_scale", "Steps": "steps", "Sampler": "sampler_name", "LoRA Strength": "lora_override"}


def bring_in(folder: Path, lines: Sequence[Line | bytes]) -> tuple[Library, ImportReport]:
    library = make_library(folder)
    path = folder / "learning_records.jsonl"
    folder.mkdir(exist_ok=True)
    path.write_bytes(b"".join((x if isinstance(x, bytes) else json.dumps(x).encode()) + b"\n" for x in lines))
    return library, import_paths(library, [path])


def imported(folder: Path, *lines: Line) -> Library:
    return bring_in(folder, lines)[0]


def trial(
    value: object,
    stars: object,
    number: int = 0,
    *,
    variable: str = "CFG Scale",
    plan: str = "plan-1",
    proof: bool = True,
) -> Line:
    """A rating in a plan that tested one variable; with `proof`, all else was frozen and read back."""
    said: Line = {"variable_under_test": variable, "experiment_id": plan, "variant_value": value}
    if proof:
        executed = FIXED | {CONFIG_KEYS[variable]: value}
        said["frozen_experiment"] = {
            "controlled_evidence_valid": True, "executed_config": executed, "variable_validation_reason": "valid",
        }  # fmt: skip
    run = f"{plan}-{variable}-{number}"
    return experiment(run, 0.0, stars, f"D:\\sd\\{run}.png", **said) | {"base_config": {"stage": "txt2img"}}


def plan(*pairs: tuple[object, object], **how: Any) -> list[Line]:
    return [trial(value, stars, number, **how) for number, (value, stars) in enumerate(pairs)]


def ran(number: int, stars: int | None, **settings: Any) -> Line:
    """A run that was rated afterwards: the whole line written again with a rating."""
    fields = FIXED | {"prompt": f"beach {number}", "seed": number} | settings
    stage = fields.pop("stage", "txt2img")
    metadata = {} if stars is None else {"rating": stars}
    return record(f"run-{number}", base_config={"txt2img": fields, "stage": stage}, metadata=metadata)


def figures(parameter: Parameter) -> list[tuple[str, int, float | None]]:
    return [(each.setting, each.n, each.mean_rating) for each in parameter.ranked]


def claims(answer: WhatWorks) -> list[By]:
    """The parameters of which some value is said to lead."""
    return [each.by for each in answer.parameters if each.status.endswith("_leader")]


def varied(answer: WhatWorks) -> list[By]:
    """The parameters that are set against anything at all."""
    return [each.by for each in answer.parameters if each.total > 1]


def jobs(settings: dict[str, Any], stars: Sequence[int], scene: str = "beach", start: int = 0) -> list[Event]:
    events: list[Event] = []
    for place, value in enumerate(stars, start):
        fields = SAME | {"prompt_positive": f"{scene} {place}"} | settings
        job = make_job(place, job_id=f"{scene}-{sorted(settings.items())}-{place}", **fields)
        events += [job, rating(job, value)]
    return events


# -- E1


def test_an_empty_library_has_no_evidence_and_recommends_nothing(tmp_path: Path) -> None:
    answer = ask(make_library(tmp_path), "beach", by=EVERY)
    assert answer.tier == "no_evidence"
    assert {each.tier for each in answer.parameters} == {"no_evidence"}
    assert all(each.ranked == [] for each in answer.parameters)


# -- E2


@pytest.mark.parametrize(
    "lines",
    [
        [review("r1", 4, 4)],
        [review(f"r{number}", 4, 4) for number in range(3)],
        [curation("c1", "advanced_to_upscale", 4.3), curation("c2", "rejected_hard", 1.0)],
    ],
    ids=["one review", "three reviews", "two curation events"],
)
def test_reviews_and_curation_alone_are_an_answer_of_tier_review_only(lines: list[Line], tmp_path: Path) -> None:
    answer = ask(imported(tmp_path, *lines), "")
    assert answer.tier == "review_only"
    checkpoint = about(answer, "checkpoint")
    assert [(each.setting, each.n, each.tier) for each in checkpoint.ranked] == [
        ("coastlineXL_v3", len(lines), "review_only")
    ]
    assert checkpoint.controlled == []
    assert claims(answer) == []


# E2, C8
def test_letting_an_image_go_on_is_a_selection_and_its_soft_score_no_stars(tmp_path: Path) -> None:
    decisions = ("advanced_to_refine", "curated_final", "not_advanced", "rejected_hard", "put aside")
    lines = [curation(f"c{number}", decision, 4.3) for number, decision in enumerate(decisions)]
    answer = ask(imported(tmp_path, *lines), "")
    assert answer.outcome == "selected"
    assert (answer.matched.judged, answer.matched.selected, answer.matched.rated) == (4, 2, 0)


# -- E3


@pytest.mark.parametrize(
    ("ratings", "others"),
    [
        (1, [review("r1", 4, 4)]),
        (2, [review("r1", 4, 4)]),
        (2, []),
        (1, [curation("c1", "advanced_to_upscale", 4.3)]),
    ],
)
@pytest.mark.parametrize("proof", [True, False])
def test_a_few_experiment_ratings_are_sparse_and_reviews_stay_in_the_answer(
    ratings: int, others: list[Line], proof: bool, tmp_path: Path
) -> None:
    pairs = [(6.0, 4), (7.0, 5)][:ratings]
    answer = ask(imported(tmp_path, *plan(*pairs, proof=proof), *others), "")
    assert answer.tier == about(answer, "cfg_scale").tier == "experiment_sparse_plus_review"
    assert len(about(answer, "cfg_scale").ranked) == ratings
    if others and others[0]["run_id"] == "r1":
        assert [each.n for each in about(answer, "checkpoint").ranked] == [1 + ratings * proof]
    assert claims(answer) == []


# -- E4


def test_one_frozen_plan_with_two_values_and_three_ratings_is_strong_for_its_variable_only(tmp_path: Path) -> None:
    answer = ask(imported(tmp_path, *plan((6.0, 3), (7.0, 5), (7.0, 5))), "", by=EVERY)
    cfg = about(answer, "cfg_scale")
    assert (answer.tier, cfg.tier) == ("experiment_strong", "experiment_strong")
    assert figures(cfg) == [("7", 2, 5.0), ("6", 1, 3.0)]
    assert [(each.setting, each.n, each.good, each.mean_rating) for each in cfg.controlled] == [
        ("7", 2, 2, 5.0), ("6", 1, 0, 3.0),
    ]  # fmt: skip
    assert cfg.strength in ("none", "weak")
    assert varied(answer) == ["cfg_scale"]
    for by in ("sampler", "scheduler", "steps"):
        assert about(answer, by).status == "never_varied"
        assert about(answer, by).tier == "review_only"
        assert about(answer, by).controlled == []


def test_a_recommendation_out_of_one_plan_is_of_its_variable_only(tmp_path: Path) -> None:
    library = imported(tmp_path, *plan((6.0, 3), (7.0, 5), (7.0, 5)), ran(9, 4, cfg_scale=9.0))
    answer = library.ask(lambda snapshot: recommend_settings(snapshot, "beach at dawn"))
    advice = {each.by: each for each in (answer.checkpoint, answer.lora, *answer.preset)}
    assert [by for by, each in advice.items() if each.values] == ["cfg_scale"]
    cfg = advice["cfg_scale"]
    assert (cfg.tier, cfg.mode) == ("experiment_strong", "explore")
    assert {each.value: each.tier for each in cfg.candidates} == {
        "6": "experiment_strong", "7": "experiment_strong", "9": "review_only",
    }  # fmt: skip
    assert [line.split(":")[0] for line in cfg.why[-2:]] == ["Controlled", "Observed"]
    for by in ("sampler", "scheduler", "steps"):
        assert (advice[by].status, advice[by].mode) == ("never_varied", "nothing")


def test_the_reason_of_a_plan_stands_among_the_numbers_that_decided(tmp_path: Path) -> None:
    cfg = about(ask(imported(tmp_path, *plan((6.0, 3), (7.0, 5), (7.0, 5)), ran(9, 4, cfg_scale=6.0)), ""), "cfg_scale")
    assert cfg.why[-2:] == [
        "Controlled: 3 images of plans that varied only cfg_scale, with proof of what was fixed: "
        "7 (2 images, mean 5) and 6 (1 image, mean 3).",
        "Observed: 1 other image, not made to test cfg_scale.",
    ]


@pytest.mark.parametrize(
    "lines",
    [
        plan((7.0, 5), (7.0, 5), (7.0, 5)),
        [trial(value, 5, plan=f"plan-{value}") for value in (6.0, 7.0, 8.0)],
        [trial(6.0, 4), trial(7.0, 5, 1), trial(30, 5, variable="Steps")],
        plan((6.0, 3), (7.0, 5), (7.0, 5), proof=False),
        plan((6.0, 3), (7.0, 0), (7.0, True)),
    ],
    ids=["one value", "three plans", "two variables", "no proof", "no ratings"],
)
def test_what_is_short_of_one_plan_two_values_three_ratings_and_proof_is_not_strong(
    lines: list[Line], tmp_path: Path
) -> None:
    cfg = about(ask(imported(tmp_path, *lines), ""), "cfg_scale")
    assert cfg.tier == "experiment_sparse_plus_review"
    assert {each.tier for each in cfg.ranked} == {"experiment_sparse_plus_review"}


def test_without_proof_of_what_was_frozen_only_the_tested_variable_is_answered_and_the_reason_given(
    tmp_path: Path,
) -> None:
    answer = ask(imported(tmp_path, *plan((6.0, 3), (7.0, 5), (7.0, 5), proof=False)), "", by=EVERY)
    assert [each.by for each in answer.parameters if each.status != "no_evidence"] == ["cfg_scale"]
    cfg = about(answer, "cfg_scale")
    assert cfg.ranked[0].setting == "7"
    assert cfg.controlled == []
    assert "what was held fixed is not proven" in cfg.why[-1]


def test_a_value_that_a_plan_does_not_know_is_not_a_second_value(tmp_path: Path) -> None:
    study = {"experiment_id": "e", "focus_parameter": "sampler", "evidence": "controlled"}
    events: list[Event] = []
    for number, sampler in enumerate(("Euler a", "Euler a", None)):
        job = make_job(number, **SAME | {"sampler": sampler, "experiment": study})
        events += [job, rating(job, 5)]
    assert about(ask(make_library(tmp_path, events), ""), "sampler").tier == "experiment_sparse_plus_review"


# E2-E5
def test_controlled_and_observed_evidence_are_shown_apart_with_a_tier_for_each_value(tmp_path: Path) -> None:
    observed = [ran(number, 2, cfg_scale=cfg) for number, cfg in enumerate((6.0, 6.0, 9.0))]
    unproven = [trial(8.0, 4, plan="old", proof=False)]
    answer = ask(imported(tmp_path, *plan((6.0, 3), (7.0, 5), (7.0, 5)), *unproven, *observed), "", limit=9)
    cfg = about(answer, "cfg_scale")
    assert {(each.setting, each.n): each.tier for each in cfg.ranked} == {
        ("7", 2): "experiment_strong", ("6", 3): "experiment_strong", ("8", 1): "experiment_sparse_plus_review",
        ("9", 1): "review_only",
    }  # fmt: skip
    assert {(each.setting, each.n) for each in cfg.controlled} == {("7", 2), ("6", 1)}
    assert [line.split(":")[0] for line in cfg.why[-3:]] == ["Controlled", "Not controlled", "Observed"]
    assert about(answer, "sampler").tier == "review_only"


# -- E5


def test_a_plan_and_a_review_of_the_same_samplers_agree_on_the_better_one(tmp_path: Path) -> None:
    lines = plan(("Euler a", 5), ("Euler a", 5), ("Euler a", 5), ("DPM++ 2M", 3), variable="Sampler")
    lines.append(review("r1", 1, 1) | {"primary_sampler": "DPM++ 2M"})
    sampler = about(ask(imported(tmp_path, *lines), ""), "sampler")
    assert figures(sampler) == [("Euler a", 3, 5.0), ("DPM++ 2M", 2, 2.0)]
    assert sampler.tier == "experiment_strong"
    assert [(each.setting, each.n) for each in sampler.controlled] == [("Euler a", 3), ("DPM++ 2M", 1)]


# -- E6


def test_the_stage_of_the_question_decides_which_images_answer(tmp_path: Path) -> None:
    settings = (("txt2img", "Euler a"), ("txt2img", "Euler a"), ("upscale", "DPM++ 2M"), ("img2img", "UniPC"))
    lines = [ran(number, 5, stage=stage, sampler_name=sampler) for number, (stage, sampler) in enumerate(settings)]
    library = imported(tmp_path, *lines)
    for stage, sampler in (("txt2img", "Euler a"), ("upscale", "DPM++ 2M"), ("img2img", "UniPC")):
        answer = ask(library, "", where=f"stage:{stage}")
        assert [each.setting for each in about(answer, "sampler").ranked] == [sampler]
    assert any("Stages are mixed" in note for note in ask(library, "").notes)


# -- E7


def test_unknown_kinds_are_counted_and_model_comparisons_feed_no_other_parameter(tmp_path: Path) -> None:
    lines: list[Line | bytes] = []
    for number, model in enumerate(("coastlineXL_v3", "harbourXL", "coastlineXL_v3")):
        frozen = {"controlled_evidence_valid": True, "executed_config": FIXED | {"model": model, "steps": 20 + number}}
        lines.append(
            experiment(
                f"m{number}", 0.0, 5 - number, f"D:\\sd\\m{number}.png", variable_under_test="Model Comparison",
                record_kind="learning_model_comparison_rating", variant_value=model, experiment_id="models",
                frozen_experiment=frozen,
            )
            | {"base_config": {}}
        )  # fmt: skip
    lines.append(record("dream", metadata={"record_kind": "dream_diary", "user_rating": 5}))
    library, report = bring_in(tmp_path, lines)
    assert [each.reason for each in report.skipped] == ["record kind dream_diary is not known"]
    answer = ask(library, "", by=EVERY)
    assert [each.by for each in answer.parameters if each.status != "no_evidence"] == ["checkpoint"]
    assert about(answer, "checkpoint").tier == "review_only"
    assert about(answer, "checkpoint").controlled == []
    driven = library.ask(drivers)
    assert not {share.by for share in driven.shares} & {"sampler", "steps", "cfg_scale"}


# -- E8


def test_an_answer_shows_how_many_images_and_of_what_question(tmp_path: Path) -> None:
    one = ask(imported(tmp_path / "one", ran(0, 4)), "beach", where="stage:txt2img")
    assert figures(about(one, "sampler")) == [("Euler a", 1, 4.0)]
    three = ask(imported(tmp_path / "three", *[ran(number, 3 + number) for number in range(3)]), "")
    assert figures(about(three, "sampler")) == [("Euler a", 3, 4.0)]
    assert (one.where, one.subject) == ("stage:txt2img", [["beach"]])
    assert (one.context, three.context) == ("txt2img|beach|stage:txt2img||rated_4_or_5", "txt2img||||rated_4_or_5")
    assert one.summary.startswith('For "beach" where stage:txt2img, on 1 judged image:')


# -- E9, traps 1, 3, 22


@pytest.mark.parametrize(
    ("many", "few", "leader"),
    [([3, 4], [5], "few"), ([2] * 6, [5] * 3, "few"), ([3, 3], [5], "few"), ([2] * 4, [5] * 2, "few")],
)
def test_more_samples_never_win_by_their_number(many: list[int], few: list[int], leader: str, tmp_path: Path) -> None:
    lines = [ran(number, stars, sampler_name="many") for number, stars in enumerate(many)]
    lines += [ran(number, stars, sampler_name="few") for number, stars in enumerate(few, 20)]
    sampler = about(ask(imported(tmp_path, *lines)), "sampler")
    assert sampler.ranked[0].setting == leader
    assert sampler.status in ("too_thin", "not_separable")
    assert {(each.setting, each.n) for each in sampler.ranked} == {("many", len(many)), ("few", len(few))}
    assert all(each.low < each.value < each.high for each in sampler.ranked)
    told = " ".join([sampler.sentence, *sampler.why])
    assert "more images" in told or "more judged image" in told


# E8
def test_the_context_tells_stages_apart_and_says_when_none_is_known(tmp_path: Path) -> None:
    lines = [ran(number, 4, stage=stage) for number, stage in enumerate(("txt2img", "upscale"))]
    assert ask(imported(tmp_path / "two", *lines), "").context == "mixed||||rated_4_or_5"
    job = make_job(0, stage=None)
    picked = [job, selection(job, "selected")]
    assert ask(make_library(tmp_path / "one", picked), "").context == "any||||selected"


# E9
def test_two_fours_against_one_five_are_unresolved(tmp_path: Path) -> None:
    lines = [ran(number, stars, steps=steps) for number, (steps, stars) in enumerate([(20, 4), (20, 4), (30, 5)])]
    answer = ask(imported(tmp_path, *lines))
    steps = about(answer, "steps")
    assert steps.status == "too_thin"
    assert figures(steps) == [("30", 1, 5.0), ("20", 2, 4.0)]
    assert steps.ranked[0].pooled_rating is not None
    assert steps.ranked[0].pooled_rating > (steps.ranked[1].pooled_rating or 5.0)
    assert steps.ranked[0].pooled_rating < 5.0
    assert all(each.chance_best < 0.6 for each in steps.ranked)
    assert "judge more images of at least two of them" in steps.sentence


# E9
def test_where_all_came_out_well_the_pooled_stars_decide_the_order_and_nothing_is_claimed(tmp_path: Path) -> None:
    lines = [ran(number, 4, sampler_name="many") for number in range(6)]
    lines += [ran(number, 5, sampler_name="few") for number in range(20, 23)]
    sampler = about(ask(imported(tmp_path, *lines)), "sampler")
    assert figures(sampler) == [("few", 3, 5.0), ("many", 6, 4.0)]
    assert (sampler.status, sampler.strength) == ("not_separable", "none")


# -- E10, traps 2, 5


def test_a_lead_on_one_image_is_stated_with_n_one(tmp_path: Path) -> None:
    library = imported(tmp_path, *plan((6.0, 4), (8.0, 5), (10.0, 3)))
    cfg = about(ask(library, ""), "cfg_scale")
    assert figures(cfg) == [("8", 1, 5.0), ("6", 1, 4.0), ("10", 1, 3.0)]
    assert cfg.tier == "experiment_strong"
    assert "8 (1 image, mean 5)" in cfg.why[-1]


def test_one_bad_image_is_no_reason_to_recommend_its_settings(tmp_path: Path) -> None:
    answer = ask(imported(tmp_path, ran(0, 1)), "")
    assert claims(answer) == []
    (only,) = about(answer, "sampler").ranked
    assert (only.n, only.good, only.mean_rating) == (1, 0, 1.0)
    assert only.value < 0.5
    assert about(answer, "sampler").status == "never_varied"


# -- E11, E12


def test_a_refinement_context_is_kept_and_lifts_no_tier(tmp_path: Path) -> None:
    line = review("r1", 5, 5) | {"adaptive_refinement": {"policy": "gentle", "scale": 1.5, "motion": "skipped"}}
    answer = ask(imported(tmp_path, line), "")
    assert (answer.tier, answer.matched.rated) == ("review_only", 1)


def refined(number: int, stars: int, sampler: str, policy: str, scale: object, motion: str = "applied") -> Line:
    """A rated run with what refined it."""
    context = {"policy": policy, "scale": scale, "motion": motion}
    return ran(number, stars, sampler_name=sampler) | {"adaptive_refinement": context}


# E11
@pytest.mark.parametrize(
    "context", ["refinement:gentle", 'refinement:"gentle 1.5"', 'refinement:"gentle 1.5" people:no']
)
def test_records_of_the_refinement_that_is_asked_for_are_preferred(context: str, tmp_path: Path) -> None:
    lines = [refined(number, stars, "UniPC", "gentle", 1.5) for number, stars in enumerate((4, 5, 4))]
    lines += [refined(number, 5, "Euler a", "rough", 2.0) for number in range(3, 6)]
    library = imported(tmp_path, *lines)
    answer = ask(library, "", context=context)
    assert figures(about(answer, "sampler")) == [("UniPC", 3, 4.33)]
    assert answer.tier == "review_only"
    assert answer.context.split("|")[3] == context
    assert [note for note in answer.notes if "another refinement" in note]
    assert len(about(ask(library, ""), "sampler").ranked) == 2


# E11
def test_an_unknown_refinement_removes_no_answer(tmp_path: Path) -> None:
    lines = [refined(0, 5, "Euler a", "rough", 2.0), refined(1, None, "Euler a", "gentle", 1.5)]  # type: ignore[arg-type]
    answer = ask(imported(tmp_path, *lines), "", context="refinement:gentle")
    assert figures(about(answer, "sampler")) == [("Euler a", 1, 5.0)]
    assert "No judged image is of refinement:gentle: all are looked at instead." in answer.notes


# E11
def test_where_motion_is_asked_for_records_without_it_are_left_out(tmp_path: Path) -> None:
    lines = [refined(0, 4, "UniPC", "gentle", 1.5), refined(1, 5, "Euler a", "gentle", 1.5, "skipped"), ran(2, 5)]
    answer = ask(imported(tmp_path, *lines), "", context="motion:applied")
    assert figures(about(answer, "sampler")) == [("UniPC", 1, 4.0)]
    assert any("2 records of another motion status left out" in note for note in answer.notes)


# E11
def test_recommending_and_comparing_take_the_context_too(tmp_path: Path) -> None:
    lines = [refined(number, stars, "UniPC", "gentle", 1.5) for number, stars in enumerate((4, 2, 4))]
    lines += [refined(number, 5, "Euler a", "rough", 2.0) for number in range(3, 6)]
    lines += [refined(6, 5, "Euler a", "gentle", 1.5, "skipped")]
    library = imported(tmp_path, *lines)
    context = "refinement:gentle motion:applied"
    taken = library.ask(lambda snapshot: recommend_settings(snapshot, "beach", context=context))
    (sampler,) = (each for each in taken.preset if each.by == "sampler")
    assert [(each.value, each.n) for each in sampler.candidates] == [("UniPC", 3)]
    assert taken.context == context

    def compare(context: str) -> SettingsComparison:
        return library.ask(
            lambda snapshot: compare_settings(snapshot, "sampler:UniPC", 'sampler:"Euler a"', context=context)
        )

    assert (compare("motion:applied").a.n, compare("motion:applied").b.n) == (3, 3)
    inside = compare("refinement:gentle")
    assert (inside.a.n, inside.b.n, inside.context) == (3, 1, "refinement:gentle")
    silent = compare("refinement:rough")
    assert (silent.a.n, silent.b.n) == (3, 4)
    assert "A without a judged image of refinement:rough: all of both are looked at instead." in silent.notes


# E12
def test_low_subscores_lower_the_weight_of_a_rating(tmp_path: Path) -> None:
    def sampler(name: str, **said: object) -> Setting:
        lines = [review(f"r{number}", 5, 5, **said) for number in range(4)]
        return about(ask(imported(tmp_path / name, *lines), ""), "checkpoint").ranked[0]

    usual, high = sampler("none"), sampler("high", subscores={"anatomy": 4})
    low = sampler("low", subscores={"anatomy": 1, "composition": 3}, review_context={"people": True})
    assert usual.value == high.value
    assert (low.n, low.good, low.mean_rating) == (4, 4, 5.0)
    assert low.value < usual.value
    assert low.effective_n < usual.effective_n


# E12, trap 13
@pytest.mark.parametrize("flag", ["people", "has_people"])
def test_records_that_say_otherwise_about_people_weigh_less_and_are_not_removed(flag: str, tmp_path: Path) -> None:
    library = imported(
        tmp_path, *[review(f"r{number}", 5, 5, review_context={flag: number > 0}) for number in range(4)]
    )
    weights = {
        context: about(ask(library, "", context=context), "checkpoint").ranked[0]
        for context in ("", "people:yes", "people:no")
    }
    assert {(each.n, each.good) for each in weights.values()} == {(4, 4)}
    sizes = [weights[context].effective_n for context in ("people:no", "people:yes", "")]
    assert sizes == sorted(set(sizes))


# E12
def test_records_that_say_otherwise_about_people_weigh_less_in_a_recommendation(tmp_path: Path) -> None:
    lines = [
        review(f"r{number}", 5 - 3 * (number % 2), 5, review_context={"people": number > 3}) for number in range(8)
    ]
    library = imported(tmp_path, *lines)

    def taken(context: str) -> tuple[int, float]:
        answer = library.ask(lambda snapshot: recommend_settings(snapshot, "beach", context=context))
        (candidate,) = answer.checkpoint.candidates
        return candidate.n, candidate.effective_n

    (usual, whole), (inside, less) = taken(""), taken("people:yes")
    assert usual == inside == 8
    assert less < whole


@pytest.mark.parametrize("context", ["steps:20", "-people:yes", "people:maybe", "motion", "refinement:>=3 beach"])
def test_a_context_is_of_refinement_motion_and_people_only(context: str, tmp_path: Path) -> None:
    with pytest.raises(BadFilter):
        ask(make_library(tmp_path), "", context=context)


@pytest.mark.parametrize("flag", ["people", "has_people"])
def test_low_subscores_and_people_flags_never_remove_an_answer(flag: str, tmp_path: Path) -> None:
    line = review("r1", 5, 4, subscores={"anatomy": 1, "composition": 1}, review_context={flag: True})
    answer = ask(imported(tmp_path, line), "beach")
    assert figures(about(answer, "checkpoint")) == [("coastlineXL_v3", 1, 5.0)]


# -- E13


def lora(weight: object, name: str = "film") -> Line:
    return {"name": name, "weight": weight}


def test_each_weight_of_each_lora_is_a_group_and_the_winner_names_both(tmp_path: Path) -> None:
    pairs = [(lora(0.5), 3), (lora(0.8), 5), (lora(0.8), 5), ({"weight": 1, "name": "film"}, 4), (lora(1.0), 4)]
    lines = plan(*pairs, (lora(0.8, "glow"), 2), variable="LoRA Strength")
    lora_weight = about(ask(imported(tmp_path, *lines), "", by=["lora", "lora_weight"], limit=9), "lora_weight")
    assert {(each.setting, each.n) for each in lora_weight.ranked} == {
        ("film:0.5", 1), ("film:0.8", 2), ("film:1", 2), ("glow:0.8", 1),
    }  # fmt: skip
    assert lora_weight.controlled[0].setting == "film:0.8"
    assert lora_weight.tier == "experiment_strong"


def test_weights_of_one_lora_say_nothing_of_which_lora(tmp_path: Path) -> None:
    lines = plan((lora(0.5), 3), (lora(0.8), 5), (lora(1.0), 4), variable="LoRA Strength")
    answer = ask(imported(tmp_path, *lines), "", by=["lora", "lora_weight"])
    assert about(answer, "lora_weight").tier == "experiment_strong"
    assert about(answer, "lora").tier == "experiment_sparse_plus_review"
    assert about(answer, "lora").status == "never_varied"


def test_a_lora_weight_that_is_no_number_costs_its_record_only(tmp_path: Path) -> None:
    good = plan((lora(0.5), 3), (lora(0.8), 5), (lora(0.8), 5), variable="LoRA Strength")
    bad = [trial(value, 5, 9, variable="LoRA Strength", proof=False) for value in (lora(float("nan")), [lora(1.0)])]
    library, report = bring_in(tmp_path, [good[0], *bad, *good[1:]])
    assert len(report.skipped) == 2
    assert about(ask(library, "", by=["lora_weight"]), "lora_weight").total == 2


def test_lora_ratings_without_proof_are_never_strong_and_uses_of_unknown_weight_in_no_group(tmp_path: Path) -> None:
    lines = plan((lora(0.5), 3), (lora(0.8), 5), (lora(0.8), 5), variable="LoRA Strength", proof=False)
    lines.append(ran(1, 5, loras=["film"]))
    answer = ask(imported(tmp_path, *lines), "", by=["lora_weight"])
    (parameter,) = answer.parameters
    assert parameter.tier == "experiment_sparse_plus_review"
    assert (parameter.baseline_n, parameter.unknown) == (3, 1)


# -- F1, traps 26, 29, 30


def picks(model: str, good: int, total: int, scene: str) -> list[Event]:
    events: list[Event] = []
    for number in range(total):
        fields = SAME | {"model": model, "prompt_positive": f"{scene} {number}"}
        job = make_job(number, job_id=f"{model}-{scene}-{number}", **fields)
        events += [job, selection(job, "selected" if number < good else "rejected")]
    return events


def shares(answer: WhatWorks) -> dict[str, Setting]:
    return {each.setting: each for each in about(answer, "checkpoint").ranked}


def test_three_of_three_are_not_surely_better_than_fifteen_of_twenty(tmp_path: Path) -> None:
    library = make_library(
        tmp_path, [*picks("A", 15, 20, "beach"), *picks("B", 3, 3, "beach"), make_job(99, model="C")]
    )
    answer = ask(library)
    assert claims(answer) == []
    found = shares(answer)
    assert {name: (each.n_selected, each.n_judged) for name, each in found.items()} == {"A": (15, 20), "B": (3, 3)}
    assert found["B"].low < found["A"].value < found["B"].high
    # A model of which nothing is known is in no comparison: unknown, and not one half.
    assert "C" not in found


def test_a_generic_word_does_not_change_the_winner_of_a_clear_topic(tmp_path: Path) -> None:
    events = [*picks("A", 27, 30, "beach, golden hour"), *picks("B", 6, 30, "beach, golden hour")]
    events += [*picks("B", 38, 40, "forest, golden hour"), *picks("A", 6, 40, "forest, golden hour")]
    library = make_library(tmp_path, events)
    for subject in ("beach", "beach, golden hour", "beach + golden hour"):
        checkpoint = about(ask(library, subject), "checkpoint")
        assert checkpoint.ranked[0].setting == "A", subject


def test_rates_are_over_what_was_shown_and_not_over_what_was_picked(tmp_path: Path) -> None:
    found = shares(ask(make_library(tmp_path, [*picks("A", 5, 50, "beach"), *picks("B", 25, 60, "beach")])))
    assert found["B"].value > found["A"].value
    assert (found["A"].n, found["A"].good) == (50, 5)


def test_an_export_that_is_read_again_gives_the_same_counts(tmp_path: Path) -> None:
    library = make_library(tmp_path / "one", [*picks("A", 3, 5, "beach"), *picks("B", 1, 4, "beach")])
    copy = tmp_path / "export.jsonl"
    copy.write_bytes(library.own_log.read_bytes())
    other = make_library(tmp_path / "two")
    for _ in range(2):
        import_paths(other, [copy])
        again = shares(ask(other))
        assert {name: (each.n_selected, each.n_judged) for name, each in again.items()} == {"A": (3, 5), "B": (1, 4)}


# -- traps 4, 6-9, 14-19, 28


# 4
def test_a_sweep_of_steps_says_nothing_of_sampler_scheduler_and_cfg(tmp_path: Path) -> None:
    answer = ask(imported(tmp_path, *plan((20, 3), (28, 5), (36, 4), variable="Steps")), "")
    assert varied(answer) == ["steps"]
    assert about(answer, "steps").tier == "experiment_strong"
    assert about(answer, "sampler").sentence.startswith("sampler was never varied")


# 6
def test_images_of_another_subject_do_not_answer(tmp_path: Path) -> None:
    events = jobs({"sampler": "sea"}, [5] * 4, "beach, sunset") + jobs({"sampler": "wood"}, [5] * 6, "forest, fog")
    answer = ask(make_library(tmp_path, events), "beach, sunset")
    assert [each.setting for each in about(answer, "sampler").ranked] == ["sea"]


# 7
def test_sentinels_are_unknown_and_only_the_tested_variable_is_answered(tmp_path: Path) -> None:
    lines = [experiment(f"x{number}", 6.0 + number, 3 + number, f"{number}.png") for number in range(3)]
    answer = ask(imported(tmp_path, *lines), "", by=EVERY)
    assert [each.by for each in answer.parameters if each.status != "no_evidence"] == ["cfg_scale"]
    assert figures(about(answer, "cfg_scale"))[0] == ("8", 1, 5.0)


# 8
def test_the_last_rating_of_an_image_is_the_only_one(tmp_path: Path) -> None:
    lines = [trial(7.0, 1), trial(7.0, 5)]
    assert figures(about(ask(imported(tmp_path, *lines), ""), "cfg_scale")) == [("7", 1, 5.0)]


# 9
def test_true_is_not_a_rating(tmp_path: Path) -> None:
    answer = ask(imported(tmp_path, *plan((6.0, True), (7.0, True), (8.0, True))), "")
    assert (answer.tier, answer.matched.rated) == ("no_evidence", 0)


# 14, 16
def test_all_rated_runs_answer_which_checkpoint_and_lora_as_observed_evidence(tmp_path: Path) -> None:
    lines = [ran(number, 5 if number % 2 else 2, model=("harbour", "coastline")[number % 2], loras=[["film", 0.8]])
             for number in range(12)]  # fmt: skip
    answer = ask(imported(tmp_path, *lines))
    assert about(answer, "checkpoint").ranked[0].setting == "coastline"
    assert about(answer, "lora").ranked[0].setting == "film"
    assert answer.tier == "review_only"
    assert any(note.startswith("Observed, not tested") for note in answer.notes)


# 15, 28
@pytest.mark.parametrize("subject", ["beach sunset", "sunset at the beach", "beaches, sunset", "realistic"])
def test_words_count_in_any_order_and_no_topic_word_is_passed_over(subject: str, tmp_path: Path) -> None:
    answer = ask(make_library(tmp_path, jobs({}, [4], "realistic beach at sunset")), subject)
    assert answer.matched.rated == 1


# 17
def test_values_that_tie_are_all_shown_and_none_is_called_the_winner(tmp_path: Path) -> None:
    events = [event for steps in (20, 28, 36) for event in jobs({"steps": steps}, [5] * 8, f"beach {steps}")]
    steps = about(ask(make_library(tmp_path, events)), "steps")
    assert steps.status == "not_separable"
    assert sorted(each.setting for each in steps.ranked) == ["20", "28", "36"]
    assert len({(each.value, each.chance_best) for each in steps.ranked}) == 1


# 18
def test_zero_is_a_value_like_any_other(tmp_path: Path) -> None:
    line = trial(0.0, 5, variable="Denoise Strength", proof=False)
    other = trial(0.5, 3, 1, variable="Denoise Strength", proof=False)
    denoise = about(ask(imported(tmp_path, line, other), "", by=["denoising_strength"]), "denoising_strength")
    assert figures(denoise) == [("0", 1, 5.0), ("0.5", 1, 3.0)]


# 19
def test_two_experiments_of_one_name_stay_two(tmp_path: Path) -> None:
    lines = [trial(6.0, 3, plan="a"), trial(7.0, 5, plan="b"), trial(7.0, 5, 1, plan="b")]
    answer = ask(imported(tmp_path, *lines), "")
    assert {line["metadata"]["experiment_name"] for line in lines} == {"sweep"}
    assert about(answer, "cfg_scale").tier == "experiment_sparse_plus_review"


def test_every_tier_is_one_of_the_four_exact_words(tmp_path: Path) -> None:
    words = {"no_evidence", "review_only", "experiment_sparse_plus_review", "experiment_strong"}
    assert set(get_args(Tier)) == words
    library = imported(tmp_path, *plan((6.0, 3), (7.0, 5), (7.0, 5)), trial(20, 4, variable="Steps"), review("r", 4, 4))
    answer = ask(library, "", by=EVERY)
    assert {each.tier for each in answer.parameters} == words
    assert library.ask(library_overview).jobs_rated == 5


# statistics.md 3.10
def test_images_passed_over_in_a_batch_of_which_one_was_selected_count_as_not_selected(tmp_path: Path) -> None:
    batches = [make_job(number, model="A", output_paths=list("abcd")) for number in range(6)]
    singles = [make_job(number + 10, model="B", output_paths=["a"]) for number in range(6)]
    events: list[Event] = [*batches, *singles]
    events += [selection(job, "selected", image_index=0) for job in batches]
    events += [selection(job, "selected" if number < 4 else "rejected") for number, job in enumerate(singles)]
    library = make_library(tmp_path, events)
    answer = ask(library, "")
    found = {each.setting: (each.n, each.good, each.rated_share) for each in about(answer, "checkpoint").ranked}
    assert found == {"A": (24, 6, 1.0), "B": (6, 4, 1.0)}
    assert any(note.startswith("18 images passed over") for note in answer.notes)
    compared = library.ask(lambda snapshot: compare_settings(snapshot, "checkpoint:A", "checkpoint:B"))
    assert (compared.a.n, compared.a.good, compared.a.judged_share, compared.leader) == (24, 6, 1.0, "b")


# 29
def test_a_batch_rejected_whole_counts_with_all_its_images(tmp_path: Path) -> None:
    shown = {"A": [(10, 1), (10, 1), (10, 1), (10, 1), (10, 1)], "B": [(5, 3), (5, 3), (5, 3), (10, 0)]}
    events: list[Event] = []
    for model, batches in shown.items():
        for number, (size, picked) in enumerate(batches):
            names = [f"{model}-{number}-{image}" for image in range(size)]
            job = make_job(number, job_id=f"{model}-{number}", model=model, output_paths=names)
            events.append(job)
            for image in range(picked):
                pick = selection(job, "selected", image_index=image)
                events.append(pick.model_copy(update={"event_id": f"{model}-{number}-{image}"}))
            events += [] if picked else [selection(job, "rejected")]
    answer = ask(make_library(tmp_path, events), "")
    found = {each.setting: (each.good, each.n, each.rated_share) for each in about(answer, "checkpoint").ranked}
    assert found == {"A": (5, 50, 1.0), "B": (9, 25, 1.0)}


@pytest.mark.parametrize("image", [None, 0])
def test_nothing_is_passed_over_where_a_whole_batch_is_selected_or_an_image_only_rejected(
    image: int | None, tmp_path: Path
) -> None:
    jobs = [make_job(number, model="A", output_paths=list("abcd")) for number in range(4)]
    verdict = "selected" if image is None else "rejected"
    library = make_library(tmp_path, [*jobs, *(selection(job, verdict, image_index=image) for job in jobs)])
    (found,) = about(ask(library, ""), "checkpoint").ranked
    assert (found.n, found.rated_share) == (4, 0.25)
