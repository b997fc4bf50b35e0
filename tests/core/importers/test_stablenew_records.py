"""StableNew's learning records, every kind of line, with invented content."""

import copy
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_core.importers import stablenew_records
from learning_core.importers.identity import event_id
from learning_core.importers.reading import Reading, Skipped
from learning_core.model.generation import LoraUse
from learning_core.model.judgement import CurationDecision, Note, Rating, Tagging

SHARED = Path(__file__).resolve().parents[3] / ".." / "shared" / "data" / "stablenew_learning_records.jsonl"
ENVELOPE = {
    "base_config": {}, "metadata": {}, "outputs": [], "primary_cfg_scale": 0.0, "primary_model": "",
    "primary_sampler": "", "primary_scheduler": "", "primary_steps": 0, "randomizer_mode": "",
    "randomizer_plan_size": 1, "sidecar_priors": {}, "stage_events": [], "stage_plan": [],
    "timestamp": "2026-03-12T12:25:50", "variant_configs": [],
}  # fmt: skip


def record(run_id="run-1", metadata=None, **top):
    return {**copy.deepcopy(ENVELOPE), "run_id": run_id, "metadata": metadata or {}, **top}


def experiment(run_id="run-1", variable="CFG Scale", value=7.0, rating=4, image="D:\\sd\\out\\a.png", **more):
    metadata = {
        "experiment_name": "Dunes", "image_path": image, "user_notes": "", "user_rating": rating,
        "learning_context": {"experiment_id": "Dunes"}, "variable_under_test": variable,
        "variant_value": value,
        **more,
    }  # fmt: skip
    base = {"prompt": "", "stage": "txt2img", variable.lower(): value}
    return record(run_id, metadata, base_config=base, variant_configs=[{variable.lower(): value}])


