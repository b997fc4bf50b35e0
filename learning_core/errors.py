"""The errors of the core; each class writes its own sentence.

WhatworksError
├── LogError                      the log could not be written or read
│   ├── RecordNotWritable         a record that cannot be put into one line
│   ├── LogNotWritable            the file or folder refuses
│   ├── LogBusy                   another writer held the lock too long
│   ├── SharedLogRefused          a file that several computers might write to
│   └── NotDurable                in the file, but not known to be on the disk
├── InputError                    something from outside is wrong
│   ├── Unreadable                a file or line that no reader can use
│   ├── OverLimit                 larger, longer or deeper than we read
│   ├── ArchiveUnusable           an archive that is damaged, unsafe or none of ours
│   ├── ProfileUnusable           a sidecar of a checkpoint or LoRA that is no profile
│   ├── ModelFoldersUnusable      a list of model folders, or a folder for it, that cannot be used
│   ├── ModelRefused              a model folder that is damaged, unsafe or of another kind
│   └── TermsUnusable             term vectors that are damaged or do not belong together
├── TermsBusy                     another process makes term vectors just now
├── QuestionError                 a question that cannot be answered as put
│   ├── UnknownField              a field name that does not exist
│   ├── UnknownValue              a value that the library does not hold
│   ├── UnknownReference          no record behind a reference
│   ├── UnknownProfile            no sidecar for a checkpoint or LoRA
│   ├── BadSetting                a setting with a value that no pipeline can use
│   ├── BadFilter                 a filter with a grammar error
│   └── BadCursor                 a cursor of another question, or none of ours
├── TargetRefused                 a file that must not, or cannot, be written there
├── ChangedWhileRead              a log that another program rewrote while it was copied
├── JudgementRefused              a rating, tag or note that cannot be saved as given
├── DraftError                    a draft, or a decision about one
│   ├── UnknownTarget             no sidecar, and no model, of that name in the configured folders
│   ├── UnknownDraft              no draft behind a reference
│   ├── DraftRefused              a proposal that claims what it must not
│   ├── DraftDamaged              a draft whose file was changed
│   ├── DecisionRefused           a decision that does not count
│   ├── ChangedOutside            a sidecar that something else changed meanwhile
│   └── SidecarRefused            a file that must not be opened, or cannot be written
├── PlanError                     a learning plan that cannot be made, found or run as put
│   ├── PlanRefused               something in it is wrong
│   ├── PlanConflict              its id stands for another plan already
│   ├── UnknownPlan               no plan of that id
│   └── NotExpressible            a step that a format or server has no words for
├── ImageServerError              a server that makes images did not
│   ├── AddressRefused            an address that is not called
│   ├── ServerUnreachable         nobody answers there
│   ├── ServerSlow                no answer in time
│   ├── NotThatServer             somebody else answers there
│   ├── ServerLacks               a checkpoint, LoRA, sampler … is not there
│   ├── ServerOutOfMemory         the picture did not fit into its memory
│   └── ServerRefused             any other refusal
├── PortRefused                   a port that cannot be listened on
└── IndexUnavailable                 the index could not be brought up to date
    └── IndexDamaged                 it turned out to be broken and was put aside
"""

from pathlib import Path


class WhatworksError(Exception):
    """Base of all errors that are a sentence for a person; `code` is stable for programs."""

    code = "error"


class LogError(WhatworksError):
    """The log could not be written or read."""

    code = "log"


class RecordNotWritable(LogError):
    """A record that cannot be put into one line of JSON."""

    code = "record_not_writable"

    def __init__(self, reason: str) -> None:
        super().__init__(f"This record cannot be written: {reason}. Nothing was written.")


class LogNotWritable(LogError):
    """The file system refused the log."""

    code = "log_not_writable"

    def __init__(
        self, path: Path, reason: str, remedy: str = "Correct that, or choose another library with --library."
    ) -> None:
        super().__init__(f"{path} cannot be written: {reason}. Nothing was acknowledged. {remedy}")


class LogBusy(LogError):
    """Another writer held the writers' lock for longer than we wait."""

    code = "log_busy"

    def __init__(self, path: Path, seconds: float, holder: str) -> None:
        super().__init__(
            f"{path} was locked by {holder} for {seconds:g} seconds. Nothing was written; try again, or end whoever "
            "holds it. The lock ends with its program: there is no file to delete."
        )


class SharedLogRefused(LogError):
    """A file on a network mount that several computers might write to at once."""

    code = "shared_log"

    def __init__(self, path: Path, file_system: str, remedy: str) -> None:
        super().__init__(
            f"{path} lies on a network file system ({file_system}), where a file may have only one writing computer. "
            f"Nothing was written. {remedy}"
        )


class NotDurable(LogError):
    """Written, but the disk did not confirm it."""

    code = "not_durable"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path} was written, but the disk did not confirm it ({reason}). Repeat the command: "
            "the same event is counted once."
        )


class InputError(WhatworksError):
    """Something from outside is wrong."""

    code = "input"


