"""StableNew's images, manifests, dumps and reviews, on real files made here."""

import base64
import gzip
import hashlib
import json
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from learning_core.errors import OverLimit, Unreadable
from learning_core.importers import stablenew_images, stablenew_records
from learning_core.importers.carriers import ImageFile, read_image
from learning_core.importers.reading import Reading
from learning_core.limits import TEXT_CHUNK_BYTES
from learning_core.model.generation import LoraUse
from learning_core.model.judgement import Note, Rating

CONFIG = {
    "sd_model": "coastlineXL_v3.safetensors [31e35c80fc]", "sampler_name": "DPM++ 2M", "scheduler": "Karras",
    "steps": 30, "cfg_scale": 6.499999999999998, "width": 768, "height": 1280, "seed": -1, "clip_skip": 2,
    "prompt": "beach at sunset <lora:add-detail-xl:0.3>", "negative_prompt": "blurry", "enable_hr": False,
    "denoising_strength": 0.7,
}  # fmt: skip
PAYLOAD = {
    "job_id": "4a2d", "run_id": "20260112_beach", "stage": "txt2img",
    "image": {"path": "a.png", "width": 768, "height": 1280, "format": "png"},
    "seeds": {"requested_seed": -1, "actual_seed": 3947454418},
    "stage_manifest": {"name": "a", "timestamp": "20260112_231503", "config_hash": "2778", "config": CONFIG},
}  # fmt: skip
REVIEW = {
    "schema": "stablenew.review.v2.6", "review_timestamp": "2026-03-23T12:00:00", "user_rating": 4,
    "user_rating_raw": 5, "subscores": {"composition": 5}, "weighted_score": 5.0, "prompt_before": "beach",
    "prompt_after": "beach, golden hour", "review_record_id": "12c7eea5", "run_id": "12c7eea5",
    "record_kind": "review_tab_feedback", "steps": 0, "cfg_scale": 0.0, "user_notes": "calm",
    "review_context": {"has_people": False},
}  # fmt: skip
INFOTEXT = (
    "harbour\nNegative prompt: blurry\nSteps: 24, Sampler: Euler a, Scheduler: Karras, CFG scale: 6.5, "
    "Size: 512x768, Model: coastlineXL_v3, Stage: txt2img"
)


def canonical(content):
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sealed(content=PAYLOAD, packed=False, sha256=None):
    data = canonical(content).encode()
    texts = {
        "stablenew:schema": "stablenew.image-metadata.v2.6", "stablenew:job_id": "4a2d",
        "stablenew:run_id": "20260112_beach", "stablenew:stage": "txt2img",
        "stablenew:created_utc": "2026-01-12T22:15:04+00:00",
        "stablenew:payload_sha256": sha256 or hashlib.sha256(data).hexdigest(),
    }  # fmt: skip
    if packed:
        return {**texts, "stablenew:payload_gz_b64": base64.b64encode(gzip.compress(data)).decode()}
    return {**texts, "stablenew:payload": data.decode()}


def png(tmp_path, texts, size=(768, 1280), name="a.png"):
    info = PngImagePlugin.PngInfo()
    for key, value in texts.items():
        info.add_itxt(key, value)
    path = tmp_path / name
    Image.new("RGB", size, "teal").save(path, pnginfo=info)
    return read_image(path)


def jpeg(tmp_path, texts, infotext=None):
    exif = Image.Exif()
    exif[0x9286] = b"SNMETA:" + base64.b64encode(canonical(texts).encode())
    if infotext:
        exif[0x010E] = infotext
    path = tmp_path / "a.jpg"
    Image.new("RGB", (64, 64), "teal").save(path, exif=exif)
    return read_image(path)


def image(texts):
    return ImageFile(path="a.png", format="png", width=64, height=96, image_hash="ab" * 32, texts=texts)


@pytest.mark.parametrize("packed", [False, True])
def test_a_sealed_payload_gives_the_executed_settings(tmp_path, packed):
    reading = stablenew_images.read(png(tmp_path, sealed(packed=packed)))
    job = reading.job
    assert (job.model, job.sampler, job.scheduler) == (CONFIG["sd_model"], "DPM++ 2M", "Karras")
    assert (job.steps, job.cfg_scale, job.seed, job.clip_skip) == (30, CONFIG["cfg_scale"], 3947454418, 2)
    assert (job.width, job.height, job.stage) == (768, 1280, "txt2img")
    assert (job.prompt_negative, job.denoising_strength, job.hires_enabled) == ("blurry", None, False)
    assert job.loras == [LoraUse(name="add-detail-xl", weight=0.3)]
    assert (job.run_id, job.timestamp_end, job.source_tool) == ("20260112_beach", 1768256104.0, "stablenew")
    assert job.raw.carrier == ("png:stablenew:payload_gz_b64" if packed else "png:stablenew:payload")
    assert job.image_hash is not None
    assert reading.judgements == ()
    assert reading.remarks == ()


