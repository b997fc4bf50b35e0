"""An imagined person's two years of work: scenes, batches, images and judgements, drawn from a seed.

About 1.3 KB a record; prompts of Zipf words and common tags, shared by a batch of four images; 60 % rated, a
third of these by a later event; some batches with a picked image. Good results have causes, so that answers
have something to find.
"""

import hashlib
from collections import deque
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from benchmarks import vocabulary as names
from benchmarks.dice import Dice, Zipf
from learning_core.log.seal import seal

SEED = 20_260_101
BATCH = 4
FIRST_TIME = 1_704_067_200.0
TWO_YEARS = 2 * 365 * 86_400.0
EVENT_DELAY = 400
"""A judgement that is an event of its own stands this many records after its job."""


class Scene(Struct, frozen=True):
    """What a person has in mind for a while: a prompt that several batches share."""

    number: int
    subject: str
    tags: str
    negative: str


class Batch(Struct):
    """The settings of one batch of images and how well they work together, in stars."""

    number: int
    fields: dict[str, Any]
    quality: float
    first_seed: int
    started: float
    runtime: float


class Studio:
    """One person's habits: draws scenes, batches, images and judgements."""

    def __init__(self, records: int, seed: int = SEED) -> None:
        self._records = records
        self._dice = Dice(seed)
        self._zipf = Zipf(names.vocabulary())
        self._checkpoints = names.checkpoints()
        self._loras = names.loras()

    def lines(self) -> Iterator[bytes]:
        """Yield the sealed lines of the log, jobs and judgements, in the order in which they happened."""
        waiting: deque[tuple[int, bytes]] = deque()
        scene, batches_left = self._scene(0), 0
        for first in range(0, self._records, BATCH):
            if not batches_left:
                scene, batches_left = self._scene(scene.number + 1), 1 + self._dice.below(3)
            batches_left -= 1
            batch = self._batch(scene, first // BATCH)
            size = min(BATCH, self._records - first)
            for index in range(size):
                while waiting and waiting[0][0] <= first + index:
                    yield waiting.popleft()[1]
                job = self._job(batch, index)
                rating = self._later_rating(batch, job)
                yield seal(job)
                if rating is not None:
                    waiting.append((first + index + EVENT_DELAY, seal(rating)))
            due = first + size - 1 + EVENT_DELAY
            waiting.extend((due, seal(event)) for event in self._picks(batch, size))
        for _, line in waiting:
            yield line

    def prompts(self) -> Iterator[bytes]:
        """Yield as many sealed jobs as there are records, each with a prompt of its own and hardly anything else."""
        for number in range(self._records):
            prompt = f"{self._scene(number).tags}, no {number}"
            started = FIRST_TIME + number
            yield seal(
                {"kind": "job", "schema_version": 1, "job_id": f"p-{number:07}", "timestamp_start": started}
                | {"timestamp_end": started + 1.0, "prompt_positive": prompt, "source_tool": "StableNew"}
            )

    def _scene(self, number: int) -> Scene:
        dice = self._dice
        subject = dice.pick(names.SUBJECTS) if dice.unit() < 0.5 else ""
        plural = "es" if subject == "beach" and dice.unit() < 0.1 else ""
        tags = [f"{subject}{plural} at {self._zipf.draw(dice)}"] if subject else []
        tags += [self._zipf.draw(dice) for _ in range(5)]
        tags += sorted({dice.pick(names.COMMON) for _ in range(4)})
        start = dice.below(len(names.NEGATIVE))
        negative = [names.NEGATIVE[(start + step) % len(names.NEGATIVE)] for step in range(9)]
        return Scene(number, subject, ", ".join(tags), ", ".join(negative))

    def _batch(self, scene: Scene, number: int) -> Batch:
        dice = self._dice
        name, digest = dice.favour(self._checkpoints)
        fields = self._solver() | self._size_and_passes()
        fields |= {
            "model": dice.pick((f"xl/{name}.safetensors [{digest}]", f"{name}.safetensors", name)),
            "checkpoint_hash": digest,
            "prompt_negative": scene.negative,
            "prompt_pack": f"pack-{scene.number % 37:02}",
            "prompt_id": f"prompt-{scene.number:07}",
            "session_id": f"session-{number // 12:06}",
            "run_id": f"run-{number:08}",
        }
        used = [dice.favour(self._loras) for _ in range((0, 0, 1, 1, 2)[dice.below(5)])]
        uses = {lora: (0.3, 0.5, 0.7, 0.8, 1.0)[dice.below(5)] for lora in used}
        fields["loras"] = [{"name": lora, "weight": weight, "kind": "lora"} for lora, weight in uses.items()]
        tags = "".join(f" <lora:{lora}:{weight:g}>" for lora, weight in uses.items())
        fields["prompt_positive"] = scene.tags + tags
        started = FIRST_TIME + TWO_YEARS * number * BATCH / self._records + dice.unit() * 20
        quality = self._quality(scene, name, fields)
        runtime = round(fields["steps"] * (0.3 + dice.unit() * 0.4), 3)
        return Batch(number, fields, quality, self._seed(), round(started, 3), runtime)

    def _solver(self) -> dict[str, Any]:
        dice = self._dice
        sampler, scheduler = dice.favour(names.SAMPLERS), dice.favour(names.SCHEDULERS)
        steps, cfg_scale = dice.favour(names.STEPS), dice.pick(names.CFG_SCALES)
        if scheduler == "Karras" and dice.unit() < 0.2:
            return {"sampler": f"{sampler} Karras", "steps": steps, "cfg_scale": cfg_scale}
        return {"sampler": sampler, "scheduler": scheduler, "steps": steps, "cfg_scale": cfg_scale}

    def _size_and_passes(self) -> dict[str, Any]:
        dice = self._dice
        width, height = dice.favour(names.SIZES)
        fields: dict[str, Any] = {"width": width, "height": height, "clip_skip": 1 + dice.below(2)}
        hires, faces = dice.unit() < 0.15, dice.unit() < 0.3
        fields |= {"hires_enabled": hires, "refiner_enabled": False, "upscale_enabled": False}
        fields["adetailer_enabled"] = faces
        fields["stage_sequence"] = ["txt2img"] + ["hires"] * hires + ["adetailer"] * faces
        if hires:
            denoise = round(0.3 + 0.3 * dice.unit(), 2)
            fields |= {"hires_denoise": denoise, "hires_scale": 1.5}
            second = {"upscaler": "4x-UltraSharp", "scale": 1.5, "steps": 12, "denoising_strength": denoise}
            fields["hires"] = second
        return fields

    def _seed(self) -> int:
        # ComfyUI draws from all 64 bits, the web UIs from 32.
        return self._dice.below(2**64 - 8) if self._dice.unit() < 0.1 else self._dice.below(2**32 - 8)

    def _quality(self, scene: Scene, checkpoint: str, fields: dict[str, Any]) -> float:
        quality: float = 3.1 - 0.18 * abs(fields["cfg_scale"] - 6.0) + 0.02 * (fields["steps"] - 28)
        quality += {"coastlineXL_v1": 0.7, "meadowReal_v2": 0.4, "emberMix_v3": -0.6}.get(checkpoint, 0.0)
        if scene.subject == "beach" and checkpoint.startswith("coastline"):
            quality += 0.6
        return quality + (self._dice.unit() - 0.5) * 1.2

    def _job(self, batch: Batch, index: int) -> dict[str, Any]:
        dice = self._dice
        job_id = f"run-{batch.number:08}-{index}"
        started = round(batch.started + index * batch.runtime, 3)
        path = f"output/run-{batch.number:08}/txt2img_{index:02}_{batch.first_seed + index}.png"
        digest = hashlib.sha256(job_id.encode()).hexdigest()
        stages = batch.fields["stage_sequence"]
        job: dict[str, Any] = {
            "kind": "job",
            "schema_version": 1,
            "job_id": job_id,
            "timestamp_start": started,
            "timestamp_end": round(started + batch.runtime, 3),
            "seed": batch.first_seed + index,
            "variant_index": 0,
            "variant_total": 1,
            "batch_index": index,
            "batch_total": BATCH,
            "output_dir": f"output/run-{batch.number:08}",
            "output_paths": [path],
            "total_runtime_sec": batch.runtime,
            "stage_runtimes": {stage: round(batch.runtime / len(stages), 3) for stage in stages},
            "stage": "txt2img",
            "learning_mode": "passive",
            "source_tool": "StableNew",
            "source_version": "2.6.0",
            "image_hash": digest,
            "raw": {"carrier": "png:parameters", "reader": "infotext"},
        } | batch.fields
        if dice.unit() < 0.4:
            job["user_rating"] = self._stars(batch)
        return job

    def _later_rating(self, batch: Batch, job: dict[str, Any]) -> dict[str, Any] | None:
        if "user_rating" in job or self._dice.unit() >= 1 / 3:
            return None
        rating = {"kind": "rating", "value": self._stars(batch), "score_source": "human"}
        return rating | _event(job["job_id"], "r")

    def _stars(self, batch: Batch) -> int:
        noise = self._dice.unit() + self._dice.unit() - 1
        return max(1, min(5, round(batch.quality + 1.6 * noise)))

    def _picks(self, batch: Batch, size: int) -> Iterator[dict[str, Any]]:
        if self._dice.unit() >= 0.1:
            return
        best = self._dice.below(size)
        for index in range(size):
            verdict = "selected" if index == best else "rejected"
            yield {"kind": "selection", "verdict": verdict} | _event(f"run-{batch.number:08}-{index}", "s")


def _event(job_id: str, letter: str) -> dict[str, Any]:
    return {"schema_version": 1, "event_id": f"{letter}-{job_id}", "job_id": job_id, "source": "whatworks"}
