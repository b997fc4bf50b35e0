"""From a job's fields to what the index counts: canonical values, prompt words, numbers."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson
from msgspec import Struct

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


class Value(Struct, frozen=True):
    """A value as counted: `same` is the key under which spellings fall together, `display` one spelling."""

    same: str
    display: str


Values = tuple[Value | None, ...]


class Source(Struct, frozen=True):
    """Which fields of a job decide which columns; `read` takes the fields' values and gives the columns'."""

    columns: tuple[str, ...]
    fields: tuple[str, ...]
    read: Callable[..., Values]


def values_of(job: Mapping[str, Any], sources: Sequence[Source] | None = None) -> dict[str, Value]:
    """Return the named columns of a job that are known: of some sources, or of all."""
    return {
        column: value
        for source in sources or SOURCES
        for column, value in zip(source.columns, source.read(*map(job.get, source.fields)), strict=True)
        if value is not None
    }


@lru_cache(maxsize=4_096)
def _checkpoint(model: str | None, digest: str | None) -> Values:
    name = None if model is None else _stem(model)
    if name is not None:
        return (name,)
    return (Value(f"[{digest.casefold()}]", f"[{digest}]") if digest else None,)


def _vae(name: str | None) -> Values:
    return _checkpoint(name, None)


@lru_cache(maxsize=4_096)
def _solver(sampler: str | None, scheduler: str | None) -> Values:
    pair = names.sampler_and_scheduler(sampler, scheduler)
    return tuple(None if name is None else Value(names.same_name(name), name) for name in pair)


@lru_cache(maxsize=4_096)
def _number(value: float | None) -> Values:
    if value is None:
        return (None,)
    text = names.number_text(value)
    return (Value(text, text),)


def _steps(value: float | None) -> Values:
    """0 and -1 steps are how producers write that they do not know."""
    return _number(None if value is None or value <= 0 else value)


@lru_cache(maxsize=4_096)
def _text(value: str | None) -> Values:
    return (Value(names.same_name(value), value) if value else None,)


def _experiment(content: Mapping[str, Any] | None) -> Values:
    said = content or {}
    return _text(said.get("experiment_id")) + _text(said.get("focus_parameter"))


def _refinement(policy: str | None, scale: float | str | None) -> Values:
    """What refined an image and by how much are one value: one without the other is another context."""
    if not policy:
        return (None,)
    shown = policy if scale is None else f"{policy} {scale if isinstance(scale, str) else names.number_text(scale)}"
    return (Value(names.same_name(shown), shown),)


@lru_cache(maxsize=4_096)
def _size(width: int | None, height: int | None) -> Values:
    if not width or not height or width < 0 or height < 0:
        return (None,)
    return (Value(f"{width}x{height}", f"{width}x{height}"),)


@lru_cache(maxsize=4)
def _hires(enabled: bool | None) -> Values:  # noqa: FBT001  the field's own value
    if enabled is None:
        return (None,)
    return (Value("on", "on") if enabled else Value("off", "off"),)


@lru_cache(maxsize=65_536)
def _stem(raw: str) -> Value | None:
    name = names.file_stem(raw)
    return None if name is None else Value(names.same_name(name), name)


_weight = lru_cache(maxsize=4_096)(names.number)


def _lora_set(loras: Sequence[Mapping[str, Any]] | None, prompt: str | None) -> Values:
    if loras is None:
        if prompt is None:
            return (None,)
        if "<l" not in prompt:
            return (Value(NO_LORA, NO_LORA),)
        loras = [use.model_dump() for use in lora_uses(prompt)]
    members: dict[str, tuple[str, float | None]] = {}
    for use in loras:
        name = _stem(use["name"])
        if name is not None:
            weight = use.get("weight")
            members[name.same] = (name.display, None if weight is None else _weight(weight))
    ordered = sorted(members.items())
    same = orjson.dumps([(key, weight) for key, (_, weight) in ordered]).decode()
    display = orjson.dumps([member for _, member in ordered]).decode()
    return (Value(same, display),)


SOURCES = (
    Source(("checkpoint",), ("model", "checkpoint_hash"), _checkpoint),
    Source(("lora_set",), ("loras", "prompt_positive"), _lora_set),
    Source(("vae",), ("vae",), _vae),
    Source(("sampler", "scheduler"), ("sampler", "scheduler"), _solver),
    Source(("steps",), ("steps",), _steps),
    Source(("cfg_scale",), ("cfg_scale",), _number),
    Source(("size",), ("width", "height"), _size),
    Source(("denoising_strength",), ("denoising_strength",), _number),
    Source(("hires_fix",), ("hires_enabled",), _hires),
    Source(("stage",), ("stage",), _text),
    Source(("refinement",), ("refinement_policy", "refinement_scale"), _refinement),
    Source(("motion",), ("motion_status",), _text),
    Source(("source",), ("source_tool",), _text),
    Source(("experiment", "focus_parameter"), ("experiment",), _experiment),
)
"""What each named column is read from."""


_NETWORK = re.compile(r"(?<!\\)<\w+:[^<>]*>")
_SYNTAX = re.compile(r"[()\[\]{}<>|:\\\r\n，、]")
_SYNTAX_WORDS = ("__", "$$", "AND", "BREAK")


@lru_cache(maxsize=65_536)
def _tag(text: str) -> tuple[str, str]:
    """Return the key under which a tag of a prompt counts once, and its words."""
    return " ".join(text.split()).casefold(), " ".join(words(text))


def prompt_terms(prompt: str) -> str:
    """Return the words of a prompt for the word index, tags parted by a comma of their own; empty without words.

    Networks are taken out before anything else is read, as the programs do that apply them.
    """
    return _plain_terms(_NETWORK.sub(" ", prompt) if "<" in prompt else prompt)


@lru_cache(maxsize=4_096)
def _plain_terms(plain: str) -> str:
    # Most prompts are tags between commas and nothing else; what steers the picture needs the whole grammar.
    is_steered = _SYNTAX.search(plain) or any(word in plain for word in _SYNTAX_WORDS)
    tags = topics(plain) if is_steered else plain.split(",")
    found: dict[str, str] = {}
    for key, text in map(_tag, tags):
        found.setdefault(key, text)
    return f" {TAG_BREAK} ".join(filter(None, found.values()))


def content_hash(job: Mapping[str, Any]) -> bytes:
    """Return 8 bytes that tell whether two lines with one job id say the same."""
    kept = {name: value for name, value in job.items() if name not in NOT_CONTENT}
    try:
        text = orjson.dumps(kept, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        text = repr(sorted(kept.items())).encode("utf-8", "surrogatepass")
    return hashlib.sha256(text).digest()[:8]
