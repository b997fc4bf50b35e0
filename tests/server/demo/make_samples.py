"""Writes the sample files of the demo: `python tests/server/demo/make_samples.py server/demo/samples`."""

import json
import random
import sys
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from server.demo.truth import HEIGHT, SCHEDULER, STEPS, WIDTH, Generation, draw_generations

PICTURE_SIZE = (32, 48)
FIRST_REVIEW = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
SWEEP = ((5.0, 3), (5.0, 2), (7.0, 5), (7.0, 4), (9.0, 3), (9.0, 2))
"""A CFG sweep as StableNew writes it, with its stars: neither prompt nor checkpoint is told."""
COMFYUI_SAMPLERS = {"Euler a": "euler_ancestral", "DPM++ 2M": "dpmpp_2m"}


def make_samples(folder: Path) -> None:
    """Write all samples into the folder, which is made if it is missing."""
    a1111, comfyui, stablenew = folder / "a1111", folder / "comfyui", folder / "stablenew"
    for each in (a1111, comfyui, stablenew):
        each.mkdir(parents=True, exist_ok=True)
    reviews = []
    for generation in draw_generations():
        # Two neighbours share a prompt, so that each prompt is told by one program.
        turn = generation.number // 2 % 10
        if turn in (0, 3, 6, 8):
            _save(
                a1111 / f"{generation.number:05}-{generation.seed}.png",
                generation,
                infotext_chunks(generation),
            )
        elif turn in (1, 4, 7):
            _save(comfyui / f"ComfyUI_{generation.number:05}_.png", generation, comfyui_chunks(generation))
        else:
            reviews.append(review_line(generation))
    lines = [*reviews, *(sweep_line(place, value, stars) for place, (value, stars) in enumerate(SWEEP))]
    text = "".join(json.dumps(line, sort_keys=True) + "\n" for line in lines)
    (stablenew / "learning_records.jsonl").write_bytes(text.encode("ascii"))


def infotext_chunks(generation: Generation) -> PngInfo:
    """Return the text chunk of A1111, with the stars where the images browser appends them."""
    settings = ", ".join(
        [
            f"Steps: {STEPS}",
            f"Sampler: {generation.sampler}",
            f"Schedule type: {SCHEDULER}",
            f"CFG scale: {generation.cfg_scale:g}",
            f"Seed: {generation.seed}",
            f"Size: {WIDTH}x{HEIGHT}",
            f"Model: {generation.checkpoint}",
            "Version: v1.10.1",
            f"Ranking: {generation.stars}",
        ]
    )
    chunks = PngInfo()
    chunks.add_text("parameters", f"{generation.prompt}\nNegative prompt: {generation.negative_prompt}\n{settings}")
    return chunks


def comfyui_chunks(generation: Generation) -> PngInfo:
    """Return the graph that ComfyUI ran, and the stars that a photo program added as XMP."""
    chunks = PngInfo()
    chunks.add_text("prompt", json.dumps(comfyui_graph(generation)))
    chunks.add_itxt(
        "XML:com.adobe.xmp",
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
        f'xmp:Rating="{generation.stars}"/></rdf:RDF></x:xmpmeta>',
    )
    return chunks


def comfyui_graph(generation: Generation) -> dict[str, Any]:
    """Return the API graph of one text-to-image run; a LoRA tag in the prompt becomes a loader node."""
    text, lora = _take_lora_off(generation.prompt)
    model = ["10", 0] if lora else ["4", 0]
    clip = ["10", 1] if lora else ["4", 1]
    nodes: dict[str, tuple[str, dict[str, Any]]] = {
        "3": (
            "KSampler",
            {
                "seed": generation.seed,
                "steps": STEPS,
                "cfg": generation.cfg_scale,
                "sampler_name": COMFYUI_SAMPLERS[generation.sampler],
                "scheduler": SCHEDULER.lower(),
                "denoise": 1.0,
                "model": model,
                "positive": ["6", 0],
                "negative": ["7", 0],
                "latent_image": ["5", 0],
            },
        ),
        "4": ("CheckpointLoaderSimple", {"ckpt_name": f"SDXL/{generation.checkpoint}.safetensors"}),
        "5": ("EmptyLatentImage", {"width": WIDTH, "height": HEIGHT, "batch_size": 1}),
        "6": ("CLIPTextEncode", {"text": text, "clip": clip}),
        "7": ("CLIPTextEncode", {"text": generation.negative_prompt, "clip": clip}),
        "8": ("VAEDecode", {"samples": ["3", 0], "vae": ["4", 2]}),
        "9": ("SaveImage", {"filename_prefix": "ComfyUI", "images": ["8", 0]}),
    }
    if lora:
        name, weight = lora
        loader = {
            "lora_name": f"{name}.safetensors",
            "strength_model": weight,
            "strength_clip": weight,
            "model": ["4", 0],
            "clip": ["4", 1],
        }
        nodes["10"] = ("LoraLoader", loader)
    return {number: {"class_type": kind, "inputs": inputs} for number, (kind, inputs) in nodes.items()}