def read(tmp_path, *lines):
    path = tmp_path / "learning_records.jsonl"
    written = (line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    path.write_bytes(b"".join(line + b"\n" for line in written))
    return list(stablenew_records.read(path))


def only(tmp_path, line):
    (found,) = read(tmp_path, line)
    assert isinstance(found, Reading), found
    return found


def of_type(reading, kind):
    return [event for event in reading.judgements if isinstance(event, kind)]


@pytest.mark.skipif(not SHARED.exists(), reason="shared sample data is absent")
def test_the_real_sample_gives_one_rating_and_one_varied_parameter_a_line():
    found = list(stablenew_records.read(SHARED))
    assert len(found) == 32
    assert all(len(of_type(reading, Rating)) == 1 for reading in found)
    assert {reading.judgements[0].score_source for reading in found} == {"human"}
    varied = [reading.job.experiment.focus_parameter for reading in found]
    assert (varied.count("cfg_scale"), varied.count("steps")) == (11, 21)
    for reading in found:
        job = reading.job
        tested, other = (job.cfg_scale, job.steps) if job.cfg_scale is not None else (job.steps, job.cfg_scale)
        assert (tested, other) == (job.experiment.focus_value, None)
        assert (job.model, job.prompt_positive, job.sampler) == (None, None, None)
        assert reading.remarks == ()
    assert len({reading.job.job_id for reading in found}) == 32


def test_a_line_with_only_run_id_and_timestamp_is_accepted_and_all_else_is_unknown(tmp_path):
    line = {"run_id": "r", "timestamp": "2026-03-12T12:25:50"}
    assert stablenew_records.recognises([line])
    reading = only(tmp_path, line)
    known = {"kind", "schema_version", "job_id", "run_id", "source_tool", "raw", "timestamp_end"}
    assert set(reading.job.content()) == known
    assert reading.judgements == ()


def test_records_are_recognised_by_content_and_other_logs_are_not():
    assert stablenew_records.recognises([{"x": 1}, record()])
    assert not stablenew_records.recognises([])
    assert not stablenew_records.recognises([{"job_id": "j", "cfg_scale": 7.0, "prompt_positive": "beach"}])
    assert not stablenew_records.recognises([{"job_id": "j", "status": "queued", "created_at": "t"}])


@pytest.mark.parametrize(
    "bad", [b"[1,2]", b"null", b'{"run_id":"x","metadata":', b'{"a":"\xff"}', b'"text"', b"\x00\x01"]
)
def test_a_malformed_line_between_good_ones_costs_only_itself(tmp_path, bad):
    found = read(tmp_path, experiment("a", image="1.png"), bad, experiment("b", image="2.png"))
    assert [type(item) for item in found] == [Reading, Skipped, Reading]
    assert found[1].where == "line 2"


def test_metadata_null_or_a_list_is_a_run_without_judgements(tmp_path):
    assert only(tmp_path, {**record(), "metadata": None}).judgements == ()
    assert only(tmp_path, {**record(), "metadata": [1]}).judgements == ()


def test_a_passive_run_gives_its_settings_and_drops_the_sentinels(tmp_path):
    line = record(
        base_config={"txt2img": {
            "model": "coastlineXL_v3", "sampler_name": "DPM++ 2M", "steps": 30.0, "cfg_scale": 6.5,
            "width": 832, "height": 1216, "seed": -1,
            "prompt": "harbour <lora:add-detail-xl:0.3>", "negative_prompt": "",
        }},
        primary_model="coastlineXL_v3", stage_plan=["txt2img", "upscale"],
        outputs=[{"path": "out/a.png"}, {"path": "out/b.png"}],
    )  # fmt: skip
    job = only(tmp_path, line).job
    assert (job.model, job.sampler, job.scheduler, job.seed) == ("coastlineXL_v3", "DPM++ 2M", None, None)
    assert (job.steps, job.cfg_scale, job.width, job.height) == (30, 6.5, 832, 1216)
    assert (job.prompt_positive, job.prompt_negative) == ("harbour <lora:add-detail-xl:0.3>", None)
    assert job.loras == [LoraUse(name="add-detail-xl", weight=0.3)]
    assert job.stage_sequence == ["txt2img", "upscale"]
    assert job.output_paths == ["out/a.png", "out/b.png"]
    assert job.job_id == "stablenew:run-1"


def test_model_unknown_is_a_sentinel_and_seed_zero_is_a_seed(tmp_path):
    job = only(tmp_path, record(primary_model="Unknown", base_config={"txt2img": {"seed": 0}})).job
    assert (job.model, job.seed) == (None, 0)


def test_a_legacy_experiment_rating_knows_the_tested_variable_and_nothing_else(tmp_path):
    reading = only(tmp_path, experiment(value=7.0))
    job = reading.job
    assert (job.cfg_scale, job.steps, job.sampler, job.model, job.stage) == (7.0, None, None, None, "txt2img")
    assert job.experiment.experiment_id == "Dunes"
    assert (job.experiment.focus_parameter, job.experiment.focus_value) == ("cfg_scale", 7.0)
    assert job.experiment.evidence == "unproven"
    (rating,) = reading.judgements
    assert (rating.value, rating.score_source, rating.subscores) == (4, "human", None)
    assert rating.rating_schema_version == 0
    assert rating.recorded_at == 1773318350.0
    assert reading.job.raw.carrier == "line:1"


@pytest.mark.parametrize(
    ("variable", "value", "field", "stored", "parameter"),
    [
        ("Steps", 20.0, "steps", 20, "steps"),
        ("Sampler", "Euler a", "sampler", "Euler a", "sampler"),
        ("Scheduler", "Karras", "scheduler", "Karras", "scheduler"),
        ("Model", "coastlineXL_v3.safetensors", "model", "coastlineXL_v3.safetensors", "checkpoint"),
        ("Denoise Strength", 0.0, "denoising_strength", 0.0, "denoising_strength"),
        ("VAE", "sdxl_vae", "vae", "sdxl_vae", "vae"),
        ("Upscale Factor", 2.0, "upscale_scale", 2.0, "upscale_factor"),
    ],
)
def test_the_tested_value_fills_the_field_of_its_variable(tmp_path, variable, value, field, stored, parameter):
    job = only(tmp_path, experiment(variable=variable, value=value)).job
    assert getattr(job, field) == stored
    assert type(getattr(job, field)) is type(stored)
    assert (job.experiment.focus_parameter, job.experiment.focus_value) == (parameter, value)


def test_lora_values_are_objects_and_equal_weights_are_one_value(tmp_path):
    values = [{"name": "add-detail-xl", "weight": 1}, {"weight": 1.0, "name": "add-detail-xl"},
              {"name": "add-detail-xl", "weight": 0.5}, {"name": "soft-light", "weight": 1}]  # fmt: skip
    lines = [experiment(f"r{n}", "LoRA Strength", value, image=f"{n}.png") for n, value in enumerate(values)]
    jobs = [reading.job for reading in read(tmp_path, *lines)]
    assert jobs[0].loras == [LoraUse(name="add-detail-xl", weight=1.0)]
    focus = [job.experiment.focus_value for job in jobs]
    assert focus[0] == focus[1]
    assert len(set(focus)) == 3
    assert {job.experiment.focus_parameter for job in jobs} == {"lora"}


@pytest.mark.parametrize("value", [None, {"a": 1}, [7.0], "many"])
def test_an_unusable_tested_value_costs_its_line_only(tmp_path, value):
    line = experiment(value=value)
    line["base_config"] = {}
    line["variant_configs"] = []
    found = read(tmp_path, line, experiment("b"))
    assert isinstance(found[0], Skipped)
    assert "CFG Scale is not usable" in found[0].reason
    assert isinstance(found[1], Reading)


def test_a_lora_weight_that_is_nan_costs_its_line_only(tmp_path):
    line = experiment(variable="LoRA Strength", value={"name": "x", "weight": float("nan")})
    found = read(tmp_path, line, experiment("b"))
    assert [type(item) for item in found] == [Skipped, Reading]


def test_a_blend_is_kept_as_derived_and_the_stars_are_the_rating(tmp_path):
    line = experiment(
        rating=4, user_rating_raw=3, record_kind="learning_experiment_rating", rating_schema_version=2,
        subscores={"composition": 5, "anatomy": 5, "expression": 4, "structure": 6, "x": True},
        rating_details={"composition": 1}, rating_context={"landscape": True, "people": False},
    )  # fmt: skip
    reading = only(tmp_path, line)
    (rating,) = reading.judgements
    assert (rating.value, rating.derived_value, rating.score_source) == (3, 4.0, "human")
    assert rating.subscores == {"composition": 5, "anatomy": 5, "expression": 4}
    assert rating.context_flags == {"landscape": True, "people": False}
    assert rating.rating_schema_version == 2
    assert len(reading.remarks) == 2


def test_rating_details_stand_in_when_there_are_no_subscores(tmp_path):
    (rating,) = only(tmp_path, experiment(rating_details={"composition": 2})).judgements
    assert rating.subscores == {"composition": 2}
    assert rating.derived_value is None


def test_both_spellings_of_a_context_flag_are_one(tmp_path):
    line = experiment(review_context={"has_people": True, "actor": "user"})
    (rating,) = only(tmp_path, line).judgements
    assert rating.context_flags == {"people": True}


@pytest.mark.parametrize(
    ("given_rating", "phrase"),
    [(True, "is no rating"), (0, "lies outside 1 to 5"), (6, "lies outside 1 to 5"), (3.5, "is no rating"),
     ("good", "is no rating")],
)  # fmt: skip
def test_what_is_no_rating_is_remarked_and_never_counted(tmp_path, given_rating, phrase):
    reading = only(tmp_path, experiment(rating=given_rating))
    assert reading.judgements == ()
    assert any(phrase in remark for remark in reading.remarks)


def test_whole_stars_written_as_float_or_text_count(tmp_path):
    found = read(tmp_path, experiment("a", rating=4.0, image="1"), experiment("b", rating="5", image="2"))
    assert [reading.judgements[0].value for reading in found] == [4, 5]


def test_an_experiment_line_without_rating_or_without_image_path_is_skipped_with_its_reason(tmp_path):
    found = read(tmp_path, experiment(rating=None), experiment(image=""))
    assert found == [Skipped("no rating", "line 1"), Skipped("no image path", "line 2")]


def test_a_later_rating_of_the_same_image_belongs_to_the_same_job(tmp_path):
    first, second = read(tmp_path, experiment("a", rating=1), experiment("b", rating=5, image="D:/sd/out/a.png"))
    assert first.job.job_id == second.job.job_id
    assert first.judgements[0].event_id != second.judgements[0].event_id
    assert [first.judgements[0].value, second.judgements[0].value] == [1, 5]


def test_the_same_image_name_in_another_experiment_is_another_job(tmp_path):
    other = experiment("b", experiment_id="exp-2")
    first, second = read(tmp_path, experiment("a"), other)
    assert first.job.job_id != second.job.job_id


def test_frozen_settings_make_controlled_evidence_and_executed_beats_requested(tmp_path):
    frozen = {
        "snapshot": {}, "controlled_evidence_valid": True,
        "executed_config": {"txt2img": {
            "model": "coastlineXL_v3.safetensors [31e35c80fc]", "sampler_name": "Euler a", "steps": 28,
            "cfg_scale": 7.0, "seed": 2**64 + 5, "prompt": "beach <lora:soft-light:0.4>",
        }},
    }  # fmt: skip
    line = experiment(experiment_id="exp-1", frozen_experiment=frozen, record_kind="learning_experiment_rating")
    line["primary_steps"], line["primary_model"] = 20, "SDXL\\coastlineXL_v3"
    reading = only(tmp_path, line)
    job = reading.job
    assert (job.steps, job.sampler, job.seed, job.cfg_scale) == (28, "Euler a", 2**64 + 5, 7.0)
    assert job.loras == [LoraUse(name="soft-light", weight=0.4)]
    assert job.experiment.evidence == "controlled"
    assert (job.experiment.experiment_id, job.experiment.display_name) == ("exp-1", "Dunes")
    assert reading.remarks == ("steps: the record says 20, 28 counts",)


@pytest.mark.parametrize("flag", [False, None, "true", 1])
def test_only_a_true_proof_is_a_proof(tmp_path, flag):
    line = experiment(frozen_experiment={"executed_config": {}, "controlled_evidence_valid": flag})
    assert only(tmp_path, line).job.experiment.evidence == "unproven"


def test_an_executed_value_other_than_the_tested_one_is_no_proof(tmp_path):
    frozen = {"executed_config": {"txt2img": {"cfg_scale": 9.0}}, "controlled_evidence_valid": True}
    reading = only(tmp_path, experiment(value=7.0, frozen_experiment=frozen))
    assert reading.job.cfg_scale == 9.0
    assert reading.job.experiment.evidence == "unproven"
    assert "cfg_scale: the tested value says 7.0, 9.0 counts" in reading.remarks


def test_a_lora_weight_is_proved_only_when_it_was_read_back(tmp_path):
    value = {"name": "add-detail-xl", "weight": 0.5}
    frozen = {"executed_config": {"lora_override": value}, "controlled_evidence_valid": True}
    proved = {**frozen, "variable_validation_reason": "valid"}
    lines = [experiment("a", "LoRA Strength", value, image="1", frozen_experiment=frozen),
             experiment("b", "LoRA Strength", value, image="2", frozen_experiment=proved)]  # fmt: skip
    assert [r.job.experiment.evidence for r in read(tmp_path, *lines)] == ["unproven", "controlled"]


def review(run_id="12c7eea5", **more):
    metadata = {
        "record_kind": "review_tab_feedback", "source": "review_tab", "image_path": "D:\\out\\b.png",
        "user_rating": 3, "user_rating_raw": 2, "weighted_score": 3.2, "user_notes": "soft light",
        "subscores": {"composition": 5, "anatomy": 4, "prompt_adherence": 3}, "stage": "txt2img",
        "prompt_before": "beach", "prompt_after": "beach, golden hour", "model": "coastlineXL_v3",
        "review_context": {"has_people": True}, **more,
    }  # fmt: skip
    base = {"model": "coastlineXL_v3", "prompt": "beach", "negative_prompt": "blurry", "stage": "txt2img"}
    primary = {"primary_sampler": "Euler a", "primary_steps": 30, "primary_cfg_scale": 6.5}
    edited = [{"prompt": "beach, golden hour"}]
    return record(run_id, metadata, base_config=base, primary_model="coastlineXL_v3", variant_configs=edited, **primary)


def test_a_review_gives_the_images_own_prompt_its_settings_a_rating_and_a_note(tmp_path):
    reading = only(tmp_path, review())
    job = reading.job
    assert (job.prompt_positive, job.prompt_negative, job.model) == ("beach", "blurry", "coastlineXL_v3")
    assert (job.sampler, job.steps, job.cfg_scale, job.experiment) == ("Euler a", 30, 6.5, None)
    rating, note = reading.judgements
    assert (rating.value, rating.derived_value) == (2, 3.0)
    assert rating.context_flags == {"people": True}
    assert rating.event_id == event_id("stablenew-review", "12c7eea5")
    assert note.text == "soft light"
    assert reading.remarks == ()


def curation(**more):
    metadata = {
        "record_kind": "staged_curation_event", "experiment_name": "wf-1", "image_path": "D:\\out\\c.png",
        "variable_under_test": "staged_curation_decision", "variant_value": "advanced_to_upscale",
        "advancement_decision": "advanced_to_upscale", "advancement_score": 4.3, "user_rating": 4.3,
        "user_rating_source": "soft_decision_score", "final_rating": None, "evidence_class": "observational",
        "reason_tags": ["good_lighting", "keeper"], "lineage_depth": 1, "curation_stage": "refine",
        "stage": "refine", "model": "coastlineXL_v3", "user_notes": "", **more,
    }  # fmt: skip
    config = {
        "model": "coastlineXL_v3",
        "sampler": "Euler a",
        "scheduler": "Karras",
        "steps": 24,
        "cfg_scale": 6.0,
    }
    return record("cur-1", metadata, variant_configs=[{**config, "decision": "advanced_to_upscale"}])


def test_a_curation_decision_is_an_event_with_a_soft_score_and_never_a_rating(tmp_path):
    reading = only(tmp_path, curation())
    (decision,) = of_type(reading, CurationDecision)
    assert (decision.decision, decision.soft_score, decision.lineage_depth) == ("advanced_to_upscale", 4.3, 1)
    assert (decision.stage, decision.evidence_class) == ("refine", "observational")
    assert decision.reasons == ["good_lighting", "keeper"]
    assert [event.tags for event in of_type(reading, Tagging)] == [["good_lighting", "keeper"]]
    assert of_type(reading, Rating) == []
    job = reading.job
    assert (job.sampler, job.steps, job.cfg_scale, job.stage) == ("Euler a", 24, 6.0, None)
    assert job.experiment is None


def test_a_final_rating_of_a_curation_is_a_rating_beside_the_decision(tmp_path):
    line = curation(advancement_decision="not_advanced", advancement_score=2.0, user_rating=5.0,
                    user_rating_source="final_rating", final_rating=5.0)  # fmt: skip
    reading = only(tmp_path, line)
    assert [rating.value for rating in of_type(reading, Rating)] == [5]
    assert of_type(reading, CurationDecision)[0].soft_score == 2.0


def test_the_soft_score_follows_the_decision_when_it_is_not_written(tmp_path):
    line = curation(advancement_score=None, user_rating=None)
    line["metadata"].pop("lineage_depth")
    (decision,) = of_type(only(tmp_path, line), CurationDecision)
    assert (decision.soft_score, decision.lineage_depth) == (4.3, 1)


@pytest.mark.parametrize("more", [{"source": "learning_experiment"}, {"user_notes": "part of a designed experiment"}])
def test_a_curation_inside_a_designed_experiment_is_controlled(tmp_path, more):
    line = curation(evidence_class=None, **more)
    assert of_type(only(tmp_path, line), CurationDecision)[0].evidence_class == "controlled"


def test_a_line_written_again_with_rating_and_tags_rates_the_same_job(tmp_path):
    again = record(metadata={"rating": 4, "tags": "calm, wide"})
    first, second = read(tmp_path, record(), again)
    assert first.job.job_id == second.job.job_id
    assert first.judgements == ()
    assert [rating.value for rating in of_type(second, Rating)] == [4]
    assert of_type(second, Tagging)[0].tags == ["calm", "wide"]


def test_a_rated_experiment_line_written_again_repeats_its_first_rating_under_the_same_id(tmp_path):
    again = experiment(rating=2)
    again["metadata"].update(rating=5, tags="calm")
    first, second = read(tmp_path, experiment(rating=2), again)
    assert of_type(second, Rating)[0] == of_type(first, Rating)[0]
    assert [rating.value for rating in of_type(second, Rating)] == [2, 5]
    assert second.job.job_id == first.job.job_id


def test_a_rating_that_returns_to_an_earlier_value_is_an_event_of_its_own(tmp_path):
    lines = [record(metadata={"rating": stars, "tags": tags}) for stars, tags in ((4, "a,b"), (5, "a"), (4, "a"))]
    found = read(tmp_path, *lines)
    ratings = [of_type(reading, Rating)[0] for reading in found]
    assert [rating.value for rating in ratings] == [4, 5, 4]
    assert len({rating.event_id for rating in ratings}) == 3
    assert of_type(found[1], Tagging)[0].removed == ["b"]
    assert [r.judgements for r in read(tmp_path, *lines)] == [r.judgements for r in found]


def test_a_model_comparison_is_a_preference_and_never_parameter_evidence(tmp_path):
    line = experiment(
        variable="Model Comparison", value="coastlineXL_v3", record_kind="learning_model_comparison_rating",
        study_type="model_comparison", causal_one_variable=False,
        frozen_experiment={"controlled_evidence_valid": True, "executed_config": {}},
    )  # fmt: skip
    job = only(tmp_path, line).job
    assert (job.experiment.evidence, job.experiment.focus_parameter) == ("preference", "checkpoint")
    assert job.model == "coastlineXL_v3"


def test_an_unknown_kind_is_counted_and_never_evidence(tmp_path):
    (found,) = read(tmp_path, record(metadata={"record_kind": "dream_diary", "user_rating": 5}))
    assert found == Skipped("record kind dream_diary is not known", "line 1")
    (found,) = read(tmp_path, record(metadata={"record_kind": ["x"], "user_rating": 5}))
    assert isinstance(found, Skipped)


def test_a_timestamp_without_offset_is_utc_and_an_unreadable_one_is_remarked(tmp_path):
    reading = only(tmp_path, experiment() | {"timestamp": "t0"})
    assert reading.judgements[0].recorded_at is None
    assert reading.remarks == ("timestamp: t0 is no time, treated as unknown",)


def test_a_note_becomes_an_event_and_an_empty_one_does_not(tmp_path):
    found = read(tmp_path, experiment("a", image="1", user_notes="very blurry"), experiment("b", image="2"))
    assert [note.text for note in of_type(found[0], Note)] == ["very blurry"]
    assert of_type(found[1], Note) == []


def test_reading_twice_gives_the_same_ids(tmp_path):
    lines = [experiment(), review(), curation(), record(), record(metadata={"rating": 3})]
    assert read(tmp_path, *lines) == read(tmp_path, *lines)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = sorted({*experiment()["metadata"], *curation()["metadata"], *review()["metadata"], "rating", "tags",
                "frozen_experiment", "experiment_id"})  # fmt: skip
KINDS = st.sampled_from([None, "learning_experiment_rating", "review_tab_feedback", "staged_curation_event",
                         "learning_model_comparison_rating"])  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(
    kind=KINDS,
    metadata=st.dictionaries(st.sampled_from(NAMES), JSON, max_size=12),
    top=st.dictionaries(st.sampled_from([*ENVELOPE, "run_id"]), JSON, max_size=6),
)
def test_any_values_in_any_field_never_raise_and_neighbours_survive(tmp_path_factory, kind, metadata, top):
    odd = {**record(), "metadata": {**metadata, "record_kind": kind}, **top}
    before, after = experiment("a", image="1"), experiment("b", image="2")
    found = read(tmp_path_factory.mktemp("any"), before, odd, after)
    assert len(found) == 3
    assert found[0].judgements[0].value == 4
    assert found[2].judgements[0].value == 4
