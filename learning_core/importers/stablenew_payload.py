"""The sealed payload that StableNew puts into its images: unpacked within limits and checked by its hash."""

import base64
import binascii
import hashlib
import json
import zlib
from collections.abc import Mapping
from typing import Any

from learning_core.errors import OverLimit, Unreadable
from learning_core.importers.foreign_values import shown
from learning_core.limits import TEXT_CHUNK_BYTES
from learning_core.text.json_object import decode_object

PREFIX = "stablenew:"
PLAIN = "stablenew:payload"
PACKED = "stablenew:payload_gz_b64"
REVIEW = "stablenew_review"
_COMMENT_MARK = "SNMETA:"
_GZIP = 31


def stablenew_texts(texts: Mapping[str, str]) -> dict[str, str] | None:
    """Return StableNew's keys of an image with the public ones beside them, None when it carries none.

    A JPEG holds all of them as one JSON in its UserComment. Raises Unreadable when that is broken.
    """
    found = dict(texts)
    comment = texts.get("UserComment", "")
    if comment.startswith(_COMMENT_MARK):
        inner, _ = decode_object(_text(_base64(comment.removeprefix(_COMMENT_MARK))))
        found.update({key: value for key, value in inner.items() if isinstance(value, str)})
        if isinstance(inner.get(REVIEW), dict):
            found[REVIEW] = json.dumps(inner[REVIEW])
    if REVIEW not in found and not any(key.startswith(PREFIX) for key in found):
        return None
    if "parameters" not in found and "ImageDescription" in found:
        found["parameters"] = found["ImageDescription"]
    return found


def payload(texts: Mapping[str, str], remarks: list[str]) -> tuple[dict[str, Any], str, str]:
    """Return the payload, the key that held it and the SHA-256 of its bytes; all empty without one.

    Raises Unreadable when the hash beside it does not fit or it cannot be unpacked, OverLimit above limits.
    """
    if texts.get(PLAIN):
        key, data = PLAIN, texts[PLAIN].encode("utf-8")
    elif texts.get(PACKED):
        key, data = PACKED, _unzipped(_base64(texts[PACKED]))
    else:
        if texts.get("stablenew:payload_omitted") == "true":
            reason = shown(texts.get("stablenew:payload_reason", "no reason given"))
            remarks.append(f"the StableNew payload was left out by its writer ({reason})")
        return {}, "", ""
    if len(data) > TEXT_CHUNK_BYTES:
        raise OverLimit(f"StableNew payload longer than {TEXT_CHUNK_BYTES // 1024 // 1024} MB")
    content, found = decode_object(_text(data))
    remarks.extend(found)
    actual = hashlib.sha256(data).hexdigest()
    expected = texts.get("stablenew:payload_sha256", "").strip().lower()
    if expected and expected not in (actual, _canonical_hash(content)):
        raise Unreadable("corrupt: the StableNew payload does not fit its hash")
    return content, key, actual


def _canonical_hash(content: Mapping[str, Any]) -> str:
    # The hash is defined over sorted, compact JSON; a tool may have kept the content but not the bytes.
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable("corrupt: StableNew metadata is not UTF-8") from error


def _base64(text: str) -> bytes:
    if len(text) > 2 * TEXT_CHUNK_BYTES:
        raise OverLimit("StableNew metadata longer than we read")
    try:
        return base64.b64decode(text.strip().rstrip("\0"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unreadable("corrupt: StableNew metadata is not base64") from error


def _unzipped(packed: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=_GZIP)
    try:
        data = unpacker.decompress(packed, TEXT_CHUNK_BYTES + 1)
    except zlib.error as error:
        raise Unreadable("corrupt: the StableNew payload does not unpack") from error
    if len(data) <= TEXT_CHUNK_BYTES and not unpacker.eof:
        raise Unreadable("corrupt: the StableNew payload is cut off")
    return data
