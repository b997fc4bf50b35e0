"""Ids of imported jobs and events: derived from content, so that importing twice changes nothing."""

import hashlib
from typing import Any

import orjson

IDENTIFYING = (
    "prompt_positive", "prompt_negative", "model", "checkpoint_hash", "sampler", "scheduler",
    "steps", "cfg_scale", "seed", "width", "height",
)  # fmt: skip


def digest(*parts: object) -> str:
    """Return 24 hex digits of SHA-256 over the parts, each written as JSON text."""
    text = orjson.dumps([part if isinstance(part, str) else repr(part) for part in parts])
    return hashlib.sha256(text).hexdigest()[:24]


def image_job_id(tool: str, image_hash: str, fields: dict[str, Any]) -> str:
    """Return the id of the job that made an image.

    Built from the picture's own bytes and the settings, never from path or name; the settings are part of it
    because different jobs can give the same picture (a safety filter's black square).
    """
    return f"{tool}:{digest(image_hash, *(fields.get(name) for name in IDENTIFYING))}"


def event_id(source: str, *natural_key: object) -> str:
    """Return the id of an imported judgement, from its source and its key there."""
    return f"{source}:{digest(*natural_key)}"
