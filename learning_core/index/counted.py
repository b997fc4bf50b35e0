"""The fields of a line that the index counts, read straight from its bytes.

A line that carries its true checksum was validated before it was written and is read once, by type; any other line is
validated field by field first. Both ways give the same fields, and only what the columns can hold.
"""

import json
from typing import Annotated, Any, Literal

import msgspec
import orjson

from learning_core.errors import Unreadable
from learning_core.limits import JOB_ID_CHARACTERS, PROMPT_CHARACTERS
from learning_core.log.events import SCHEMA_VERSION, decode
from learning_core.log.seal import line_checksum, true_checksum
from learning_core.model.quantities import LARGEST_RUNTIME, LARGEST_WHOLE

Identifier = Annotated[str, msgspec.Meta(min_length=1, max_length=JOB_ID_CHARACTERS)]
Prompt = Annotated[str, msgspec.Meta(max_length=PROMPT_CHARACTERS)]
Runtime = Annotated[float, msgspec.Meta(ge=0, le=LARGEST_RUNTIME)]
Stars = Annotated[int, msgspec.Meta(ge=1, le=5)]
Index = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_WHOLE)]
Whole = Annotated[int, msgspec.Meta(ge=-LARGEST_WHOLE, le=LARGEST_WHOLE)]
ABSENT = msgspec.Raw(b"")
_NOTHING = (b"", b"null")


class Counted(msgspec.Struct, gc=False):
    """The fields of jobs and events that the index keeps or answers show; `loras` and `experiment` are JSON."""

    job_id: Identifier
    kind: Literal[
        "job",
        "rating",
        "selection",
        "tags",
        "note",
        "feedback",
        "validation",
        "curation",
        "undo",
        "withdrawal",
        "plan",
    ] = "job"
    schema_version: int = SCHEMA_VERSION

    timestamp_start: float | None = None
    timestamp_end: float | None = None
    total_runtime_sec: Runtime | None = None
    prompt_positive: Prompt | None = None
    prompt_negative: Prompt | None = None
    seed: int | None = None
    model: str | None = None
    checkpoint_hash: str | None = None
    vae: str | None = None
    sampler: str | None = None
    scheduler: str | None = None
    steps: int | None = None
    cfg_scale: float | None = None
    width: int | None = None
    height: int | None = None
    denoising_strength: float | None = None
    hires_enabled: bool | None = None
    stage: str | None = None
    refinement_policy: str | None = None
    refinement_scale: float | str | None = None
    motion_status: str | None = None
    output_paths: list[str] | None = None
    source_tool: str | None = None
    loras: msgspec.Raw = ABSENT
    experiment: msgspec.Raw = ABSENT
    user_rating: Stars | None = None
    notes: str | None = None
    origin: str | None = None

    event_id: str = ""
    image_index: Index | None = None
    recorded_at: float | None = None
    rater: str | None = None
    subscores: dict[str, Whole] | None = None
    context_flags: dict[str, bool] | None = None
    value: Stars | None = None
    score_source: str = "human"
    verdict: Literal["selected", "rejected"] | None = None
    tags: list[str] = []
    removed: list[str] = []
    evidence_class: str = "observational"
    decision: str | None = None
    undone_event_id: Identifier | None = None
    withdrawn: bool | None = None
    action: str | None = None

    # Not counted, but shown: what a true checksum covers must be of the right type here as well.
    clip_skip: Whole | None = None
    distilled_cfg_scale: float | None = None
    source_version: str | None = None
    text: str | None = None
    derived_value: float | None = None
    soft_score: float | None = None


_NEEDED = {
    "rating": "value",
    "selection": "verdict",
    "note": "text",
    "feedback": "text",
    "curation": "decision",
    "undo": "undone_event_id",
    "withdrawal": "withdrawn",
    "plan": "action",
}
_DECODER = msgspec.json.Decoder(Counted)


def read(line: bytes | None) -> tuple[Counted | None, tuple[str, ...], int]:
    """Return the fields of a line (without newline), None for a blank one, remarks, and `line_checksum` of the line.

    None stands for a line that was longer than the limit. Raises Unreadable.
    """
    if line is None:
        raise Unreadable("longer than the limit")
    checksum = true_checksum(line)
    if checksum is not None:
        try:
            fields = _DECODER.decode(line)
        except (msgspec.DecodeError, RecursionError):
            return *_slowly(line), checksum
        if fields.schema_version == SCHEMA_VERSION and (fields.kind == "job" or _is_complete(fields)):
            return fields, (), checksum
    return *_slowly(line), line_checksum(line)


def _slowly(line: bytes) -> tuple[Counted | None, tuple[str, ...]]:
    event = decode(line)
    if event is None:
        return None, ()
    try:
        fields = _DECODER.decode(_encoded(event.content))
    except msgspec.DecodeError as error:
        raise Unreadable("fields of the wrong types under a true checksum") from error
    if not _is_complete(fields):
        raise Unreadable("fields are missing under a true checksum")
    return fields, event.remarks


def _is_complete(fields: Counted) -> bool:
    if fields.kind == "job":
        return True
    needed = _NEEDED.get(fields.kind)
    return bool(fields.event_id) and (needed is None or getattr(fields, needed) is not None)


def _encoded(content: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(content)
    except TypeError:
        # orjson stops at integers of 64 bits; a seed may be larger.
        return json.dumps(content).encode()


def is_present(raw: msgspec.Raw) -> bool:
    """Tell whether a field that was kept as JSON holds a value."""
    return raw is not ABSENT and bytes(raw) not in _NOTHING


def content_of(raw: msgspec.Raw) -> Any:
    """Return the value of a field that was kept as JSON, None for an absent one."""
    return orjson.loads(bytes(raw)) if is_present(raw) else None
