"""Making a draft of what a sidecar is to hold: operations, differences and hashes, all within the ranges."""

from collections.abc import Mapping, Sequence
from typing import Any

from learning_core.drafts.differences import changed_fields, operations_between, unified
from learning_core.drafts.draft import Author, Change, Content, Draft, Evidence, Operation, Request, canonical, digest
from learning_core.drafts.patch import patched
from learning_core.drafts.targets import Base
from learning_core.errors import DraftDamaged, DraftRefused
from learning_core.limits import REASON_CHARACTERS, SIDECAR_BYTES
from learning_core.profiles.check import Problem, check_profile
from learning_core.profiles.document import content_of
from learning_core.profiles.fields import check_change, check_new
from learning_core.profiles.profile import Kind

_PROBLEMS_SHOWN = 5


def make_draft(
    base: Base,
    after: Mapping[str, Any],
    *,
    reason: str,
    evidence: Evidence,
    request: Request,
    author: Author,
    at: float,
) -> Draft:
    """Return the draft that makes `after` of a sidecar; `at` is epoch seconds.

    Raises DraftRefused when nothing changes, a field may not be changed or a value is out of range.
    """
    target = base.target
    operations = [each for each in operations_between(base.content, after) if not _is_no_change(each)]
    if all(each.op == "test" for each in operations):
        raise DraftRefused(f"{target.sidecar} says all of this already")
    content = Content(
        target=target.name,
        sidecar=target.sidecar,
        base=base.sha256,
        operations=operations,
        reason=checked_reason(reason),
        evidence=evidence,
        **_outcome(base, operations),
    )
    return Draft(content=content, request=request, author=author, made_at=at)


def refuse_forged(base: Base, draft: Draft) -> None:
    """Raise DraftDamaged for a draft that shows other changes than its operations make of the sidecar.

    `base` is what it was made from. A draft's name is a hash that anybody can compute, so a file that was written by
    another program or came in an archive proves nothing of what a person is shown of it. Raises DraftRefused as
    `make_draft` for what a draft may not do.
    """
    made = draft.content.model_copy(update=_outcome(base, draft.content.operations))
    if canonical(made) != canonical(draft.content):
        raise DraftDamaged(f"{draft.id}.json", "what it shows is not what its operations make of the sidecar")


def _outcome(base: Base, operations: Sequence[Operation]) -> dict[str, Any]:
    """Return the fields of a draft that follow from its operations; raises DraftRefused."""
    target = base.target
    refuse_problems([problem for each in operations for problem in _problems(target.kind, each)])
    source = patched(base.source, operations)
    if len(source) > SIDECAR_BYTES:
        raise DraftRefused(f"{target.sidecar} would be larger than {SIDECAR_BYTES:,} bytes")
    result, _ = content_of(source)
    refuse_problems([problem for problem in check_profile(target.kind, result) if problem.is_fatal])
    return {
        "result": digest(source),
        "changes": changed_fields(base.content, result),
        "unified": unified(target.sidecar, base.source, source),
    }


def edited(base: Base, draft: Draft, values: Mapping[str, Any], *, author: Author, at: float) -> Draft:
    """Return a draft like this one with other values at some of its changed places (by JSON Pointer).

    Raises DraftRefused as `make_draft`, also for a place that the draft does not change.
    """
    from jsonpatch import JsonPatch

    known = {change.pointer for change in draft.content.changes}
    if unknown := sorted(set(values) - known):
        raise DraftRefused(f"the draft does not change {unknown[0]}")
    proposed, _ = content_of(patched(base.source, draft.content.operations))
    patch = JsonPatch([{"op": "replace", "path": pointer, "value": value} for pointer, value in values.items()])
    return make_draft(
        base,
        patch.apply(proposed),
        reason=draft.content.reason,
        evidence=draft.content.evidence,
        request=draft.request,
        author=author,
        at=at,
    )


def checked_reason(reason: str) -> str:
    """Return a reason on one line. Raises DraftRefused for an empty or too long one."""
    plain = " ".join(reason.split())
    if not plain:
        raise DraftRefused("it needs a reason, a sentence for the person who reviews it")
    if len(plain) > REASON_CHARACTERS:
        raise DraftRefused(f"the reason has {len(plain)} characters; at most {REASON_CHARACTERS}")
    return plain


def shown_changes(draft: Draft) -> list[Change]:
    """Return the changes of a draft, bookkeeping of the library last."""
    return sorted(draft.content.changes, key=lambda change: change.pointer.startswith("/learning_summary"))


def _is_no_change(operation: Operation) -> bool:
    return operation.op == "add" and operation.value in ([], {}, None)


def _problems(kind: Kind, operation: Operation) -> list[Problem]:
    if operation.op == "test":
        return []
    if operation.path == "":
        return check_new(kind, operation.value)
    return check_change(kind, operation.path, operation.value)


def refuse_problems(problems: list[Problem]) -> None:
    """Raise DraftRefused that names the first problems, if there are any."""
    if problems:
        raise DraftRefused("; ".join(f"{each.field} {each.reason}" for each in problems[:_PROBLEMS_SHOWN]))
