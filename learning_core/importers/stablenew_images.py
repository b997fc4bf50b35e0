"""StableNew's images and the JSON files beside them: settings from payload, manifest or infotext; reviews."""

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from learning_core.errors import Unreadable
from learning_core.importers.foreign_values import distinct, first_text, mapping, real, text, texts, utc_seconds
from learning_core.importers.identity import digest, image_job_id
from learning_core.importers.reading import Reading, Skipped
from learning_core.importers.stablenew_payload import REVIEW, payload, stablenew_texts
from learning_core.importers.stablenew_ratings import SOURCE
from learning_core.importers.stablenew_records import READER
from learning_core.importers.stablenew_refinement import refinement
from learning_core.importers.stablenew_reviews import (
    portable_review,
    portable_review_id,
    portable_review_time,
    prompts_before,
    review_events,
)
from learning_core.importers.stablenew_settings import (
    actual_seed,
    loras_from_prompt,
    overlay,
    pipeline_stage,
    settings,
    stages,
)
from learning_core.limits import INFOTEXT_CHARACTERS
from learning_core.model.generation import RawReference
from learning_core.model.job_fields import JobFields
from learning_core.text import infotext
from learning_core.text.json_object import decode_object

if TYPE_CHECKING:
    from learning_core.importers.carriers import ImageFile

_INFOTEXT_KEYS = {
    "Steps": "steps", "Sampler": "sampler", "Schedule type": "scheduler", "Scheduler": "scheduler",
    "CFG scale": "cfg_scale", "Seed": "seed", "Model": "model", "VAE": "vae", "Clip skip": "clip_skip",
}  # fmt: skip
_REVIEW_SUFFIX = ".review.json"


def read(image: "ImageFile") -> Reading | Skipped | None:
    """Return what StableNew put into an image, None when it put nothing there.

    `generation` beats `stage_manifest.config`, which beats the infotext. A review becomes its judgements.
    Raises Unreadable when the metadata is corrupt.
    """
    found = stablenew_texts(image.texts)
    if found is None:
        return None
    fields = JobFields()
    content, key, sha256 = payload(found, fields.remarks)
    _add_payload(fields, content, found)
    overlay(fields, _infotext(found.get("parameters", ""), fields), "the infotext")
    if _has_its_generated_size(fields):
        fields.values.update(width=image.width, height=image.height)
    review = _embedded_review(found, fields)
    overlay(fields, settings(prompts_before(review), fields.remarks), "the review")
    _identify(fields, image_job_id(SOURCE, image.image_hash, fields.values))
    carrier = f"{image.format}:{key or (REVIEW if review else 'parameters')}"
    sha256 = sha256 or hashlib.sha256(found.get(REVIEW, found.get("parameters", "")).encode("utf-8")).hexdigest()
    fields.values.update(
        image_hash=image.image_hash,
        output_paths=[image.path],
        raw=RawReference(path=image.path, carrier=carrier, sha256=sha256, reader=READER),
    )
    return _with_review(_finished(fields), review)


def read_json_file(content: str, path: str) -> Reading | Skipped | None:
    """Return what a JSON file beside StableNew's images says: a manifest, a metadata dump or a review.

    None when the file is none of these. `path` is used as text only. Raises Unreadable for broken JSON.
    """
    document, remarks = decode_object(content.removeprefix("\ufeff"))
    fields = JobFields(remarks=list(remarks))
    sha256 = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
    fields.values["raw"] = RawReference(path=path, carrier="file", sha256=sha256, reader=READER)
    if (review := portable_review(document)) is not None:
        return _lone_review(review, fields, path)
    if {"payload", "status"} <= document.keys() or {"payload", "kv"} <= document.keys():
        if not mapping(document.get("payload")):
            return Skipped("the metadata dump holds no payload")
        known = {name: value for name, value in mapping(document.get("kv")).items() if isinstance(value, str)}
        _add_payload(fields, mapping(document.get("payload")), known)
        overlay(fields, _infotext(known.get("parameters", ""), fields), "the infotext")
    elif isinstance(document.get("config"), dict) and {"name", "stage", "path", "job_id"} & document.keys():
        _add_manifest_file(fields, document)
    else:
        return None
    _identify(fields, f"{SOURCE}:{digest('file', sha256)}")
    return _finished(fields)


