"""What the operations of a draft make of a sidecar: JSON Patch (RFC 6902) on its content, other bytes untouched."""

from collections.abc import Sequence
from typing import Any

from learning_core.drafts.draft import Operation
from learning_core.errors import DraftRefused
from learning_core.profiles.document import content_of, new_document, rewritten


def patched(source: bytes | None, operations: Sequence[Operation]) -> bytes:
    """Return the sidecar after the operations; `source` is None where there is none yet.

    Raises DraftRefused when an operation does not fit (a `test` fails, a place is missing), Unreadable, OverLimit.
    """
    if source is None:
        return new_document(_applied(None, operations))
    return rewritten(source, _applied(content_of(source)[0], operations))


def _applied(content: dict[str, Any] | None, operations: Sequence[Operation]) -> dict[str, Any]:
    from jsonpatch import JsonPatch, JsonPatchException
    from jsonpointer import JsonPointerException

    patch = JsonPatch([operation.model_dump(mode="json") for operation in operations])
    try:
        found = patch.apply(content)
    except (JsonPatchException, JsonPointerException) as error:
        raise DraftRefused("its operations do not fit the sidecar as it is now") from error
    if not isinstance(found, dict):
        raise DraftRefused("it would leave no JSON object in the sidecar")
    return found