def review_line(generation: Generation) -> dict[str, Any]:
    """Return one line of StableNew's review tab."""
    name = f"txt2img_{generation.number:03}.png"
    return {
        **_envelope(generation.number, "review_feedback"),
        "base_config": {
            "model": generation.checkpoint,
            "prompt": generation.prompt,
            "negative_prompt": generation.negative_prompt,
            "stage": "txt2img",
        },
        "primary_model": generation.checkpoint,
        "primary_sampler": generation.sampler,
        "primary_scheduler": SCHEDULER,
        "primary_steps": STEPS,
        "primary_cfg_scale": generation.cfg_scale,
        "metadata": {
            "record_kind": "review_tab_feedback",
            "source": "review_tab",
            "image_path": f"output\\review\\{name}",
            "user_rating": generation.stars,
            "user_rating_raw": generation.stars,
            "advanced_rating_enabled": False,
            "subscores": {},
            "user_notes": "",
            "stage": "txt2img",
            "model": generation.checkpoint,
            "prompt_before": generation.prompt,
            "negative_prompt_before": generation.negative_prompt,
        },
    }


def sweep_line(place: int, value: float, stars: int) -> dict[str, Any]:
    """Return one rating of a CFG experiment."""
    return {
        **_envelope(1000 + place, "learning_experiment"),
        "base_config": {"cfg scale": value, "prompt": "", "stage": "txt2img"},
        "variant_configs": [{"cfg scale": value}],
        "metadata": {
            "record_kind": "learning_experiment_rating",
            "experiment_name": "How much guidance",
            "image_path": f"output\\sweep\\cfg_{place:02}.png",
            "learning_context": {"experiment_id": "How much guidance", "variant_id": f"{value}"},
            "variable_under_test": "CFG Scale",
            "variant_value": value,
            "user_rating": stars,
            "user_rating_raw": stars,
        },
    }


def _envelope(number: int, mode: str) -> dict[str, Any]:
    moment = FIRST_REVIEW + timedelta(minutes=number)
    unknown = {"primary_model": "", "primary_sampler": "", "primary_scheduler": ""}
    return {
        "run_id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"whatworks-demo/{number}")),
        "timestamp": moment.strftime("%Y-%m-%dT%H:%M:%S"),
        "variant_configs": [],
        "randomizer_mode": mode,
        "randomizer_plan_size": 1,
        **unknown,
        "primary_steps": 0,
        "primary_cfg_scale": 0.0,
        "stage_plan": [],
        "stage_events": [],
        "outputs": [],
        "sidecar_priors": {},
    }


def _take_lora_off(prompt: str) -> tuple[str, tuple[str, float] | None]:
    text, _, tag = prompt.partition(" <lora:")
    if not tag:
        return prompt, None
    name, _, weight = tag.rstrip(">").partition(":")
    return text, (name, float(weight))


def _save(path: Path, generation: Generation, chunks: PngInfo) -> None:
    picture(generation).save(path, pnginfo=chunks)


def picture(generation: Generation) -> Image.Image:
    """Return a small gradient of its own for each generation: sky above, ground below."""
    colours = random.Random(generation.seed)
    top, bottom = ([colours.randrange(256) for _ in range(3)] for _ in range(2))
    width, height = PICTURE_SIZE
    rows = bytearray()
    for y in range(height):
        share = y / (height - 1)
        pixel = bytes(round(a + (b - a) * share) for a, b in zip(top, bottom, strict=True))
        rows += pixel * width
    return Image.frombytes("RGB", PICTURE_SIZE, bytes(rows))


if __name__ == "__main__":
    make_samples(Path(sys.argv[1]))