def test_generation_beats_the_manifest_and_the_conflict_is_named(tmp_path):
    generation = {"model": "coastlineXL_v3", "steps": 28, "final_prompt": "beach, golden hour",
                  "original_prompt": "beach", "seed": 7}  # fmt: skip
    reading = stablenew_images.read(png(tmp_path, sealed({**PAYLOAD, "generation": generation, "seeds": {}})))
    assert (reading.job.steps, reading.job.seed, reading.job.scheduler) == (28, 7, "Karras")
    assert (reading.job.prompt_positive, reading.job.prompt_template) == ("beach, golden hour", "beach")
    assert "steps: the stage manifest says 30, 28 counts" in reading.remarks
    assert not any(remark.startswith("model") for remark in reading.remarks)


def test_the_infotext_answers_what_an_early_payload_leaves_open(tmp_path):
    early = {**PAYLOAD, "seeds": {}, "stage_manifest": {"name": "a", "model": "Unknown"}}
    texts = {**sealed(early), "parameters": INFOTEXT}
    job = stablenew_images.read(png(tmp_path, texts)).job
    assert (job.model, job.sampler, job.scheduler, job.steps) == ("coastlineXL_v3", "Euler a", "Karras", 24)
    assert (job.width, job.height, job.seed, job.prompt_positive) == (512, 768, None, "harbour")


def test_a_payload_left_out_for_its_size_is_remarked_and_the_infotext_answers(tmp_path):
    texts = {"stablenew:schema": "x", "stablenew:payload_omitted": "true", "parameters": INFOTEXT,
             "stablenew:payload_reason": "SIZE_LIMIT"}  # fmt: skip
    reading = stablenew_images.read(png(tmp_path, texts))
    assert reading.job.steps == 24
    assert reading.remarks == ("the StableNew payload was left out by its writer (SIZE_LIMIT)",)


def test_a_payload_that_does_not_fit_its_hash_is_corrupt(tmp_path):
    with pytest.raises(Unreadable, match="corrupt"):
        stablenew_images.read(png(tmp_path, sealed(sha256="0" * 64)))


@pytest.mark.parametrize("packed", ["!!!", base64.b64encode(b"no gzip").decode(),
                                    base64.b64encode(gzip.compress(b"{}" * 500, mtime=0)[:-9]).decode()])  # fmt: skip
def test_a_packed_payload_that_does_not_unpack_is_corrupt(packed):
    with pytest.raises(Unreadable, match="corrupt"):
        stablenew_images.read(image({"stablenew:schema": "x", "stablenew:payload_gz_b64": packed}))


def test_a_gzip_bomb_is_refused_in_bounded_memory():
    bomb = base64.b64encode(gzip.compress(b" " * (300 * 1024 * 1024))).decode()
    tracemalloc.start()
    with pytest.raises(OverLimit):
        stablenew_images.read(image({"stablenew:schema": "x", "stablenew:payload_gz_b64": bomb}))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 * TEXT_CHUNK_BYTES


def test_an_image_of_another_tool_is_left_to_others(tmp_path):
    assert stablenew_images.read(png(tmp_path, {"parameters": INFOTEXT})) is None
    assert stablenew_images.read(image({})) is None


def test_a_jpeg_holds_all_keys_in_its_comment(tmp_path):
    job = stablenew_images.read(jpeg(tmp_path, sealed())).job
    assert (job.steps, job.seed) == (30, 3947454418)


def test_a_rated_jpeg_kept_only_its_review_and_the_infotext_beside_it(tmp_path):
    reading = stablenew_images.read(jpeg(tmp_path, {"stablenew_review": canonical(REVIEW)}, INFOTEXT))
    assert (reading.job.steps, reading.job.cfg_scale, reading.job.model) == (24, 6.5, "coastlineXL_v3")
    rating, note = reading.judgements
    assert (rating.value, rating.derived_value, rating.subscores) == (5, 4.0, {"composition": 5})
    assert rating.context_flags == {"people": False}
    assert rating.recorded_at == 1774267200.0
    assert (note.text, rating.job_id) == ("calm", reading.job.job_id)


def test_a_review_in_the_record_in_the_image_and_beside_it_is_one_review(tmp_path):
    record = {"run_id": "12c7eea5", "timestamp": "2026-03-23T12:00:00",
              "metadata": {**REVIEW, "image_path": "a.png"}}  # fmt: skip
    path = tmp_path / "learning_records.jsonl"
    path.write_text(json.dumps(record) + "\n")
    (from_record,) = stablenew_records.read(path)
    picture = png(tmp_path, {**sealed(), "stablenew_review": canonical({"stablenew_review": REVIEW})})
    from_image = stablenew_images.read(picture)
    sidecar = json.dumps({"stablenew_review": REVIEW})
    from_sidecar = stablenew_images.read_json_file(sidecar, "out/a.png.review.json")
    ids = [[event.event_id for event in found.judgements] for found in (from_record, from_image, from_sidecar)]
    assert ids[0] == ids[1] == ids[2]
    assert len(ids[0]) == 2
    both = stablenew_images.with_review_file(from_image, sidecar)
    assert both.judgements == from_image.judgements


