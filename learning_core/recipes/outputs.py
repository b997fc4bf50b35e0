"""Finished images of a plan: their place in the library, and their records in the log, each exactly once."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from learning_core.errors import TargetRefused, Unreadable
from learning_core.importers.carriers import HEAD_BYTES, ImageFile, format_of, read_image
from learning_core.importers.identity import image_job_id
from learning_core.importers.reading import Reading
from learning_core.importers.recognise import IMAGE_READERS
from learning_core.library import Library
from learning_core.model.job import JobRecord
from learning_core.model.key import job_key
from learning_core.new_file import new_file
from learning_core.plans.attribution import PlanSteps, attribute, experiment_of
from learning_core.plans.folder import PlanFolder
from learning_core.plans.learning_plan import LearningPlan, LearningRunStep

IMAGES = "images"
ENDINGS = {"png": ".png", "jpeg": ".jpg", "webp": ".webp", "avif": ".avif", "gif": ".gif"}
HASH_DIGITS = 12


class Kept(Struct, frozen=True):
    """An image that is in the library: its record, and why it does not count for its step, empty when it does."""

    path: Path
    ref: str
    remark: str = ""


class Ran(Struct, frozen=True):
    """When an image was made, epoch seconds, None where nobody knows."""

    started: float | None = None
    ended: float | None = None


def finished_steps(library: Library, plan: LearningPlan) -> set[str]:
    """Return the ids of the steps that have an image in the library, wherever it was made. Raises IndexUnavailable."""
    return set(library.ask(lambda snapshot: attribute(snapshot, plan)).images)


def keep_output(library: Library, plan: LearningPlan, step: LearningRunStep, content: bytes, ran: Ran) -> Kept:
    """Write a step's image into the library's own folder and log its record, durably.

    The image's own texts say what it was made with: where they contradict the plan, the record stays, and the remark
    says that it does not count. Raises Unreadable for what is no image, TargetRefused, LogError.
    """
    form = format_of(content[:HEAD_BYTES])
    if form is None:
        raise Unreadable("what came back is no image")
    name = f"{step.step_id}-{hashlib.sha256(content).hexdigest()[:HASH_DIGITS]}{ENDINGS[form]}"
    path = _folder(library, plan) / name
    if not path.exists():
        with new_file(path) as file:
            file.write(content)
    return _log(library, plan, step, path, ran)


def adopt_outputs(library: Library, plan: LearningPlan, steps: Iterable[LearningRunStep]) -> list[Kept]:
    """Log what a run wrote into the folder of images before it was ended, but not yet into the log."""
    return [
        _log(library, plan, step, path, Ran())
        for step in steps
        for path in _written(_folder(library, plan), step)
    ]  # fmt: skip


def has_run(library: Library, plan: LearningPlan) -> bool:
    """Tell whether a run made an image of the plan here before; images that came by import are no run."""
    return any((PlanFolder(library.root).folder(plan.plan_id) / IMAGES).glob("*"))


def _folder(library: Library, plan: LearningPlan) -> Path:
    folder = PlanFolder(library.root).folder(plan.plan_id) / IMAGES
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise TargetRefused(folder, error.strerror or str(error)) from error
    return folder


def _written(folder: Path, step: LearningRunStep) -> Iterator[Path]:
    for path in sorted(folder.glob(f"{step.step_id}-*")):
        if path.suffix in ENDINGS.values() and path.is_file():
            yield path


def _log(library: Library, plan: LearningPlan, step: LearningRunStep, path: Path, ran: Ran) -> Kept:
    image = read_image(path)
    job, remark = _record(plan, step, image, ran)
    if not library.ask(lambda snapshot: snapshot.known_job(job.job_id)):
        library.append([job], durable=True)
    return Kept(path, f"rec:{job_key(job.job_id)}", remark)


def _record(plan: LearningPlan, step: LearningRunStep, image: ImageFile, ran: Ran) -> tuple[JobRecord, str]:
    reading = next((found for _, read in IMAGE_READERS if isinstance(found := read(image), Reading)), None)
    ids = {"plan_id": plan.plan_id, "step_id": step.step_id, "learning_mode": "active", **_times(ran)}
    if reading is None or reading.job is None:
        return _as_asked(plan, step, image, ids), "the image does not say what it was made with"
    known = {name: value for name, value in reading.job.content().items() if not ran.ended or name != _FILE_TIME}
    return PlanSteps([plan]).stamped(JobRecord.model_validate(known | ids))


_FILE_TIME = "timestamp_source"


def _times(ran: Ran) -> dict[str, Any]:
    if ran.started is None or ran.ended is None:
        return {}
    seconds = round(max(0.0, ran.ended - ran.started), 3)
    return {"timestamp_start": ran.started, "timestamp_end": ran.ended, "total_runtime_sec": seconds}


def _as_asked(plan: LearningPlan, step: LearningRunStep, image: ImageFile, ids: dict[str, Any]) -> JobRecord:
    """Return the record of an image without texts: what was asked for, never as controlled evidence."""
    config = step.config_for_step
    main = config.stage(step.stage_sequence[0])
    fields = {
        "prompt_positive": config.prompt,
        "prompt_negative": config.negative_prompt,
        "model": config.checkpoint,
        "vae": config.vae,
        "sampler": main.sampler,
        "scheduler": main.scheduler,
        "steps": main.steps,
        "cfg_scale": main.cfg_scale,
        "denoising_strength": main.denoising_strength,
        "seed": config.seed,
        "width": config.width,
        "height": config.height,
        "clip_skip": config.clip_skip,
        "loras": [lora.model_dump() for lora in config.loras] or None,
        "stage": step.stage_sequence[0],
    }
    known = {name: value for name, value in fields.items() if value is not None}
    return JobRecord.model_validate({
        **known, **ids,
        "job_id": image_job_id("whatworks", image.image_hash, known),
        "image_hash": image.image_hash,
        "output_paths": [image.path],
        "experiment": experiment_of(plan, step).model_copy(update={"evidence": "unproven"}),
    })  # fmt: skip
