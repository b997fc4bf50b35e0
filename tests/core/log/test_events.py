import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_core.errors import Unreadable
from learning_core.log.events import decode, event_line
from learning_core.log.seal import encode
from learning_core.model.generation import LoraUse
from learning_core.model.job import JobRecord
from learning_core.model.judgement import Rating

JOBS = st.builds(
    JobRecord,
    job_id=st.text(min_size=1, max_size=20).filter(lambda text: text.isprintable()),
    prompt_positive=st.none() | st.text(st.characters(codec="utf-8"), max_size=50),
    steps=st.none() | st.integers(1, 150),
    seed=st.none() | st.integers(0, 2**66),
    cfg_scale=st.none() | st.floats(0, 30),
    user_rating=st.none() | st.integers(1, 5),
    loras=st.none() | st.lists(st.builds(LoraUse, name=st.just("film"), weight=st.floats(-1, 2)), max_size=2),
)


@given(JOBS)
def test_our_own_line_and_the_same_line_from_elsewhere_give_the_same_event(job: JobRecord) -> None:
    sealed = decode(event_line(job)[:-1])
    foreign = decode(encode(job.content())[:-1])
    assert sealed is not None
    assert foreign is not None
    assert (sealed.kind, sealed.content) == (foreign.kind, foreign.content)
    assert foreign.remarks == ()
    assert JobRecord.model_validate(sealed.content) == job


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_refuse_themselves(line: bytes) -> None:
    try:
        event = decode(line)
    except Unreadable as error:
        assert str(error)
    else:
        assert event is None or event.content["job_id"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"[1,2]", "array"),
        (b"null", "null"),
        (b'"text"', "text"),
        (b"true", "true or false"),
        (b"{}", "job_id"),
        (b'{"job_id":""}', "job_id"),
        (b'{"job_id":5}', "job_id"),
        (b'{"job_id":"a","schema_version":2}', "newer"),
        (b'{"kind":"teleport","job_id":"a"}', "kind"),
        (b'{"kind":"rating","event_id":"e","job_id":"a","value":6}', "value"),
        (b'{"kind":"rating","event_id":"e","job_id":"a","value":true}', "value"),
        (b'{"job_id":"a", \xff}', "utf"),
        (b"[" * 5000, "deep"),
        (b'{"job_id":"a"', ""),
    ],
)
def test_what_cannot_be_an_event_is_refused_with_its_reason(line: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as caught:
        decode(line)
    assert reason in str(caught.value).casefold()


def test_a_sealed_line_whose_bytes_changed_is_refused_although_it_is_json() -> None:
    line = event_line(JobRecord(job_id="a", steps=20))[:-1]
    with pytest.raises(Unreadable, match="checksum"):
        decode(line.replace(b'"steps":20', b'"steps":30'))


def test_a_bad_field_becomes_unknown_and_is_remarked() -> None:
    event = decode(b'{"job_id":"a","steps":"many","cfg_scale":NaN,"seed":7}')
    assert event is not None
    assert "steps" not in event.content
    assert "cfg_scale" not in event.content
    assert event.content["seed"] == 7
    assert any("steps" in remark for remark in event.remarks)


def test_unknown_fields_are_kept() -> None:
    event = decode(b'{"job_id":"a","flux_capacitor":{"jigawatts":1.21}}')
    assert event is not None
    assert event.content["flux_capacitor"] == {"jigawatts": 1.21}


def test_blank_lines_nul_runs_and_carriage_returns_mean_nothing() -> None:
    assert decode(b" \r") is None
    assert decode(b"\0\0\0") is None
    event = decode(b'\0\0{"job_id":"a"}\r')
    assert event is not None
    assert event.content["job_id"] == "a"


def test_a_record_survives_write_and_read_unchanged() -> None:
    record = json.loads(
        '{"job_id":"j1","timestamp_start":1767283247.2,"timestamp_end":1767283279.9,"prompt_positive":"beach at sunset '
        '<lora:add-detail-xl:0.3>","prompt_negative":"blurry","model":"coastlineXL_v3","vae":null,"sampler":"DPM++ 2M",'
        '"scheduler":"Karras","cfg_scale":6.5,"steps":34,"seed":1407622028,"variant_index":0,"variant_total":1,'
        '"batch_index":0,"batch_total":1,"refiner_enabled":false,"refiner_strength":null,"hires_enabled":false,'
        '"hires_denoise":null,"hires_scale":null,"upscale_enabled":false,"upscale_denoise":null,"upscale_scale":null,'
        '"adetailer_enabled":true,"output_dir":"output/r","output_paths":["output/r/a.png"],"total_runtime_sec":32.7,'
        '"stage_runtimes":{"txt2img":21.0,"adetailer":11.7},"user_rating":4,"notes":null}'
    )
    event = decode(encode(record)[:-1])
    assert event is not None
    known = {name: value for name, value in record.items() if value is not None}
    assert {name: event.content[name] for name in known} == known


def test_an_event_of_a_person_is_read_back() -> None:
    said = Rating(event_id="e1", job_id="j1", value=4, recorded_at=1.5)
    event = decode(event_line(said)[:-1])
    assert event is not None
    assert Rating.model_validate(event.content) == said
