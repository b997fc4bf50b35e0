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
│   ├── ModelRefused              a model folder that is damaged, unsafe or of another kind
│   └── TermsUnusable             term vectors that are damaged or do not belong together
├── TermsBusy                     another process makes term vectors just now
├── QuestionError                 a question that cannot be answered as put
│   ├── UnknownField              a field name that does not exist
│   ├── UnknownValue              a value that the library does not hold
│   ├── UnknownReference          no record behind a reference
│   ├── BadFilter                 a filter with a grammar error
│   └── BadCursor                 a cursor of another question, or none of ours
├── TargetRefused                 a file that must not, or cannot, be written there
├── ChangedWhileRead              a log that another program rewrote while it was copied
├── JudgementRefused              a rating, tag or note that cannot be saved as given
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