def with_review_file(reading: Reading, content: str) -> Reading:
    """Return an image's reading with the review from its `.review.json` added; raises Unreadable.

    A review that the image itself carries has the same id and is not added twice.
    """
    document, remarks = decode_object(content.removeprefix("\ufeff"))
    review = portable_review(document)
    if review is None:
        raise Unreadable("not a StableNew review")
    return _with_review(replace(reading, remarks=(*reading.remarks, *remarks)), review)


def _add_payload(fields: JobFields, content: Mapping[str, Any], known: Mapping[str, str]) -> None:
    generation, manifest = mapping(content.get("generation")), mapping(content.get("stage_manifest"))
    stage = pipeline_stage(content.get("stage"), manifest.get("stage"), known.get("stablenew:stage"))
    _add_seed(fields, mapping(content.get("seeds")), manifest)
    overlay(fields, settings(generation, fields.remarks, stage), "generation")
    overlay(fields, settings(_config(manifest), fields.remarks, stage), "the stage manifest")
    overlay(fields, refinement(content, manifest), "the refinement")
    fields.values.update(
        stage=stage,
        stage_sequence=stages(content.get("stage_history")),
        run_id=first_text(content.get("run_id"), known.get("stablenew:run_id")),
        source_job_id=first_text(content.get("job_id"), known.get("stablenew:job_id")),
        source_image_name=text(manifest.get("name")),
        prompt_template=_template(fields, generation.get("original_prompt")),
        timestamp_end=utc_seconds(known.get("stablenew:created_utc")) or _local_time(manifest.get("timestamp"), fields),
    )


def _add_manifest_file(fields: JobFields, manifest: Mapping[str, Any]) -> None:
    stage = pipeline_stage(manifest.get("stage"))
    _add_seed(fields, mapping(manifest.get("seeds")), manifest)
    overlay(fields, settings(_config(manifest), fields.remarks, stage), "config")
    overlay(fields, refinement(manifest, mapping(manifest.get("config"))), "the refinement")
    prompts = {
        "prompt": manifest.get("final_prompt") or manifest.get("original_prompt"),
        "negative_prompt": manifest.get("final_negative_prompt") or manifest.get("original_negative_prompt"),
    }
    # The manifest's own prompts are what was sent; those in its config may still be the requested ones.
    for name, value in settings(prompts, fields.remarks).items():
        fields.values[name] = value
    duration = real(manifest.get("stage_duration_ms"))
    fields.values.update(
        stage=stage,
        stage_sequence=stages(manifest.get("stage_history")),
        run_id=text(manifest.get("run_id")),
        source_job_id=text(manifest.get("job_id")),
        source_image_name=text(manifest.get("name")),
        input_image=text(manifest.get("input_image")),
        prompt_template=_template(fields, manifest.get("original_prompt")),
        negative_template=None,
        timestamp_end=_local_time(manifest.get("timestamp"), fields),
        output_paths=texts([manifest.get("path")]) or None,
        total_runtime_sec=None if duration is None else duration / 1000,
    )


