"""From a line of a log to an event, and back: one decoder for every path that reads a log.

A line that carries its true checksum was validated by whatworks before it was written and is taken as it stands;
any other line is validated field by field. Both ways give the same event.
"""

import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from learning_core.errors import Unreadable
from learning_core.log.seal import seal, seal_state
from learning_core.model.kinds import KINDS

if TYPE_CHECKING:
    from learning_core.model.job import JobRecord
    from learning_core.model.judgement import AnyJudgement

SCHEMA_VERSION = 1
_BLANK = b" \t\r\0"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Event(NamedTuple):
    """A decoded line: `content` holds only fields of the right type; `remarks` names those that were not."""

    kind: str
    content: dict[str, Any]
    remarks: tuple[str, ...] = ()


def event_line(event: "JobRecord | AnyJudgement") -> bytes:
    """Return an event as a sealed line; raises RecordNotWritable."""
    return seal(event.content())


def decode(line: bytes) -> Event | None:
    """Return the event in a line (without newline), None for a blank one; raises Unreadable with the reason."""
    line = line.strip(_BLANK)
    if not line:
        return None
    state = seal_state(line)
    if state is False:
        raise Unreadable("the checksum does not fit: bytes were lost or changed")
    if state is None:
        return _validated(line)
    content = _own(line)
    if content.get("schema_version", 1) != SCHEMA_VERSION:
        raise Unreadable("written by a newer whatworks; update to read it", field="schema_version")
    del content["crc32"]
    return Event(content["kind"], content)


def _own(line: bytes) -> dict[str, Any]:
    try:
        content = _loaded(line)
    except (ValueError, RecursionError) as error:
        raise Unreadable("not JSON, although its checksum fits") from error
    kind = content.get("kind")
    is_named = isinstance(content.get("job_id"), str) and (kind == "job" or isinstance(content.get("event_id"), str))
    if is_named and isinstance(kind, str) and kind in KINDS:
        return content
    raise Unreadable("no event of whatworks, although its checksum fits")


def _loaded(line: bytes) -> dict[str, Any]:
    try:
        content: dict[str, Any] = orjson.loads(line)
    except orjson.JSONDecodeError:
        # Not even a float can hold an integer of more than some 300 digits.
        content = json.loads(line)
    # orjson makes floats of integers beyond 64 bits; seeds stay exact.
    return json.loads(line) if isinstance(content.get("seed"), float) else content


def _text(line: bytes) -> str:
    try:
        return line.removeprefix(_BYTE_ORDER_MARK).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable(f"not UTF-8 (byte {error.start})") from error


def _validated(line: bytes) -> Event:
    # Imported here, as below: what reads lines of other programs takes longer to load than an answer takes.
    from learning_core.text.json_object import decode_object

    content, remarks = decode_object(_text(line))
    version = content.get("schema_version", SCHEMA_VERSION)
    if version != SCHEMA_VERSION:
        raise Unreadable("needs a newer whatworks", field="schema_version")
    kind = content.get("kind", "job")
    if kind == "job":
        return _job(content, remarks)
    from learning_core.model.judgement_fields import judgement_of

    judgement, more = judgement_of(content)
    return Event(judgement.kind, judgement.content(), (*remarks, *more))


def _job(content: dict[str, Any], remarks: tuple[str, ...]) -> Event:
    from pydantic import ValidationError

    from learning_core.model.job_fields import JobFields

    try:
        job, remarks = JobFields(content).build(remarks)
    except ValidationError as error:
        raise Unreadable("missing or not a text", field="job_id") from error
    return Event("job", job.content(), remarks)


def line_hash(line: bytes) -> str:
    """Return 16 hex digits of SHA-256 of a line, to name a refused one."""
    return hashlib.sha256(line).hexdigest()[:16]
