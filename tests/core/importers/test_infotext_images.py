"""Images as A1111, Forge, SD.Next, Civitai, Fooocus and StableNew write them, made here."""

import json
from pathlib import Path

import pytest
from PIL import Image, features
from PIL.PngImagePlugin import PngInfo

from learning_core.importers.carriers import read_image
from learning_core.importers.infotext_images import READER, read, read_sidecar
from learning_core.importers.reading import Reading, Skipped
from learning_core.limits import PROMPT_CHARACTERS
from learning_core.model.job import JobRecord
from learning_core.model.judgement import Rating, Selection

PROMPTS = "a pier at dawn <lora:waves:0.8:0.5>\nNegative prompt: fog, <lora:not_applied:1>\n"
SETTINGS = (
    "Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: 18446744073709551615, "
    "Size: 512x768, Model hash: 1A2B3C4D5E, Model: dune_v2, VAE: soft.safetensors"
)
PLAIN = f"{PROMPTS}{SETTINGS}, Version: v1.10.1"


def picture() -> Image.Image:
    return Image.new("RGB", (24, 16), "teal")


def png(path: Path, **texts: str) -> Path:
    info = PngInfo()
    for keyword, text in texts.items():
        info.add_text(keyword, text)
    picture().save(path, "PNG", pnginfo=info)
    return path


def with_exif(path: Path, kind: str, comment: bytes, **options: object) -> Path:
    if kind == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    exif = Image.Exif()
    exif[0x013B] = "nobody"  # Pillow drops an EXIF block from AVIF whose main folder is empty.
    exif.get_ifd(0x8769)[0x9286] = comment
    picture().save(path, kind, exif=exif, **options)
    return path


def reading_of(path: Path) -> Reading:
    found = read(read_image(path))
    assert isinstance(found, Reading)
    return found


def job_of(path: Path) -> JobRecord:
    job = reading_of(path).job
    assert job is not None
    return job


def sidecar_job(text: str) -> JobRecord:
    found = read_sidecar(text, "a.txt", None)
    assert isinstance(found, Reading)
    assert found.job is not None
    return found.job


