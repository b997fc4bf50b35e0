"""Whether drafts, decisions and sidecars fit each other: what no decision of a person explains is named."""

from collections.abc import Iterator

from learning_core.audit import AuditChain
from learning_core.drafts.folder import DraftFolder
from learning_core.drafts.history import History, Standing, history
from learning_core.drafts.signature import fingerprint
from learning_core.drafts.targets import find_base
from learning_core.errors import DraftError, ModelFoldersUnusable, ProfileUnusable
from learning_core.health.findings import Finding, file_text
from learning_core.library import Library
from learning_core.profiles.collection import Collection, collect
from learning_core.profiles.configured import model_folders
from learning_core.text.wording import count


def check_drafts(library: Library, counts: dict[str, int]) -> Iterator[Finding]:
    """Yield what is to be told of drafts and their decisions; nothing for a library without any."""
    folder, chain = DraftFolder(library.root), AuditChain(library.root)
    if not folder.path.exists() and not chain.path.exists():
        return
    try:
        stands = history(chain)
        drafts = sum(1 for _ in folder.all())
    except OSError:
        # The check of the audit chain says why.
        return
    if not (drafts or stands.decisions or stands.problems):
        return
    counts["drafts"], counts["decisions"] = drafts, len(stands.decisions)
    findings = [*_damaged(folder), *_unexplained(chain, stands), *_open(folder, stands), *_sidecars(library, stands)]
    yield from findings
    if not findings:
        signed = f", signed with key {fingerprint(stands.key)}" if stands.key else ""
        what = f"{count(drafts, 'draft')} and {count(len(stands.decisions), 'decision')} fit the sidecars{signed}."
        yield Finding(level="ok", check="drafts", what=what, file=file_text(folder.path))


def _damaged(folder: DraftFolder) -> Iterator[Finding]:
    for sentence in folder.damaged():
        yield Finding(
            level="warning",
            check="drafts",
            what=sentence,
            file=file_text(folder.path),
            remedy="Restore the file from a backup, or ask for the draft again.",
        )


def _unexplained(chain: AuditChain, stands: History) -> Iterator[Finding]:
    for _, sentence in stands.problems:
        yield Finding(
            level="problem",
            check="drafts",
            what=sentence,
            file=file_text(chain.path),
            remedy="Something other than `whatworks review` wrote it; look at the sidecar, and at what runs here.",
        )


def _open(folder: DraftFolder, stands: History) -> Iterator[Finding]:
    if waiting := stands.open():
        yield Finding(
            level="warning",
            check="drafts",
            what=f"{count(len(waiting), 'decision')} not carried out yet.",
            file=file_text(folder.path),
            remedy="`whatworks review` carries them out.",
        )


def _sidecars(library: Library, stands: History) -> Iterator[Finding]:
    last = stands.last_applied()
    if not last:
        return
    try:
        collection = collect(model_folders(library.root))
    except ModelFoldersUnusable as error:
        yield Finding(level="warning", check="drafts", what=str(error))
        return
    for target, standing in sorted(last.items()):
        yield from _sidecar(collection, target, standing)


def _sidecar(collection: Collection, target: str, standing: Standing) -> Iterator[Finding]:
    decision = standing.event.decision
    try:
        base = find_base(collection, target)
    except (DraftError, ProfileUnusable) as error:
        yield Finding(level="warning", check="drafts", what=str(error), remedy="If you moved it, nothing is to do.")
        return
    if base.sha256 != decision.result:
        yield Finding(
            level="warning",
            check="drafts",
            what=f"{base.target.sidecar} is not what was decided last (audit entry {standing.seq}).",
            file=file_text(base.target.root.joinpath(*base.target.parts)),
            remedy="If you edited it by hand, nothing is to do; else compare it with what the audit chain kept.",
        )
