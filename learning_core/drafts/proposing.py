"""Proposing drafts: typed changes held against the evidence. Sidecars are only read."""

from collections.abc import Mapping, Sequence
from typing import Any

from learning_core.audit import AuditChain
from learning_core.drafts.concluded import concluded_plan
from learning_core.drafts.draft import Author, Draft, Question, Request
from learning_core.drafts.evidence import check_references, evidence_of, known_of, observed
from learning_core.drafts.folder import DraftFolder
from learning_core.drafts.history import history
from learning_core.drafts.making import checked_reason, make_draft
from learning_core.drafts.preset_changes import check_request, of_pairing, of_preset
from learning_core.drafts.status import statuses
from learning_core.drafts.targets import Base, find_base
from learning_core.drafts.view import DraftView, view
from learning_core.drafts.waiting import configured
from learning_core.errors import DraftRefused
from learning_core.index.folder import Progress
from learning_core.index.snapshot import Snapshot
from learning_core.library import Library
from learning_core.limits import PENDING_DRAFTS
from learning_core.plans.analyze import referenced_plan
from learning_core.plans.folder import PlanFolder
from learning_core.plans.learning_plan import PREFIX
from learning_core.plans.reference import SCHEME
from learning_core.profiles.collection import Collection


def draft_preset_update(
    library: Library,
    target: str,
    *,
    reason: str,
    author: Author,
    at: float,
    changes: Mapping[str, Any] | None = None,
    preset: str = "",
    subject: str = "",
    where: str = "",
    evidence: Sequence[str] = (),
    progress: Progress | None = None,
) -> DraftView:
    """Make a draft for the sidecar of a checkpoint (`model:NAME`) or a LoRA (`lora:NAME`) and return it.

    A reference of a plan among the `evidence` asks for what the plan concludes (`draft_from_plan`), and then stands
    alone there. `changes` are typed values by field: of a preset PRESET_FIELDS, of a LoRA PAIRING_FIELDS (`model`
    says with which checkpoint); without any, what surely leads in the library's answer is proposed. `preset` is an id,
    `new` for one more, empty for the one that is suggested. `subject` and `where` narrow the images that the evidence
    is counted on, `evidence` names records, `at` is epoch seconds. The same proposal is the same draft.

    Raises DraftError (UnknownTarget; DraftRefused with the figures when the evidence does not carry it),
    ProfileUnusable, ModelFoldersUnusable, QuestionError, OverLimit, LogBusy, TargetRefused.
    """
    if any(each.startswith((SCHEME, PREFIX)) for each in evidence):
        if len(set(evidence)) > 1 or changes or where:
            raise DraftRefused("a plan says itself what changes and on which images; name it alone, without changes")
        return draft_from_plan(
            library, evidence[0], target=target, reason=reason, author=author, at=at, preset=preset, progress=progress
        )
    collection = configured(library)
    base = find_base(collection, target)
    request = Request(preset=preset, changes=dict(changes or {}))
    question = Question(checkpoint=_checkpoint(base, request), subject=subject, where=where)
    checked_reason(reason)
    check_request(base.target.kind, request)

    def make(snapshot: Snapshot) -> Draft:
        check_references(snapshot, evidence, question.checkpoint)
        known = known_of(snapshot, question)
        if base.target.kind == "lora_profile":
            seen = observed(snapshot, lora=base.target.model)
            proposal = of_pairing(base, known, request, seen)
        else:
            seen = observed(snapshot, checkpoint=base.target.model)
            proposal = of_preset(base, known, request, seen)
        found = evidence_of(known, seen, proposal.grounds, proposal.strength, evidence)
        return make_draft(base, proposal.after, reason=reason, evidence=found, request=request, author=author, at=at)

    return _kept(library, collection, library.ask(make, progress))


def draft_from_plan(
    library: Library,
    plan: str,
    *,
    reason: str,
    author: Author,
    at: float,
    target: str = "",
    preset: str = "",
    progress: Progress | None = None,
) -> DraftView:
    """Make a draft of what a plan concludes for the checkpoint that it held fixed, which `target` may name.

    `plan` is a reference or an id. Its own images are the evidence, and those with the value to take are named. Raises
    DraftRefused with what is missing when the plan does not conclude, UnknownPlan, PlanRefused, else as
    `draft_preset_update`.
    """
    checked_reason(reason)
    collection = configured(library)

    def make(snapshot: Snapshot) -> Draft:
        found = concluded_plan(snapshot, referenced_plan(snapshot, PlanFolder(library.root), plan).plan)
        base = find_base(collection, found.checkpoint)
        if target and find_base(collection, target).target.name != base.target.name:
            raise DraftRefused(f"{found.plan.plan_id} was made with {found.checkpoint}, so it says nothing of {target}")
        request = Request(preset=preset, plan=found.plan.plan_id)
        check_request(base.target.kind, Request(changes=found.changes()))
        seen = observed(snapshot, checkpoint=base.target.model)
        proposal = of_preset(base, found.known, request, seen, found)
        told = evidence_of(found.known, seen, proposal.grounds, proposal.strength, found.refs)
        return make_draft(base, proposal.after, reason=reason, evidence=told, request=request, author=author, at=at)

    return _kept(library, collection, library.ask(make, progress))


def draft_again(
    library: Library, ref: str, *, author: Author, at: float, progress: Progress | None = None
) -> DraftView:
    """Ask for a draft again, of the sidecar and the library as they are now; raises as `draft_preset_update`."""
    draft = DraftFolder(library.root).read(ref)
    content = draft.content
    question = content.evidence.question
    if draft.request.plan:
        return draft_from_plan(
            library, draft.request.plan, reason=content.reason, author=author, at=at, preset=draft.request.preset,
            progress=progress,
        )  # fmt: skip
    return draft_preset_update(
        library,
        content.target,
        reason=content.reason,
        author=author,
        at=at,
        changes=draft.request.changes,
        preset=draft.request.preset,
        subject=question.subject,
        where=question.where,
        progress=progress,
    )


def _kept(library: Library, collection: Collection, draft: Draft) -> DraftView:
    """Keep a new draft; one of the same content is the one that stands already."""
    folder = DraftFolder(library.root)
    with folder.alone():
        tell = statuses(history(AuditChain(library.root)), collection)
        kept = folder.get(draft.id)
        if kept is None:
            if sum(tell(each) == "pending" for each in folder.all()) >= PENDING_DRAFTS:
                raise DraftRefused(
                    f"{PENDING_DRAFTS} drafts wait for a person already; they decide with `whatworks review`, or "
                    "withdraw one"
                )
            folder.keep(draft)
    return view(kept or draft, tell(kept or draft))


def _checkpoint(base: Base, request: Request) -> str:
    if base.target.kind == "model_profile":
        return base.target.model
    model = request.changes.get("model")
    if not isinstance(model, str) or not model.strip():
        raise DraftRefused("a draft for a LoRA says with which checkpoint: give `model` among the changes")
    return model
