"""The twelve real graphs of the shared samples, with the exact settings that both carriers must give."""

import hashlib
from pathlib import Path

import pytest

from learning_core.importers.comfyui import BEST_EFFORT, Picture, read, read_graph_text, read_json_file
from learning_core.importers.reading import Reading

REPOSITORY = Path(__file__).resolve().parents[3]
SHARED = REPOSITORY / ".." / "shared" / "data"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared samples are not beside the repository")

# Fingerprints of both prompts, checkpoint, LoRAs, sampler, scheduler, steps, cfg, seed, width, height.
GRAPHS = {
    "01_ksampler_checkpoint": (
        "a bottle with a pink… 185 21d67019da35", "",
        "sd3.5_large_fp8_scaled.safetensors", [],
        "euler", "sgm_uniform", 20, 4.01, 585483408983215, 1024, 1024,
    ),
    "02_base_then_refiner_ksampleradvanced": (
        "evening sunset scene… 72 dd4e64fb52d2", "text, watermark… 15 9ae1306abfd2",
        "sd_xl_base_1.0.safetensors", [],
        "euler", "normal", 25, 8.0, 721897303308196, 1024, 1024,
    ),
    "03_loraloader_and_sampling_patch": (
        "evening sunset scene… 72 dd4e64fb52d2", "text, watermark… 15 9ae1306abfd2",
        "sd_xl_1.0.safetensors", [("lcm_lora_sdxl.safetensors", 1.0)],
        "lcm", "sgm_uniform", 5, 1.8, 167055194337639, 1024, 1024,
    ),
    "04_two_passes_latent_upscale": (
        "masterpiece HDR vict… 93 309e4f457e1d", "bad hands, text, wat… 27 e2e927255642",
        "v2-1_768-ema-pruned.ckpt", [],
        "dpmpp_sde", "normal", 12, 8.0, 89848141647836, 768, 768,
    ),
    "05_samplercustomadvanced_basicguider_unet": (
        "a bottle with a beau… 246 3009c78e2004", "",
        "flux1-schnell.safetensors", [],
        "euler", "simple", 4, None, 112298569477003, 1024, 1024,
    ),
    "06_samplercustom_preview_only": (
        "beautiful landscape … 93 dbe50f0740d7", "text, watermark… 15 9ae1306abfd2",
        "sd_xl_turbo_1.0_fp16.safetensors", [],
        "euler_ancestral", "sd_turbo", 1, 1.0, 0, 512, 512,
    ),
    "07_fluxguidance_through_node_lora_model_only": (
        "a photograph of a sh… 34 af21475248db", "",
        "flux1-dev.safetensors", [("flux1-depth-dev-lora.safetensors", 1.0)],
        "euler", "normal", 20, 1.0, 91050358797301, None, None,
    ),
    "08_controlnetapply": (
        "underwater photograp… 31 1d70bc714f54", "(hands), text, error… 217 cf99d7dce3c7",
        "v1-5-pruned-emaonly.ckpt", [],
        "uni_pc_bh2", "normal", 20, 8.0, 891858402356003, 832, 384,
    ),
    "09_inpaint": (
        "closeup photograph o… 89 3cf0985a6d51", "watermark, text\n… 16 ab77468716ec",
        "512-inpainting-ema.safetensors", [],
        "uni_pc_bh2", "normal", 20, 8.0, 1040111309094545, None, None,
    ),
    "10_webp_exif_video_unet": (
        "a fox moving quickly… 86 c464ac6c9013", "",
        "mochi_preview_bf16.safetensors", [],
        "euler", "simple", 30, 4.5, 704883238463297, 848, 480,
    ),
    "11_merge_of_two_checkpoints": (
        "beautiful scenery na… 72 ff7f1574cbe9", "text, watermark… 15 9ae1306abfd2",
        "v1-5-pruned-emaonly.ckpt", [],
        "euler", "normal", 20, 8.0, 156680208700286, 512, 512,
    ),
    "12_img2img_denoise": (
        "photograph of victor… 67 ca22897f6465", "watermark, text\n… 16 ab77468716ec",
        "v1-5-pruned-emaonly.ckpt", [],
        "dpmpp_2m", "normal", 20, 8.0, 280823642470253, None, None,
    ),
}  # fmt: skip
# What the settings above do not say; everything else of this kind must be absent.
BESIDES = {
    "02_base_then_refiner_ksampleradvanced": {
        "refiner": {"checkpoint": "sd_xl_refiner_1.0.safetensors", "switch_at": 0.8, "steps": 5},
        "stage_sequence": ["txt2img", "refiner"],
        "batch_total": 1,
    },
    "04_two_passes_latent_upscale": {
        "hires": {
            "upscaler": "nearest-exact", "scale": 1.5, "steps": 14, "denoising_strength": 0.5,
                "cfg_scale": 8.0,
            "sampler": "dpmpp_2m", "scheduler": "simple", "checkpoint": "v2-1_768-ema-pruned.ckpt",
            "width": 1152, "height": 1152,
        },
        "hires_denoise": 0.5,
        "hires_scale": 1.5,
        "stage_sequence": ["txt2img", "hires"],
        "batch_total": 1,
    },
    "05_samplercustomadvanced_basicguider_unet": {"vae": "ae.safetensors", "batch_total": 1},
    "07_fluxguidance_through_node_lora_model_only": {"vae": "ae.safetensors", "distilled_cfg_scale": 10.0},
    "09_inpaint": {"stage": "inpaint"},
    "10_webp_exif_video_unet": {"vae": "mochi_vae.safetensors", "stage": "txt2video", "batch_total": 1},
    "11_merge_of_two_checkpoints": {
        "vae": "kl-f8-anime2.ckpt",
        "merged_checkpoints": ["v1-5-pruned-emaonly.ckpt", "cardosAnime_v10.safetensors"],
        "batch_total": 4,
    },
    "12_img2img_denoise": {"stage": "img2img", "denoising_strength": 0.87},
}  # fmt: skip
PICTURE = Picture(path="a.png", image_hash="ab" * 32, width=640, height=448, modified=1767283279.0)


