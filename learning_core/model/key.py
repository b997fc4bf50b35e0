"""The numbers that stand for ids and texts in the index and in references, apart from the slow records."""

import hashlib


def key_of(text: str) -> int:
    """Return the 64-bit number that stands for an id or a text in the index: the first bytes of its SHA-256."""
    return int.from_bytes(key_bytes(text), "big")


def key_bytes(text: str) -> bytes:
    """Return the number that stands for a text as 8 bytes, the highest first."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8]


def job_key(job_id: str) -> str:
    """Return the 16 hex digits that stand for a job in references."""
    return f"{key_of(job_id):016x}"