class Unreadable(InputError):
    """A file, chunk or line that a reader cannot use; `reason` is a short phrase without a full stop."""

    code = "unreadable"

    def __init__(self, reason: str, *, field: str | None = None) -> None:
        self.reason = reason
        self.field = field
        super().__init__(f"{field}: {reason}" if field else reason)


class OverLimit(Unreadable):
    """Larger, longer or deeper than we read."""

    code = "over_limit"


class ArchiveUnusable(InputError):
    """An archive that is damaged, unsafe or none of ours; nothing of it was placed."""

    code = "archive_unusable"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} cannot be imported: {reason}. Nothing of it was placed in the library.")


class ProfileUnusable(InputError):
    """A sidecar that is no profile; `field` is the path of the first field at fault, empty for the whole file."""

    code = "profile_unusable"

    def __init__(self, path: Path, field: str, reason: str, others: int = 0) -> None:
        self.path = path
        self.field = field
        where = f"{field}: " if field else ""
        more = f" ({others} more; `whatworks profiles validate` lists them)" if others else ""
        super().__init__(f"{path} cannot be used as a profile: {where}{reason}{more}. It was only read.")


class ModelFoldersUnusable(InputError):
    """The list of model folders, or a folder that was to go into it, cannot be used."""

    code = "model_folders_unusable"

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        super().__init__(f"{path} cannot be used: {reason}.")


class ModelRefused(InputError):
    """A model folder that is missing, damaged, unsafe or of a kind that cannot be used; nothing was changed."""

    code = "model_refused"

    def __init__(self, folder: Path, reason: str, remedy: str) -> None:
        super().__init__(f"The model in {folder} cannot be used: {reason}. Nothing was changed. {remedy}.")


class TermsUnusable(InputError):
    """A table or a set of term vectors that is damaged, foreign or only half written."""

    code = "terms_unusable"

    def __init__(self, file: str, reason: str, remedy: str) -> None:
        super().__init__(f"{file} cannot be used: {reason}. {remedy}")


class TermsBusy(WhatworksError):
    """Another process makes the term vectors of this library just now."""

    code = "terms_busy"

    def __init__(self, holder: str) -> None:
        super().__init__(f"{holder} makes the term vectors of this library just now. Wait for it, then try again.")


class TargetRefused(WhatworksError):
    """A file that must not, or cannot, be written there."""

    code = "target_refused"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} was not written: {reason}.")


class ChangedWhileRead(WhatworksError):
    """A log that another program rewrote while it was copied."""

    code = "changed_while_read"

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} was rewritten while it was read, so nothing was kept; run the command again.")


class QuestionError(WhatworksError):
    """A question that cannot be answered as put."""

    code = "question"


class UnknownField(QuestionError):
    """A field name that does not exist."""

    code = "unknown_field"

    def __init__(self, field: str, near: list[str], known: list[str]) -> None:
        hint = f"Did you mean {' or '.join(near)}?" if near else f"There are: {', '.join(known)}."
        super().__init__(f"There is no field {field!r}. {hint}")


class UnknownValue(QuestionError):
    """A value that the library does not hold."""

    code = "unknown_value"

    def __init__(self, field: str, value: str, near: list[str]) -> None:
        hint = f"Nearest: {', '.join(near)}." if near else f"The library holds no {field} at all."
        super().__init__(f"{field}:{value} matches nothing. {hint}")


class UnknownReference(QuestionError):
    """No record behind a reference."""

    code = "unknown_reference"

    def __init__(self, reference: str) -> None:
        super().__init__(
            f"No record {reference!r}. References look like rec:0123456789abcdef and come from "
            "search_records, what_works or `whatworks records`."
        )


class UnknownProfile(QuestionError):
    """No sidecar for a checkpoint or LoRA."""

    code = "unknown_profile"

    def __init__(self, name: str, near: list[str]) -> None:
        hint = f"Nearest: {', '.join(near)}." if near else "`whatworks profiles list` shows those that there are."
        super().__init__(f"There is no profile for {name!r} in the configured folders. {hint}")


class BadSetting(QuestionError):
    """A setting with a value that no pipeline can use."""

    code = "bad_setting"

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"The setting {field} {reason}.")


class BadFilter(QuestionError):
    """A filter that does not follow the grammar."""

    code = "bad_filter"


class BadCursor(QuestionError):
    """A cursor that belongs to another question, or is none of ours."""

    code = "bad_cursor"

    def __init__(self, reason: str) -> None:
        super().__init__(f"This cursor cannot be used: {reason}. Ask again without cursor to start at the first page.")


class JudgementRefused(WhatworksError):
    """A rating, selection, tag or note that cannot be saved as given."""

    code = "judgement_refused"

    def __init__(self, reason: str) -> None:
        super().__init__(f"Nothing was saved: {reason}.")


class DraftError(WhatworksError):
    """A draft, or a decision about one, cannot be used."""

    code = "draft"


class UnknownTarget(DraftError):
    """No sidecar, and no model, of that name in the configured folders."""

    code = "unknown_target"

    def __init__(self, target: str, reason: str) -> None:
        super().__init__(f"{target!r} cannot be drafted for: {reason}.")


