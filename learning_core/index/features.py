"""From a job's fields to what the index counts: canonical values, prompt words, numbers."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from learning_core.text import names
from learning_core.text.keywords import words
from learning_core.text.prompt import lora_uses, topics

NOT_CONTENT = frozenset(
    {
        "raw", "origin", "output_paths", "output_dir", "user_rating", "notes", "timestamp_start", "timestamp_end",
        "timestamp_source", "schema_version", "source_version",
    }
)  # fmt: skip
"""Fields in which two lines of one job may differ without being two different jobs."""

TAG_BREAK = ","
NO_LORA = "[]"


@dataclass(frozen=True, slots=True)
class Value:
    """A value as counted: `same` is the key under which spellings fall together, `display` one spelling."""

    same: str
    display: str


@lru_cache(maxsize=65_536)
def _named(raw: str) -> Value | None:
    name = names.file_stem(raw)
    return None if name is None else Value(names.same_name(name), name)


@lru_cache(maxsize=4_096)
def _solver(sampler: str | None, scheduler: str | None) -> tuple[Value | None, Value | None]:
    pair = names.sampler_and_scheduler(sampler, scheduler)
    first, second = (None if name is None else Value(names.same_name(name), name) for name in pair)
    return first, second


@lru_cache(maxsize=65_536)
def _number(value: float | None) -> Value | None:
    if value is None:
        return None
    text = names.number_text(value)
    return Value(text, text)


def _positive(value: float | None) -> Value | None:
    """0 and -1 steps are how producers write that they do not know."""
    return None if value is None or value <= 0 else _number(value)


@lru_cache(maxsize=65_536)
def _text(value: str | None) -> Value | None:
    if not value:
        return None
    return Value(names.same_name(value), value)


def values_of(job: Mapping[str, Any]) -> dict[str, Value]:
    """Return the named columns of a job that are known."""
    get = job.get
    sampler, scheduler = _solver(get("sampler"), get("scheduler"))
    experiment = get("experiment") or {}
    found = {
        "checkpoint": _checkpoint(job),
        "lora_set": _lora_set(job),
        "vae": _named(get("vae")) if get("vae") else None,
        "sampler": sampler,
        "scheduler": scheduler,
        "steps": _positive(get("steps")),
        "cfg_scale": _number(get("cfg_scale")),
        "size": _size(get("width"), get("height")),
        "denoising_strength": _number(get("denoising_strength")),
        "hires_fix": _hires(job),
        "stage": _text(get("stage")),
        "source": _text(get("source_tool")),
        "experiment": _text(experiment.get("experiment_id")),
        "focus_parameter": _text(experiment.get("focus_parameter")),
    }
    return {field: value for field, value in found.items() if value is not None}


def _checkpoint(job: Mapping[str, Any]) -> Value | None:
    model = job.get("model")
    if model is not None and (named := _named(model)) is not None:
        return named
    digest = job.get("checkpoint_hash")
    return Value(f"[{digest.casefold()}]", f"[{digest}]") if digest else None


def _size(width: int | None, height: int | None) -> Value | None:
    if not width or not height or width < 0 or height < 0:
        return None
    return Value(f"{width}x{height}", f"{width}x{height}")


def _hires(job: Mapping[str, Any]) -> Value | None:
    enabled = job.get("hires_enabled")
    if enabled is None:
        return None
    return Value("on", "on") if enabled else Value("off", "off")


def _lora_set(job: Mapping[str, Any]) -> Value | None:
    loras = job.get("loras")
    if loras is None:
        prompt = job.get("prompt_positive")
        if prompt is None:
            return None
        if "<l" not in prompt:
            return Value(NO_LORA, NO_LORA)
        loras = [use.model_dump() for use in lora_uses(prompt)]
    members: dict[str, tuple[str, float | None]] = {}
    for use in loras:
        name = names.file_stem(use["name"])
        if name is not None:
            weight = use.get("weight")
            members[names.same_name(name)] = (name, None if weight is None else names.number(weight))
    same = orjson.dumps([[key, weight] for key, (_, weight) in sorted(members.items())]).decode()
    display = orjson.dumps([list(member) for _, member in sorted(members.items())]).decode()
    return Value(same, display)


_NETWORK = re.compile(r"<\w+:[^<>]*>")
_SYNTAX = re.compile(r"[()\[\]{}<>|:\\\r\n，、]|__|\$\$|AND|BREAK")


@lru_cache(maxsize=65_536)
def _tag(text: str) -> tuple[str, str]:
    """Return the key under which a tag of a prompt counts once, and its words."""
    return " ".join(text.split()).casefold(), " ".join(words(text))


def prompt_terms(prompt: str) -> str:
    """Return the words of a prompt for the word index, tags parted by a comma of their own; empty without words."""
    plain = _NETWORK.sub(" ", prompt) if "<" in prompt and "\\" not in prompt else prompt
    # Most prompts are tags between commas and nothing else; what steers the picture needs the whole grammar.
    tags = topics(prompt) if _SYNTAX.search(plain) else plain.split(",")
    found: dict[str, str] = {}
    for tag in tags:
        key, text = _tag(tag)
        if key not in found:
            found[key] = text
    return f" {TAG_BREAK} ".join(filter(None, found.values()))


def content_hash(job: Mapping[str, Any]) -> bytes:
    """Return 8 bytes that tell whether two lines with one job id say the same."""
    kept = {name: value for name, value in job.items() if name not in NOT_CONTENT}
    try:
        text = orjson.dumps(kept, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        text = repr(sorted(kept.items())).encode("utf-8", "surrogatepass")
    return hashlib.sha256(text).digest()[:8]