def test_a_png_of_a1111_gives_all_its_fields(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png", parameters=PLAIN)
    image = read_image(path)
    job = job_of(path)
    content = job.content()
    del content["raw"], content["job_id"]
    assert content == {
        "kind": "job",
        "schema_version": 1,
        "prompt_positive": "a pier at dawn <lora:waves:0.8:0.5>",
        "prompt_negative": "fog, <lora:not_applied:1>",
        "model": "dune_v2",
        "checkpoint_hash": "1a2b3c4d5e",
        "vae": "soft.safetensors",
        "sampler": "DPM++ 2M",
        "scheduler": "Karras",
        "cfg_scale": 6.5,
        "steps": 20,
        "seed": 18446744073709551615,
        "width": 512,
        "height": 768,
        "clip_skip": 1,
        "hires_enabled": False,
        "refiner_enabled": False,
        "adetailer_enabled": False,
        "stage": "txt2img",
        "stage_sequence": ["txt2img"],
        "loras": [{"name": "waves", "weight": 0.5, "text_encoder_weight": 0.8, "kind": "lora"}],
        "source_tool": "a1111",
        "source_version": "v1.10.1",
        "image_hash": image.image_hash,
        "output_paths": [str(path)],
        "timestamp_end": image.modified,
        "timestamp_source": "file_modified",
    }
    assert job.raw is not None
    assert (job.raw.path, job.raw.carrier, job.raw.reader) == (str(path), "png:parameters", READER)
    assert len(job.raw.sha256 or "") == 64
    assert job.origin is None


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF"])
@pytest.mark.parametrize(
    "comment",
    [
        b"UNICODE\0" + PLAIN.encode("utf-16-be"),
        b"UNICODE\0" + PLAIN.encode("utf-16-le"),
        b"ASCII\0\0\0" + PLAIN.encode(),
        bytes(8) + PLAIN.encode(),
        PLAIN.encode(),
    ],
    ids=["utf-16-be", "utf-16-le", "ascii", "no code", "bare"],
)
def test_exif_in_every_container_and_encoding_gives_the_same_settings(
    tmp_path: Path, kind: str, comment: bytes
) -> None:
    job = job_of(with_exif(tmp_path / "a", kind, comment))
    assert (job.seed, job.model, job.prompt_negative) == (
        18446744073709551615,
        "dune_v2",
        "fog, <lora:not_applied:1>",
    )
    assert job.raw is not None
    assert job.raw.carrier == "exif:UserComment"


def test_a_gif_comment_is_read(tmp_path: Path) -> None:
    picture().save(tmp_path / "a.gif", comment=PLAIN)
    assert job_of(tmp_path / "a.gif").steps == 20


def test_the_id_stays_when_the_file_is_moved_or_marked_and_changes_with_the_settings(tmp_path: Path) -> None:
    first = job_of(png(tmp_path / "a.png", parameters=PLAIN))
    moved = job_of(png(tmp_path / "b.png", parameters=PLAIN, note="seen"))
    other = job_of(png(tmp_path / "c.png", parameters=PLAIN.replace("Steps: 20", "Steps: 21")))
    assert first.job_id == moved.job_id
    assert first.job_id != other.job_id
    assert first.job_id.startswith("a1111:")


@pytest.mark.parametrize(
    ("more", "tool", "version"),
    [
        (", Version: v1.6.0", "a1111", "v1.6.0"),
        (", Version: f2.0.1v1.10.1-previous-665-gae278f79", "forge", "f2.0.1v1.10.1-previous-665-gae278f79"),
        (", Version: neo", "forge", "neo"),
        (", App: SD.Next, Version: 058a7f0", "sdnext", "058a7f0"),
        (", Version: Fooocus v2.5.5", "fooocus", "v2.5.5"),
        (", Version: ComfyUI", "comfyui", None),
        (", Civitai metadata: {}", "civitai", None),
        (", Stage: txt2img", "stablenew", None),
        ("", "a1111", None),
    ],
)
def test_the_program_is_known_by_its_marks(more: str, tool: str, version: str | None) -> None:
    job = sidecar_job(PROMPTS + SETTINGS + more)
    assert (job.source_tool, job.source_version) == (tool, version)


def test_the_software_field_names_the_program_where_the_text_does_not(tmp_path: Path) -> None:
    job = job_of(png(tmp_path / "a.png", parameters=PROMPTS + SETTINGS, Software="StableNew 2.6"))
    assert (job.source_tool, job.source_version) == ("stablenew", "2.6")


def test_hires_fix_refiner_and_adetailer_are_parts_of_the_job() -> None:
    job = sidecar_job(
        f"{PROMPTS}{SETTINGS}, Denoising strength: 0.35, Hires upscale: 1.5, Hires steps: 15, "
        "Hires CFG Scale: 7, Hires upscaler: 4x-Sharp, Hires sampler: Use same sampler, Hires resize: 768x1152, "
        "Clip skip: 2, Refiner: shore_refiner [aabbccddee], Refiner switch at: 0.8, ADetailer model: face.pt, "
        "Batch size: 4, Batch pos: 0, Version: v1.10.1"
    )
    assert job.hires is not None
    assert job.hires.model_dump(exclude_none=True) == {
        "upscaler": "4x-Sharp", "scale": 1.5, "steps": 15, "denoising_strength": 0.35, "cfg_scale": 7.0,
        "width": 768, "height": 1152,
    }  # fmt: skip
    assert (job.hires_enabled, job.hires_scale, job.hires_denoise) == (True, 1.5, 0.35)
    assert job.refiner is not None
    assert (job.refiner.checkpoint, job.refiner.switch_at) == ("shore_refiner [aabbccddee]", 0.8)
    assert (job.refiner_enabled, job.adetailer_enabled) == (True, True)
    assert (job.stage, job.stage_sequence) == ("txt2img", ["txt2img", "hires", "adetailer"])
    assert (job.width, job.height, job.clip_skip) == (512, 768, 2)
    assert (job.batch_index, job.batch_total) == (0, 4)


@pytest.mark.parametrize(
    ("more", "stage"),
    [
        (", Denoising strength: 0.6", "img2img"),
        (", Denoising strength: 0.6, Hires upscaler: 4x", "txt2img"),
        (", Stage: upscale", "upscale"),
        (", App: SD.Next, Operations: img2img; hires", "img2img"),
        (", Version: ComfyUI, Denoising strength: 1", None),
        ("", "txt2img"),
    ],
)
def test_the_stage_follows_from_denoising_unless_it_is_told(more: str, stage: str | None) -> None:
    assert sidecar_job(PROMPTS + SETTINGS + more).stage == stage


def test_a_scheduler_class_of_sdnext_is_no_noise_schedule() -> None:
    job = sidecar_job(
        "pier\nSteps: 20, Sampler: UniPC, Scheduler: UniPCMultistepScheduler, Seed: 3, App: SD.Next, CLiP-skip: 2"
    )
    assert (job.scheduler, job.sampler, job.clip_skip) == (None, "UniPC", 2)


def test_distilled_guidance_and_a_guidance_of_one_are_real_values() -> None:
    job = sidecar_job("pier\nSteps: 20, CFG scale: 1, Distilled CFG Scale: 3.5, Seed: 0, Size: 64x64")
    assert (job.cfg_scale, job.distilled_cfg_scale, job.seed) == (1.0, 3.5, 0)
    assert job.prompt_negative == ""


def test_sentinels_are_unknown_and_nonsense_is_remarked() -> None:
    found = read_sidecar(
        "pier\nSteps: many, Seed: -1, Size: 0x64, Model: Unknown, VAE: None, Sampler: Undefined, "
        "CFG scale: nan, Model hash: 1a2b3c4d",
        "a.txt",
        None,
    )
    assert isinstance(found, Reading)
    job = found.job
    assert job is not None
    assert (job.steps, job.seed, job.width, job.height) == (None, None, None, 64)
    assert (job.model, job.vae, job.sampler, job.cfg_scale) == (None, None, None, None)
    assert len(found.remarks) == 2
    assert all(remark.startswith(("Steps", "CFG scale")) for remark in found.remarks)


def test_civitai_names_model_and_loras_only_in_its_resources() -> None:
    resources = [
        {"type": "checkpoint", "modelName": "Dune, a model", "modelVersionName": "v3"},
        {"type": "lora", "weight": 0.65, "modelName": "Soft Light"},
        {"weight": 1.0, "modelName": "Wide ✨", "air": "urn:air:sdxl:dora:civitai:1@2"},
        {"type": "embed", "modelName": "easy"},
        "not an object",
    ]
    job = sidecar_job(
        "pier\nNegative prompt: fog\nSteps: 20, Sampler: Euler a, Seed: 4, "
        f"Created Date: 2026-01-02T03:04:05.1234567Z, Civitai resources: {json.dumps(resources)}, "
        "Civitai metadata: {}"
    )
    assert (job.model, job.content()["model_version"]) == ("Dune, a model", "v3")
    assert [(use.name, use.weight, use.kind) for use in job.loras or []] == [
        ("Soft Light", 0.65, "lora"), ("Wide ✨", 1.0, "lycoris"),
    ]  # fmt: skip
    assert job.timestamp_end == pytest.approx(1767323045.123456)
    assert job.hires_enabled is None


def test_one_network_under_two_names_is_not_counted_twice() -> None:
    resources = json.dumps([{"type": "lora", "weight": 0.8, "modelName": "Great Waves"}])
    job = sidecar_job(f"pier <lora:waves_v1:0.8>\n{SETTINGS}, Civitai resources: {resources}")
    assert [use.name for use in job.loras or []] == ["waves_v1"]


def test_lora_hashes_join_their_loras() -> None:
    job = sidecar_job(
        f'pier <lora:folder/Waves:0.8> <lora:palms:1>\n{SETTINGS}, Lora hashes: "waves: AAAABBBBCCCC, '
        'gone: 11", Hashes: {"model": "ab", "lora:palms": "ccdd"}'
    )
    assert [(use.name, use.hash) for use in job.loras or []] == [
        ("folder/Waves", "aaaabbbbcccc"),
        ("palms", "ccdd"),
    ]


def test_loras_beside_the_prompt_are_found() -> None:
    fooocus = sidecar_job(
        f'pier\n{SETTINGS}, Lora hashes: "off_1.0: 48", Lora weights: "off_1.0: 0.1", Raw prompt: pie, '
        "Version: Fooocus v2.5.5"
    )
    assert [(use.name, use.weight, use.hash) for use in fooocus.loras or []] == [("off_1.0", 0.1, "48")]
    assert fooocus.content()["raw_prompt"] == "pie"
    named = sidecar_job(f'pier <lora:a:0.6>\n{SETTINGS}, App: SD.Next, LoRA networks: "a, b"')
    assert [(use.name, use.weight) for use in named.loras or []] == [("a", 0.6), ("b", None)]


def test_a_grid_is_skipped(tmp_path: Path) -> None:
    grid = f'{PLAIN}, Script: X/Y/Z plot, X Type: Steps, X Values: "15, 20"'
    assert read(read_image(png(tmp_path / "a.png", parameters=grid))) == Skipped(
        "a grid of several generations, not one generation"
    )
    assert isinstance(read_sidecar(grid, "a.txt", None), Skipped)


def test_a_prompt_alone_counts_in_parameters_and_nowhere_else(tmp_path: Path) -> None:
    job = job_of(png(tmp_path / "a.png", parameters="beach huts in a row"))
    assert job.prompt_positive == "beach huts in a row"
    assert (job.prompt_negative, job.steps, job.model, job.clip_skip, job.source_tool) == (None,) * 5
    picture().save(tmp_path / "b.gif", comment="made with love")
    assert read(read_image(tmp_path / "b.gif")) is None
    assert read_sidecar("beach huts in a row", "a.txt", None) == Skipped("text without settings")


@pytest.mark.parametrize("text", ['{"sui_image_params": {"prompt": "pier"}}', '[{"a": 1}]', "  ", ""])
def test_json_of_other_programs_is_not_taken_for_a_prompt(tmp_path: Path, text: str) -> None:
    assert read(read_image(png(tmp_path / "a.png", parameters=text))) is None


def test_an_image_without_texts_holds_no_infotext(tmp_path: Path) -> None:
    assert read(read_image(png(tmp_path / "a.png"))) is None


def test_of_several_carriers_the_first_counts_and_a_difference_is_remarked(tmp_path: Path) -> None:
    other = PLAIN.replace("Steps: 20", "Steps: 30")
    found = reading_of(png(tmp_path / "a.png", parameters="only words", UserComment=PLAIN, ImageDescription=other))
    assert found.job is not None
    assert found.job.steps == 20
    assert found.remarks == ("ImageDescription describes another generation than UserComment, which counts",)
    same = reading_of(png(tmp_path / "b.png", parameters=PLAIN, UserComment=PLAIN))
    assert same.remarks == ()


def test_a_ranking_is_a_rating_of_a_person_with_a_stable_id(tmp_path: Path) -> None:
    first = reading_of(png(tmp_path / "a.png", parameters=f"{PLAIN}, Ranking: 4"))
    again = reading_of(png(tmp_path / "b.png", parameters=f"{PLAIN}, Ranking: 4"))
    (rating,) = first.judgements
    assert isinstance(rating, Rating)
    assert (rating.value, rating.source, rating.score_source) == (4, "images-browser", "human")
    assert first.job is not None
    assert rating.job_id == first.job.job_id
    assert again.judgements == first.judgements


@pytest.mark.parametrize(("written", "remarks"), [("None", 0), ("0", 0), ("9", 1), ("good", 1), ("true", 1)])
def test_a_ranking_that_is_no_star_rating_is_none(written: str, remarks: int) -> None:
    found = read_sidecar(f"{PLAIN}, Ranking: {written}", "a.txt", None)
    assert isinstance(found, Reading)
    assert found.judgements == ()
    assert len(found.remarks) == remarks


def test_stars_of_photo_tools_come_along(tmp_path: Path) -> None:
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<r:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="-1"/></r:RDF></x:xmpmeta>'
    )
    path = with_exif(tmp_path / "a.jpg", "JPEG", b"ASCII\0\0\0" + PLAIN.encode(), xmp=packet.encode())
    (event,) = reading_of(path).judgements
    assert isinstance(event, Selection)
    assert event.verdict == "rejected"