class UnknownDraft(DraftError):
    """No draft behind a reference."""

    code = "unknown_draft"

    def __init__(self, reference: str) -> None:
        super().__init__(
            f"No draft {reference!r}. References look like draft:0123456789abcdef, "
            "and `whatworks review --list` shows them."
        )


class DraftRefused(DraftError):
    """A proposal that claims more than the evidence carries, or what no draft may say."""

    code = "draft_refused"

    def __init__(self, reason: str) -> None:
        super().__init__(f"No draft was made: {reason}.")


class DraftDamaged(DraftError):
    """A draft whose file was changed."""

    code = "draft_damaged"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"The draft {name} was changed on the disk: {reason}. It cannot be decided about; ask again.")


class DecisionRefused(DraftError):
    """A decision that does not count."""

    code = "decision_refused"

    def __init__(self, reason: str) -> None:
        super().__init__(f"Nothing was decided: {reason}.")


class ChangedOutside(DraftError):
    """A sidecar that something else changed since the draft was made."""

    code = "changed_outside"

    def __init__(self, sidecar: str) -> None:
        super().__init__(
            f"{sidecar} was changed by something else since the draft was made, so nothing was written. "
            "Ask for the draft again: it is then made from the sidecar as it is now."
        )


class SidecarRefused(DraftError):
    """A file beneath a configured folder that must not be opened, or cannot be written."""

    code = "sidecar_refused"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name!r} was left alone: {reason}.")


class PlanError(WhatworksError):
    """A learning plan that cannot be made, found or run as put."""

    code = "plan"


class PlanRefused(PlanError):
    """Something in a plan is wrong; `reason` is a phrase that says what, where and what would be right."""

    code = "plan_refused"

    def __init__(self, reason: str) -> None:
        super().__init__(f"This plan cannot be used: {reason}.")


class PlanConflict(PlanError):
    """An id that stands for another plan already."""

    code = "plan_conflict"

    def __init__(self, plan_id: str, known: str, given: str) -> None:
        super().__init__(
            f"{plan_id} stands for another plan already (known: {known}; given: {given}). Plans are never changed "
            "once they are written: ratings keep the plan that they were given for; make a new plan instead."
        )


class UnknownPlan(PlanError):
    """No plan of that id."""

    code = "unknown_plan"

    def __init__(self, plan_id: str) -> None:
        super().__init__(f"No plan {plan_id!r}. `whatworks plan list` shows which there are.")


class NotExpressible(PlanError):
    """A step that a format or server has no words for; `reason` is a phrase without a full stop."""

    code = "not_expressible"

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"This plan cannot be put into {place}: {reason}.")


class ImageServerError(WhatworksError):
    """A server that makes images did not."""

    code = "image_server"


class AddressRefused(ImageServerError):
    """An address that is not called."""

    code = "address_refused"

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"{address} is not called: {reason}.")


class ServerUnreachable(ImageServerError):
    """Nobody answers there."""

    code = "server_unreachable"

    def __init__(self, server: str, reason: str) -> None:
        super().__init__(f"{server} cannot be reached ({reason}). Start it, or correct the address.")


class ServerSlow(ImageServerError):
    """No answer in time."""

    code = "server_slow"

    def __init__(self, server: str, what: str, seconds: float) -> None:
        super().__init__(
            f"{server} has not {what} within {seconds:g} seconds. It may still be at it; wait longer with --patience."
        )


class NotThatServer(ImageServerError):
    """Something else than the expected program answers there."""

    code = "not_that_server"

    def __init__(self, server: str, reason: str) -> None:
        super().__init__(f"{server} does not answer as expected: {reason}.")


class ServerLacks(ImageServerError):
    """A checkpoint, LoRA, VAE, sampler or scheduler that the server does not have."""

    code = "server_lacks"

    def __init__(self, server: str, kind: str, name: str, near: list[str]) -> None:
        hint = f"Nearest there: {', '.join(near)}." if near else f"It has no {kind} of a similar name."
        super().__init__(f"{server} has no {kind} {name!r}. {hint}")


class ServerOutOfMemory(ImageServerError):
    """The picture did not fit into the server's memory."""

    code = "server_out_of_memory"

    def __init__(self, server: str, step: str) -> None:
        super().__init__(
            f"{server} ran out of memory at {step}. Close what else uses the graphics card, or plan smaller pictures."
        )


class ServerRefused(ImageServerError):
    """Any other refusal, in the server's own words as far as it gave any."""

    code = "server_refused"

    def __init__(self, server: str, what: str, said: str) -> None:
        super().__init__(f"{server} refused {what}: {said or 'it does not say why'}.")


class PortRefused(WhatworksError):
    """A port that cannot be listened on."""

    code = "port_refused"

    def __init__(self, port: int, reason: str) -> None:
        super().__init__(f"Port {port} cannot be used: {reason}. Choose another with --port, or --port 0 for any.")


class IndexUnavailable(WhatworksError):
    """The index could not be brought up to date."""

    code = "index_unavailable"


class IndexDamaged(IndexUnavailable):
    """The index turned out to be broken and was put aside."""

    code = "index_damaged"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"The index {path} was damaged ({reason}) and is put aside; ask again: it is rebuilt from the log."
        )