def test_a_review_file_adds_its_judgements_to_the_images_job(tmp_path):
    plain = stablenew_images.read(png(tmp_path, sealed()))
    rated = stablenew_images.with_review_file(plain, json.dumps({"stablenew_review": REVIEW}))
    assert rated.job == plain.job
    assert [type(event) for event in rated.judgements] == [Rating, Note]
    assert {event.job_id for event in rated.judgements} == {plain.job.job_id}
    with pytest.raises(Unreadable):
        stablenew_images.with_review_file(plain, '{"x":1}')


def test_a_lone_review_drops_its_sentinels(tmp_path):
    job = stablenew_images.read_json_file(json.dumps({"stablenew_review": REVIEW}), "a.png.review.json").job
    assert (job.prompt_positive, job.steps, job.cfg_scale) == ("beach", None, None)
    assert job.output_paths == ["a.png"]


def test_wrong_types_in_a_review_become_empty_and_not_errors():
    odd = {"stablenew_review": {"schema": "stablenew.review.v2.6", "user_rating": "x", "subscores": [1],
                                "user_notes": 5, "steps": "many", "review_timestamp": 4}}  # fmt: skip
    reading = stablenew_images.read_json_file(json.dumps(odd), "a.png.review.json")
    assert reading.judgements == ()


def test_a_manifest_is_read_from_its_config_and_names_the_same_job_as_the_image(tmp_path):
    manifest = {
        "name": "a", "stage": "txt2img", "timestamp": "20260112_231503", "job_id": "4a2d",
        "run_id": "20260112_beach", "model": "coastlineXL_v3", "vae": "", "path": "out/a.png",
        "final_prompt": "beach, golden hour", "original_prompt": "beach", "steps": 0,
        "actual_seed": 3947454418,
        "stage_duration_ms": 21000, "stage_history": [{"stage": "txt2img"}], "config": CONFIG,
    }  # fmt: skip
    reading = stablenew_images.read_json_file(json.dumps(manifest), "output/r/manifests/a.json")
    job = reading.job
    assert (job.sampler, job.steps, job.model, job.seed) == ("DPM++ 2M", 30, "coastlineXL_v3", 3947454418)
    assert (job.prompt_positive, job.prompt_template) == ("beach, golden hour", "beach")
    assert (job.stage_sequence, job.total_runtime_sec, job.vae) == (["txt2img"], 21.0, None)
    assert reading.remarks == ("timestamp: local time of an unknown zone, read as UTC",)
    assert job.job_id == stablenew_images.read(png(tmp_path, sealed())).job.job_id


def test_a_metadata_dump_is_read_as_the_image_it_came_from(tmp_path):
    dump = {"status": "ok", "payload": PAYLOAD, "kv": sealed(), "path": "<USER_HOME>\\out\\a.png"}
    reading = stablenew_images.read_json_file(json.dumps(dump), "a.png.meta.json")
    assert reading.job.steps == 30
    assert reading.job.job_id == stablenew_images.read(png(tmp_path, sealed())).job.job_id


def test_other_json_is_left_to_others_and_a_cut_manifest_is_an_error():
    assert stablenew_images.read_json_file('{"x":1}', "x.json") is None
    with pytest.raises(Unreadable):
        stablenew_images.read_json_file('{"name":"a","config":{"steps":3', "x.json")


def test_an_upscaled_picture_does_not_lend_its_size_to_the_generation(tmp_path):
    payload = {**PAYLOAD, "stage": "upscale", "stage_manifest": {"name": "a"}}
    job = stablenew_images.read(png(tmp_path, sealed(payload))).job
    assert (job.width, job.steps, job.stage) == (None, None, "upscale")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(
    content=st.dictionaries(st.sampled_from([*PAYLOAD, "generation"]), JSON),
    generation=st.dictionaries(st.sampled_from([*CONFIG, "model"]), JSON),
    review=st.text(max_size=30) | st.dictionaries(st.sampled_from([*REVIEW]), JSON).map(json.dumps),
)
def test_any_values_are_read_or_refused_with_a_reason(content, generation, review):
    text = json.dumps({**content, "generation": generation})
    try:
        found = stablenew_images.read(image({"stablenew:payload": text, "stablenew_review": review}))
    except Unreadable as error:
        assert error.reason
    else:
        assert isinstance(found, Reading)