def _config(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the manifest's config, with the model and VAE that really ran in front of the requested ones."""
    config = dict(mapping(manifest.get("config")))
    for name, requested in (("model", "sd_model"), ("vae", "sd_vae")):
        config[name] = next(
            (value for value in (manifest.get(name), config.get(name), config.get(requested)) if _named(value)),
            None,
        )
    return config


def _named(value: object) -> bool:
    return isinstance(value, str) and value.strip().casefold() not in ("", "unknown", "none")


def _add_seed(fields: JobFields, seeds: Mapping[str, Any], manifest: Mapping[str, Any]) -> None:
    for value in (seeds.get("actual_seed"), manifest.get("actual_seed"), seeds.get("final_seed")):
        if (seed := actual_seed(value)) is not None:
            fields.values["seed"] = seed
            return


def _template(fields: JobFields, original: object) -> str | None:
    written = text(original)
    return None if written == fields.values.get("prompt_positive") else written


def _local_time(value: object, fields: JobFields) -> float | None:
    seconds = utc_seconds(value)
    if seconds is not None:
        fields.remarks.append("timestamp: local time of an unknown zone, read as UTC")
    return seconds


def _infotext(written: str, fields: JobFields) -> dict[str, Any]:
    if not written.strip() or len(written) > INFOTEXT_CHARACTERS:
        return {}
    parsed = infotext.parse(written)
    if not parsed.settings:
        return {}
    config: dict[str, Any] = {
        key: parsed.settings[name] for name, key in _INFOTEXT_KEYS.items() if name in parsed.settings
    }
    width, _, height = parsed.settings.get("Size", "").partition("x")
    config.update(width=width, height=height, prompt=parsed.prompt, negative_prompt=parsed.negative_prompt)
    fields.values["stage"] = fields.values.get("stage") or pipeline_stage(parsed.settings.get("Stage"))
    return settings(config, fields.remarks)


def _has_its_generated_size(fields: JobFields) -> bool:
    """Tell whether the picture's size can stand for an unknown one: nothing enlarged it afterwards."""
    known = fields.values.get("width") or fields.values.get("height") or fields.values.get("hires_enabled")
    return not known and fields.values.get("stage") == "txt2img"


def _embedded_review(found: Mapping[str, str], fields: JobFields) -> dict[str, Any]:
    written = found.get(REVIEW)
    if not written:
        return {}
    try:
        document, remarks = decode_object(written)
    except Unreadable as error:
        fields.remarks.append(f"{REVIEW}: {error.reason}")
        return {}
    fields.remarks.extend(remarks)
    return portable_review(document) or document


def _lone_review(review: Mapping[str, Any], fields: JobFields, path: str) -> Reading:
    overlay(fields, settings(prompts_before(review), fields.remarks), "the review")
    review_id = portable_review_id(review, digest("review", *sorted(map(repr, review.items()))))
    image_path = path.removesuffix(_REVIEW_SUFFIX)
    fields.values.update(job_id=f"{SOURCE}:{digest('review', review_id)}", output_paths=[image_path])
    return _with_review(_finished(fields), review)


def _identify(fields: JobFields, otherwise: str) -> None:
    """Set the job id: the producer's names of job, run, stage and image, alike in all carriers."""
    names = [fields.values.get(name) for name in ("source_job_id", "run_id", "stage", "source_image_name")]
    complete = names[3] is not None and (names[0] is not None or names[1] is not None)
    fields.values["job_id"] = f"{SOURCE}:{digest('image', *names)}" if complete else otherwise


def _finished(fields: JobFields) -> Reading:
    loras_from_prompt(fields)
    fields.values["source_tool"] = SOURCE
    job, remarks = fields.build()
    return Reading(job, (), tuple(distinct(remarks)))


def _with_review(reading: Reading, review: Mapping[str, Any]) -> Reading:
    if not review or reading.job is None:
        return reading
    remarks = list(reading.remarks)
    events = review_events(
        review,
        job_id=reading.job.job_id,
        review_id=portable_review_id(review, reading.job.job_id),
        recorded_at=portable_review_time(review),
        remarks=remarks,
    )
    known = {event.event_id for event in reading.judgements}
    added = tuple(event for event in events if event.event_id not in known)
    return Reading(reading.job, (*reading.judgements, *added), tuple(distinct(remarks)))
