"""LearningRecordV2 logs of other programs, and our own events inside them."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_core.importers import learning_records
from learning_core.importers.identity import event_id
from learning_core.importers.reading import Reading, Skipped
from learning_core.log.events import event_line
from learning_core.model.generation import LoraUse
from learning_core.model.job import JobRecord
from learning_core.model.judgement import CurationDecision, Note, Rating, Selection, Tagging, Undo

RECORD = {
    "job_id": "j1", "timestamp_start": 1767283247.2, "timestamp_end": 1767283279.9,
    "prompt_positive": "beach at sunset <lora:add-detail-xl:0.3>", "prompt_negative": "blurry",
    "model": "coastlineXL_v3", "vae": None, "sampler": "DPM++ 2M", "scheduler": "Karras", "cfg_scale": 6.5,
    "steps": 34, "seed": 1407622028, "variant_index": 0, "variant_total": 1,
    "batch_index": 0, "batch_total": 1,
    "refiner_enabled": False, "refiner_strength": None, "hires_enabled": False, "hires_denoise": None,
    "hires_scale": None, "upscale_enabled": False, "upscale_denoise": None, "upscale_scale": None,
    "adetailer_enabled": True, "output_dir": "output/r", "output_paths": ["output/r/a.png"],
    "total_runtime_sec": 32.7, "stage_runtimes": {"txt2img": 21.0, "adetailer": 11.7}, "user_rating": 4,
    "notes": None,
}  # fmt: skip


def read(tmp_path, *lines):
    path = tmp_path / "log.jsonl"
    written = (line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines)
    path.write_bytes(b"".join(written))
    return list(learning_records.read(path))


def test_a_full_record_comes_through_unchanged_with_its_rating_as_an_event(tmp_path):
    (reading,) = read(tmp_path, RECORD)
    content = reading.job.content()
    assert {name: content[name] for name in RECORD if RECORD[name] is not None} == {
        name: value for name, value in RECORD.items() if value is not None
    }
    assert reading.job.loras == [LoraUse(name="add-detail-xl", weight=0.3)]
    (rating,) = reading.judgements
    assert (rating.value, rating.job_id) == (4, "j1")
    assert rating.event_id == event_id("learning-record", "j1", "rating", 4)
    assert reading.job.raw.carrier == "line:1"
    assert reading.remarks == ()


def test_a_later_line_of_the_same_job_brings_a_new_rating_and_note(tmp_path):
    later = {**RECORD, "user_rating": 5, "notes": "the best so far"}
    first, second, third = read(tmp_path, RECORD, later, {**RECORD, "user_rating": 4, "notes": ""})
    assert second.job.job_id == first.job.job_id
    assert [type(event) for event in second.judgements] == [Rating, Note]
    assert second.judgements[1].text == "the best so far"
    ids = [reading.judgements[0].event_id for reading in (first, second, third)]
    assert len(set(ids)) == 3
    assert third.judgements[1].text == ""


def test_numbers_of_another_type_are_read_with_a_remark_and_true_is_not_one(tmp_path):
    odd = {**RECORD, "steps": "30", "seed": 7.0, "cfg_scale": "6.5", "width": True, "clip_skip": 1.5,
           "hires_scale": True, "user_rating": "3"}  # fmt: skip
    (reading,) = read(tmp_path, odd)
    job = reading.job
    assert (job.steps, job.seed, job.cfg_scale) == (30, 7, 6.5)
    assert (job.width, job.clip_skip, job.hires_scale) == (None, None, None)
    assert reading.judgements[0].value == 3
    assert {remark.split(":")[0] for remark in reading.remarks} == {
        "steps", "seed", "cfg_scale", "width", "clip_skip", "hires_scale", "user_rating",
    }  # fmt: skip


def test_a_field_of_a_wrong_type_is_unknown_and_the_rest_of_the_line_counts(tmp_path):
    (reading,) = read(tmp_path, {**RECORD, "model": 5, "hires_enabled": "no", "output_paths": "a.png"})
    assert (reading.job.model, reading.job.hires_enabled, reading.job.output_paths) == (None, None, None)
    assert reading.job.steps == 34
    assert len(reading.remarks) == 3


def test_unknown_keys_are_kept(tmp_path):
    (reading,) = read(tmp_path, {**RECORD, "x_studio": {"lens": 35}})
    assert reading.job.content()["x_studio"] == {"lens": 35}


def test_a_seed_beyond_64_bits_stays_exact(tmp_path):
    (reading,) = read(tmp_path, {**RECORD, "seed": 2**80 + 1})
    assert reading.job.seed == 2**80 + 1


@pytest.mark.parametrize("given_rating", [True, 0, 6, 4.5, "good"])
def test_what_is_no_rating_is_neither_in_the_job_nor_an_event(tmp_path, given_rating):
    (reading,) = read(tmp_path, {**RECORD, "user_rating": given_rating})
    assert reading.judgements == ()
    assert reading.job.user_rating is None
    assert len(reading.remarks) == 1


@pytest.mark.parametrize("job_id", [None, 5, "", "x" * 600])
def test_a_line_without_a_usable_job_id_is_skipped_alone(tmp_path, job_id):
    found = read(tmp_path, {**RECORD, "job_id": job_id}, RECORD)
    assert found[0] == Skipped("no usable job_id", "line 1")
    assert isinstance(found[1], Reading)


def test_our_own_events_in_such_a_log_come_back_as_they_were(tmp_path):
    events = [
        Rating(event_id="e1", job_id="j1", value=5, image_index=0, rater="mira"),
        Selection(event_id="e2", job_id="j1", verdict="selected"),
        Tagging(event_id="e3", job_id="j1", tags=["calm"], removed=["wide"]),
        CurationDecision(event_id="e4", job_id="j1", decision="not_advanced", soft_score=2.0),
        Undo(event_id="e5", job_id="j1", undone_event_id="e1"),
    ]
    job = JobRecord(job_id="j1", steps=30)
    path = tmp_path / "log.jsonl"
    path.write_bytes(event_line(job) + b"".join(event_line(event) for event in events))
    first, *rest = learning_records.read(path)
    assert first.job.steps == 30
    assert "crc32" not in first.job.content()
    assert [reading.job for reading in rest] == [None] * 5
    assert [reading.judgements[0].content() for reading in rest] == [event.content() for event in events]


def test_a_broken_event_an_unknown_kind_and_a_newer_version_are_skipped_with_their_reason(tmp_path):
    found = read(
        tmp_path,
        {"kind": "rating", "event_id": "e", "job_id": "j", "value": 9},
        {"kind": "dream", "job_id": "j"},
        {"kind": "job", "job_id": "j", "schema_version": 2},
    )
    assert [item.reason for item in found] == [
        "rating: value is not usable", "record kind dream is not known", "needs a newer whatworks",
    ]  # fmt: skip


def test_the_log_is_recognised_by_its_fields():
    assert learning_records.recognises([RECORD])
    assert learning_records.recognises([{"job_id": "j", "model": "coastlineXL_v3", "steps": 20}])
    assert learning_records.recognises([{"kind": "rating", "event_id": "e", "job_id": "j", "value": 4}])
    assert not learning_records.recognises([{"job_id": "j", "status": "completed", "created_at": "t"}])
    assert not learning_records.recognises([{"run_id": "r", "timestamp": "t", "metadata": {}}])
    assert not learning_records.recognises([])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
NAMES = sorted({*JobRecord.model_fields, *Rating.model_fields, "text", "tags", "decision"})


@settings(max_examples=80, deadline=None)
@given(
    odd=st.dictionaries(st.sampled_from(NAMES), JSON, max_size=10),
    kind=st.sampled_from([None, "job", "rating", "tags", "note", "curation", "withdrawal"]),
)
def test_any_values_never_raise_and_neighbours_survive(tmp_path_factory, odd, kind):
    line = {**RECORD, **odd} if kind is None else {**RECORD, **odd, "kind": kind}
    after = {**RECORD, "job_id": "j2"}
    found = read(tmp_path_factory.mktemp("any"), RECORD, line, after)
    assert len(found) == 3
    assert (found[0].job.job_id, found[2].job.job_id) == ("j1", "j2")


@settings(max_examples=100, deadline=None)
@given(bad=st.binary(max_size=200))
def test_any_bytes_never_raise_and_neighbours_survive(tmp_path_factory, bad):
    line = json.dumps(RECORD).encode() + b"\n"
    found = read(tmp_path_factory.mktemp("any"), line, bad + b"\n", line)
    assert isinstance(found[0], Reading)
    assert found[-1].job.job_id == "j1"
