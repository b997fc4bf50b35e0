"""An infotext's settings as the fields of a job."""

import re
from typing import Any, TypeVar

from learning_core.importers.foreign_values import real, shown, text, utc_seconds, whole
from learning_core.importers.infotext_loras import applied_loras, civitai_resources
from learning_core.importers.infotext_tools import tool_of
from learning_core.model.generation import HiresFix, Refiner
from learning_core.model.job_fields import JobFields
from learning_core.text.infotext import Infotext

_Value = TypeVar("_Value")
_SIZE = re.compile(r"(\d{1,6}) ?[x×] ?(\d{1,6})")
_NOTHING = frozenset({"", "none", "unknown", "undefined"})
_LIKE_FIRST = "use same "
_HIRES = ("Hires upscale", "Hires scale", "Hires upscaler", "Hires steps", "Hires resize", "Hires size")
# These write every pass and every clip skip but the usual one, so silence says that there was none.
_SILENCE_TELLS = frozenset({"a1111", "forge", "reforge", "sdnext"})
_NO_CLIP_SKIP = 1
_DEFAULT_DENOISE_ALWAYS_WRITTEN = "comfyui"


def job_fields(infotext: Infotext, software: str = "") -> JobFields:
    """Return the fields that an infotext tells; what it leaves open is absent, values stay as written.

    A text without settings gives its prompt only. `software` is the image's Software field.
    """
    fields = JobFields(remarks=list(infotext.remarks))
    if not infotext.settings:
        fields.values["prompt_positive"] = infotext.prompt or None
        return fields
    settings = _Settings(infotext, fields)
    tool, version = tool_of(infotext, software)
    fields.values |= {
        "prompt_positive": infotext.prompt,
        "prompt_negative": infotext.negative_prompt,
        "prompt_template": infotext.template,
        "negative_template": infotext.negative_template,
        "raw_prompt": settings.text("Raw prompt"),
        "source_tool": tool,
        "source_version": version,
        "loras": applied_loras(infotext),
        "timestamp_end": utc_seconds(infotext.setting("Created Date")),
    }
    fields.values |= _sampling(settings, tool) | _checkpoint(settings) | _passes(settings, tool)
    return fields


class _Settings:
    """Settings with their values read; one that is not usable is remarked and unknown."""

    def __init__(self, infotext: Infotext, fields: JobFields) -> None:
        self.infotext = infotext
        self._fields = fields

    def has(self, *names: str) -> bool:
        return self.infotext.setting(*names) is not None

    def text(self, *names: str) -> str | None:
        value = text(self.infotext.setting(*names))
        if value is None or value.casefold() in _NOTHING or value.casefold().startswith(_LIKE_FIRST):
            return None
        return value

    def real(self, *names: str) -> float | None:
        written = self.text(*names)
        return self._remarked(names[0], written, real(written))

    def whole(self, *names: str, least: int = 1) -> int | None:
        written = self.text(*names)
        value = self._remarked(names[0], written, whole(written))
        return value if value is not None and value >= least else None

    def size(self, *names: str) -> tuple[int | None, int | None]:
        written = self.text(*names)
        found = self._remarked(names[0], written, _SIZE.fullmatch(written) if written else None)
        if found is None:
            return None, None
        return int(found[1]) or None, int(found[2]) or None

    def _remarked(self, name: str, written: str | None, value: _Value | None) -> _Value | None:
        if written is not None and value is None:
            self._fields.remarks.append(f"{name}: {shown(written)!r} is not usable, treated as unknown")
        return value


def _sampling(settings: _Settings, tool: str) -> dict[str, Any]:
    width, height = settings.size("Size")
    clip_skip = settings.whole("Clip skip")
    if clip_skip is None and tool in _SILENCE_TELLS:
        clip_skip = _NO_CLIP_SKIP
    return {
        "sampler": settings.text("Sampler"),
        "scheduler": _scheduler(settings, tool),
        "steps": settings.whole("Steps"),
        "cfg_scale": settings.real("CFG scale"),
        "distilled_cfg_scale": settings.real("Distilled CFG Scale"),
        "seed": settings.whole("Seed", least=0),
        "width": width,
        "height": height,
        "clip_skip": clip_skip,
        "denoising_strength": settings.real("Denoising strength"),
        "batch_index": settings.whole("Batch pos", least=0),
        "batch_total": settings.whole("Batch size"),
    }


def _scheduler(settings: _Settings, tool: str) -> str | None:
    written = settings.text("Schedule type", "Scheduler")
    # SD.Next names the sampler's class there, which says nothing of the noise schedule.
    return None if tool == "sdnext" and written and written.endswith("Scheduler") else written


def _checkpoint(settings: _Settings) -> dict[str, Any]:
    model, version = settings.text("Model"), None
    if model is None:
        named = [entry for entry in civitai_resources(settings.infotext) if entry["type"] == "checkpoint"]
        if named:
            model = text(named[0].get("modelName"))
            version = text(named[0].get("modelVersionName")) or text(named[0].get("versionName"))
    model_hash = settings.text("Model hash")
    return {
        "model": model,
        "model_version": version,
        "checkpoint_hash": model_hash.lower() if model_hash else None,
        "vae": settings.text("VAE"),
    }


def _passes(settings: _Settings, tool: str) -> dict[str, Any]:
    silence = False if tool in _SILENCE_TELLS else None
    hires = _hires(settings)
    refiner = _refiner(settings)
    adetailer = settings.text("ADetailer model") is not None
    upscale = settings.real("Postprocess upscale by")
    stages = _stages(settings, tool, hires=hires is not None, adetailer=adetailer)
    return {
        "hires": hires,
        "hires_enabled": True if hires else silence,
        "hires_scale": hires.scale if hires else None,
        "hires_denoise": hires.denoising_strength if hires else None,
        "refiner": refiner,
        "refiner_enabled": True if refiner else silence,
        "adetailer_enabled": True if adetailer else silence,
        "upscale_enabled": True if upscale is not None else None,
        "upscale_scale": upscale,
        "stage": stages[0] if stages else None,
        "stage_sequence": stages or None,
    }


def _hires(settings: _Settings) -> HiresFix | None:
    if not settings.has(*_HIRES):
        return None
    width, height = settings.size("Hires resize", "Hires size")
    return HiresFix(
        upscaler=settings.text("Hires upscaler"),
        scale=settings.real("Hires upscale", "Hires scale"),
        steps=settings.whole("Hires steps"),
        denoising_strength=settings.real("Hires strength", "Denoising strength"),
        cfg_scale=settings.real("Hires CFG Scale"),
        sampler=settings.text("Hires sampler"),
        scheduler=settings.text("Hires schedule type"),
        checkpoint=settings.text("Hires checkpoint"),
        width=width,
        height=height,
    )


def _refiner(settings: _Settings) -> Refiner | None:
    checkpoint = settings.text("Refiner")
    if checkpoint is None:
        return None
    return Refiner(
        checkpoint=checkpoint,
        switch_at=settings.real("Refiner switch at", "Refiner switch", "Refiner start"),
        steps=settings.whole("Refiner steps"),
    )


def _stages(settings: _Settings, tool: str, *, hires: bool, adetailer: bool) -> list[str]:
    operations = [part.strip() for part in (settings.text("Operations") or "").split(";") if part.strip()]
    if operations:
        return operations
    stage = settings.text("Stage")
    if stage is None:
        if tool == _DEFAULT_DENOISE_ALWAYS_WRITTEN:
            return []
        stage = "img2img" if settings.has("Denoising strength") and not hires else "txt2img"
    return [stage, *(["hires"] if hires else []), *(["adetailer"] if adetailer else [])]
