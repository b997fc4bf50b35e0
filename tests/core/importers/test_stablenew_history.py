"""StableNew's job history in its shapes, with invented content."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_core.importers import stablenew_history
from learning_core.importers.reading import Reading, Skipped
from learning_core.model.generation import LoraUse

JOB = {
    "base_model": "coastlineXL_v3", "sampler_name": "DPM++ 2M", "scheduler": "automatic", "steps": 20,
    "cfg_scale": 11.0, "width": 512, "height": 768, "clip_skip": 2, "seed": -1, "vae": "",
    "positive_prompt": "beach at sunset", "negative_prompt": "", "output_paths": ["out/a.png"],
    "stage_chain": [{"stage_type": "txt2img", "steps": 20},
                    {"stage_type": "upscale", "denoising_strength": 0.2}],
    "lora_tags": [{"name": "add-detail-xl", "weight": 0.3}], "variant_index": 0, "variant_total": 3,
}  # fmt: skip


def event(status, job_id="job-1", job=JOB, created="2026-03-12T00:10:32.799797", **more):
    snapshot = None if job is None else {"normalized_job": job}
    return {"job_id": job_id, "created_at": created, "status": status, "payload_summary": "", "result": None,
            "started_at": None, "completed_at": None, "error_message": None,
            "snapshot": snapshot, **more}  # fmt: skip


def read(tmp_path, *lines):
    path = tmp_path / "job_history.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return list(stablenew_history.read(path))


def test_three_events_of_one_job_are_one_job_with_the_last_status(tmp_path):
    done = event("completed", completed_at="2026-03-12T00:10:58.100000", duration_ms=25300, job=None)
    (reading,) = read(tmp_path, event("queued"), event("running"), done)
    job = reading.job
    assert (job.model, job.sampler, job.scheduler) == ("coastlineXL_v3", "DPM++ 2M", "automatic")
    assert (job.steps, job.cfg_scale, job.width, job.height, job.clip_skip) == (20, 11.0, 512, 768, 2)
    assert (job.seed, job.vae, job.prompt_negative) == (None, None, None)
    assert (job.stage, job.stage_sequence) == ("txt2img", ["txt2img", "upscale"])
    assert (job.upscale_enabled, job.upscale_denoise) == (True, 0.2)
    assert job.loras == [LoraUse(name="add-detail-xl", weight=0.3)]
    assert (job.total_runtime_sec, job.output_paths, job.variant_total) == (25.3, ["out/a.png"], 3)
    assert job.timestamp_end == 1773274258.1
    assert reading.judgements == ()


@pytest.mark.parametrize(
    "bad",
    [
        {"result": {"success": False, "error": None}},
        {"result": {"error": "out of memory"}},
        {"error_message": "backend gone"},
    ],
)
def test_completed_with_an_error_is_failed(tmp_path, bad):
    assert read(tmp_path, event("queued"), event("completed", **bad)) == [Skipped("failed", "line 2")]


@pytest.mark.parametrize(
    ("status", "reason"),
    [("running", "unfinished"), ("queued", "unfinished"), ("failed", "failed"), ("cancelled", "cancelled")],
)
def test_a_job_that_did_not_finish_well_is_no_evidence(tmp_path, status, reason):
    assert read(tmp_path, event(status)) == [Skipped(reason, "line 1")]


def test_an_id_used_again_is_split_where_it_is_queued_anew(tmp_path):
    other = {**JOB, "steps": 40}
    found = read(
        tmp_path,
        event("queued", "new-job"), event("completed", "new-job"),
        event("queued", "new-job", other), event("completed", "new-job", other),
        event("queued", "new-job", {**JOB, "steps": 50}, created="2026-03-13T00:00:00"),
    )  # fmt: skip
    assert [item.job.steps for item in found[:2]] == [20, 40]
    assert found[0].job.job_id != found[1].job.job_id
    assert found[2] == Skipped("unfinished", "line 5")


def test_a_job_without_model_and_prompt_is_counted_and_left_out(tmp_path):
    bare = {"steps": 20, "base_model": "", "positive_prompt": ""}
    assert read(tmp_path, event("completed", job=bare)) == [Skipped("no model and no prompt", "line 1")]


def test_settings_of_an_old_result_are_read(tmp_path):
    config = {"model": "coastlineXL_v3", "sampler": "Euler a", "steps": 28, "cfg_scale": 6.5,
              "prompt": "dunes",
              "lora_settings": {"soft-light": {"strength": 0.4}}}  # fmt: skip
    (reading,) = read(tmp_path, event("completed", job=None, result={"success": True, "config": config}))
    job = reading.job
    assert (job.model, job.sampler, job.steps, job.prompt_positive) == (
        "coastlineXL_v3",
        "Euler a",
        28,
        "dunes",
    )
    assert job.loras == [LoraUse(name="soft-light", weight=0.4)]


def test_the_executed_value_beats_the_requested_one_and_the_conflict_is_named(tmp_path):
    result = {"success": True, "config": {"steps": 24}, "seeds": {"actual_seed": 2**40}}
    (reading,) = read(tmp_path, event("completed", result=result))
    assert (reading.job.steps, reading.job.seed) == (24, 2**40)
    assert "steps: the snapshot says 20, 24 counts" in reading.remarks


def test_the_store_of_finished_jobs_is_read(tmp_path):
    line = {"id": "h1", "timestamp": "2026-03-12T10:00:00Z", "status": "completed", "history_schema": "2.6",
            "njr_snapshot": {"normalized_job": JOB}, "ui_summary": {}, "metadata": {},
            "runtime": {}, "result": {}}  # fmt: skip
    assert stablenew_history.recognises([line])
    (reading,) = read(tmp_path, line)
    assert (reading.job.steps, reading.job.timestamp_end) == (20, 1773309600.0)
    (queue,) = read(tmp_path, {**event("completed"), "job_id": "h1"})
    assert queue.job.job_id == reading.job.job_id


@pytest.mark.parametrize(
    "shape",
    [
        {"pipeline_config": {"model": "coastlineXL_v3", "sampler": "Euler a", "steps": 28, "cfg_scale": 7,
                             "seed": 5, "prompt": "dunes", "negative_prompt": "blurry"},
         "outputs": {"image_paths": ["a.png"]}},
        {"config": {"model": "coastlineXL_v3", "sampler_name": "Euler a", "steps": 28, "seed": 5},
         "prompts": {"positive": "dunes", "negative": "blurry"}},
        {"normalized_record_snapshot": {"prompts": {"positive": "dunes", "negative": "blurry"},
                                        "config": {"model": "coastlineXL_v3", "sampler": "Euler a",
                                                   "steps": 28, "seed": 5}}},
    ],
)  # fmt: skip
def test_older_shapes_are_read(tmp_path, shape):
    line = {"job_id": "old", "timestamp": "2025-11-01T10:00:00Z", **shape}
    assert stablenew_history.recognises([line])
    (reading,) = read(tmp_path, line)
    job = reading.job
    assert (job.model, job.sampler, job.steps, job.seed) == ("coastlineXL_v3", "Euler a", 28, 5)
    assert (job.prompt_positive, job.prompt_negative) == ("dunes", "blurry")


def test_a_learning_job_names_its_experiment_without_proof(tmp_path):
    extra = {"learning_experiment": "Dunes", "learning_variable": "CFG Scale", "learning_variant_value": 11.0}
    (reading,) = read(tmp_path, event("completed", job={**JOB, "extra_metadata": extra}))
    experiment = reading.job.experiment
    assert (experiment.experiment_id, experiment.focus_parameter, experiment.focus_value) == (
        "Dunes", "cfg_scale", 11.0,
    )  # fmt: skip
    assert experiment.evidence == "unproven"


def test_records_of_other_kinds_are_not_taken_for_a_history():
    assert stablenew_history.recognises([event("queued")])
    assert not stablenew_history.recognises([{"run_id": "r", "timestamp": "t", "metadata": {}}])
    assert not stablenew_history.recognises([{"job_id": "j", "prompt_positive": "beach", "cfg_scale": 7}])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(
    odd=st.dictionaries(st.sampled_from([*event("queued"), "id", "pipeline_config", "config"]), JSON),
    inner=st.dictionaries(st.sampled_from([*JOB, "extra_metadata", "prompts"]), JSON),
)
def test_any_values_never_raise_and_the_other_jobs_survive(tmp_path_factory, odd, inner):
    folder = tmp_path_factory.mktemp("any")
    strange = {**event("completed", "odd", inner), **odd}
    found = read(folder, event("completed", "a"), strange, event("completed", "b"))
    kept = [item.job.steps for item in found if isinstance(item, Reading) and item.job.steps == 20]
    assert len(kept) >= 2