def test_a_text_file_describes_the_image_beside_it_or_a_job_without_picture(tmp_path: Path) -> None:
    image = read_image(png(tmp_path / "a.png"))
    beside = read_sidecar(PLAIN, "a.txt", image)
    alone = read_sidecar(PLAIN, "elsewhere/a.txt", None)
    assert isinstance(beside, Reading)
    assert isinstance(alone, Reading)
    assert beside.job is not None
    assert alone.job is not None
    assert (beside.job.image_hash, beside.job.output_paths) == (image.image_hash, [image.path])
    assert (alone.job.image_hash, alone.job.output_paths, alone.job.timestamp_end) == (None, None, None)
    assert alone.job.raw is not None
    assert (alone.job.raw.path, alone.job.raw.carrier) == ("elsewhere/a.txt", "txt")
    assert read_sidecar(PLAIN, "moved.txt", None).job.job_id == alone.job.job_id  # type: ignore[union-attr]


def test_a_sidecar_gives_the_same_job_as_the_text_inside_the_image(tmp_path: Path) -> None:
    inside = job_of(png(tmp_path / "a.png", parameters=PLAIN))
    beside = read_sidecar(PLAIN, "b.txt", read_image(png(tmp_path / "b.png")))
    assert isinstance(beside, Reading)
    assert beside.job is not None
    assert beside.job.job_id == inside.job_id


def test_a_prompt_beyond_the_limit_is_unknown_and_remarked_never_cut(tmp_path: Path) -> None:
    found = reading_of(png(tmp_path / "a.png", parameters="x" * (PROMPT_CHARACTERS + 1) + f"\n{SETTINGS}"))
    assert found.job is not None
    assert found.job.prompt_positive is None
    assert found.job.steps == 20
    assert any("prompt_positive" in remark for remark in found.remarks)


@pytest.mark.parametrize(
    "setting", ["Civitai resources: " + "[" * 5_000 + "]" * 5_000, 'Hashes: {"a', "Seed: " + "9" * 9_999]
)
def test_hostile_settings_cost_only_themselves(setting: str) -> None:
    job = sidecar_job(f"pier\nSteps: 20, Size: 64x64, Model: dune_v2, {setting}")
    assert (job.steps, job.model, job.loras or []) == (20, "dune_v2", [])