def text_of(name, carrier):
    return (SHARED / "comfyui" / f"{name}.{carrier}.json").read_text(encoding="utf-8")


def graph_reading(name, carrier, picture=None):
    if carrier == "prompt":
        return read_graph_text(text_of(name, "prompt"), None, picture)
    return read_graph_text(None, text_of(name, "workflow"), picture)


def fingerprint(text):
    """Stand for a prompt of the samples, which must not be copied into this repository."""
    return f"{text[:20]}… {len(text)} {hashlib.sha256(text.encode()).hexdigest()[:12]}" if text else text


def settings(job):
    loras = [(lora.name, lora.weight) for lora in job.loras or []]
    return (
        fingerprint(job.prompt_positive), fingerprint(job.prompt_negative), job.model, loras, job.sampler,
            job.scheduler, job.steps,
        job.cfg_scale, job.seed, job.width, job.height,
    )  # fmt: skip


@pytest.mark.parametrize("carrier", ["prompt", "workflow"])
@pytest.mark.parametrize("name", GRAPHS)
def test_every_sample_gives_its_settings_from_either_carrier(name, carrier):
    assert settings(graph_reading(name, carrier).job) == GRAPHS[name]


@pytest.mark.parametrize("carrier", ["prompt", "workflow"])
@pytest.mark.parametrize("name", GRAPHS)
def test_stages_merges_and_guidance_of_every_sample_are_found_and_nothing_is_made_up(name, carrier):
    names = (
        "vae", "merged_checkpoints", "clip_skip", "distilled_cfg_scale", "denoising_strength", "hires",
        "hires_denoise", "hires_scale", "refiner", "stage", "stage_sequence", "upscale_denoise",
        "upscale_scale", "batch_total",
    )  # fmt: skip
    content = graph_reading(name, carrier).job.content()
    expected = {"stage": "txt2img", "batch_total": 1, **BESIDES.get(name, {})}
    if name[:2] in ("07", "09", "12"):
        del expected["batch_total"]
    assert {key: content[key] for key in names if key in content} == expected
    assert content["source_tool"] == "comfyui"
    enabled = (content["hires_enabled"], content["refiner_enabled"], content["upscale_enabled"])
    assert enabled == ("hires" in expected, "refiner" in expected, False)


@pytest.mark.parametrize("name", ["07_fluxguidance_through_node_lora_model_only", "09_inpaint", "12_img2img_denoise"])
def test_a_picture_made_from_a_picture_has_the_size_of_its_file(name):
    job = graph_reading(name, "prompt", PICTURE).job
    assert (job.width, job.height) == (640, 448)


def test_of_two_saved_pictures_the_one_of_the_files_own_size_is_taken():
    name = "04_two_passes_latent_upscale"
    first = graph_reading(name, "prompt", Picture("a.png", "aa", 768, 768)).job
    second = graph_reading(name, "prompt", Picture("b.png", "bb", 1152, 1152)).job
    assert (first.hires, first.hires_enabled, first.stage_sequence) == (None, False, None)
    assert second.hires is not None
    assert second.hires.width == 1152
    assert second.steps == first.steps == 12


@pytest.mark.parametrize("name", GRAPHS)
def test_the_workflow_is_not_read_when_the_prompt_is_there(name):
    other = text_of("03_loraloader_and_sampling_patch", "workflow")
    both = read_graph_text(text_of(name, "prompt"), other)
    assert settings(both.job) == GRAPHS[name]
    assert BEST_EFFORT not in both.remarks
    assert BEST_EFFORT in graph_reading(name, "workflow").remarks


@pytest.mark.parametrize("name", GRAPHS)
def test_json_files_of_graphs_are_recognised(name):
    for carrier in ("prompt", "workflow"):
        reading = read_json_file(text_of(name, carrier), "graph.json")
        assert isinstance(reading, Reading)
        assert settings(reading.job) == GRAPHS[name]
        assert reading.job.image_hash is None
        assert any("may never have run" in remark for remark in reading.remarks)


def test_the_recorded_picture_of_a_server_knows_its_plan_and_step():
    from learning_core.importers.carriers import read_image

    reading = read(read_image(SHARED / "comfy_server" / "view_with_plan_chunk.png"))
    assert isinstance(reading, Reading)
    assert (reading.job.plan_id, reading.job.step_id) == ("plan-demo", "plan-demo/4")
    assert reading.job.learning_mode == "active"
    assert reading.job.prompt_positive is None
    assert "no sampler in the graph" in reading.remarks
