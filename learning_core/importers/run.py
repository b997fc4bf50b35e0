"""Importing what a person names: every file on its own, nothing twice, a report at the end."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct
from pydantic import BaseModel, ValidationError

from learning_core.errors import InputError, RecordNotWritable
from learning_core.importers.discover import Found, discover
from learning_core.importers.merge import Event, Merge, event_ids
from learning_core.importers.path_text import absolute_path_text, path_text
from learning_core.importers.reading import Reading, Skipped
from learning_core.importers.recognise import Recognised, recognise
from learning_core.importers.seen import SeenFiles
from learning_core.library import Library
from learning_core.log.events import event_line
from learning_core.model.job import JobRecord
from learning_core.model.judgement import Withdrawal
from learning_core.model.key import job_key
from learning_core.plans.attribution import PlanSteps
from learning_core.plans.filing import filed_plans
from learning_core.plans.folder import PlanFolder
from learning_core.text.wording import count

BATCH_EVENTS = 500


class SkippedItem(BaseModel):
    """A file, or a line of one, that gave nothing, and why."""

    path: str
    where: str = ""
    reason: str


class ImportReport(BaseModel):
    """What an import did, counted in generations unless said otherwise."""

    files: int = 0
    read: int = 0
    new: int = 0
    already_known: int = 0
    unchanged: int = 0
    judgements: int = 0
    withdrawn: int = 0
    by_format: dict[str, int] = {}
    skipped: list[SkippedItem] = []
    skipped_total: int = 0
    remarks: list[SkippedItem] = []

    def summary(self) -> str:
        """Return the counts in a sentence."""
        parts = [
            f"{count(self.files, 'file')} looked at",
            f"{count(self.read, 'generation')} read",
            f"{self.new:,} new",
            f"{self.already_known:,} already known",
            f"{count(self.judgements, 'judgement')} added",
        ]
        if self.unchanged:
            parts.append(f"{count(self.unchanged, 'unchanged file')} not opened")
        if self.withdrawn:
            parts.append(f"{self.withdrawn:,} withdrawn by their producer")
        return ", ".join(parts) + f", {self.skipped_total:,} skipped."


class ImportProgress(Struct, frozen=True):
    """How far an import is: files done, files in total, the file just read."""

    done: int
    total: int
    current: str


def import_paths(
    library: Library, paths: Sequence[Path], *, progress: Callable[[ImportProgress], None] | None = None
) -> ImportReport:
    """Import files, folders and patterns into the library; raises LogError when the log cannot be written.

    A file that cannot be read costs only itself and is reported. The last write is durable, which makes all earlier
    ones durable too.
    """
    files = discover(paths)
    with library.snapshot() as snapshot:
        filed, _ = filed_plans(snapshot, PlanFolder(library.root))
        steps = PlanSteps(each.plan for each in filed)
        run = _Import(library, Merge(snapshot), SeenFiles(library.cache), steps)
        try:
            for number, found in enumerate(files, 1):
                run.take(found)
                if progress is not None:
                    progress(ImportProgress(number, len(files), path_text(found.path)))
            run.write(durable=True)
        finally:
            run.seen.close()
    return run.report


class _Import:
    def __init__(self, library: Library, merge: Merge, seen: SeenFiles, steps: PlanSteps) -> None:
        self.report = ImportReport()
        self.seen = seen
        self._library = library
        self._merge = merge
        self._steps = steps
        self._lines: list[bytes] = []
        self._formats: Counter[str] = Counter()

    def take(self, found: Found) -> None:
        self.report.files += 1
        if found.reason:
            self._skip(found.path, Skipped(found.reason))
            return
        earlier = self.seen.unchanged(found, self._merge.known_key)
        if earlier is not None:
            self.report.unchanged += 1
            return
        try:
            recognised = recognise(Path(found.path))
            if isinstance(recognised, Skipped):
                self._skip(found.path, recognised)
                self.seen.remember(found, "", recognised.reason)
            else:
                self.seen.remember(found, self._read(found, recognised), "")
        except InputError as error:
            self._skip(found.path, Skipped(str(error)))
        except (ValidationError, OverflowError):
            self._skip(found.path, Skipped("a value in it is beyond what a record can hold"))
        except OSError as error:
            self._skip(found.path, Skipped(f"cannot be read: {error.strerror or error}"))
        self._write_when_enough()

    def _read(self, found: Found, recognised: Recognised) -> str:
        """Take all readings of a file; returns the key of its first job, or else of the first one spoken of."""
        origin = absolute_path_text(found.path) if recognised.follows or recognised.one_picture else None
        jobs: dict[str, None] = {}
        events: set[str] = set()
        first_spoken_of = None
        whole = True
        for each in recognised.readings:
            if isinstance(each, Skipped):
                self._skip(found.path, each)
                whole = whole and "unfinished" not in each.reason
                continue
            reading = self._of_plan(each)
            new = self._merge.new_events(reading, origin, one_picture=recognised.one_picture)
            try:
                self._lines += [event_line(event) for event in new]
            except RecordNotWritable as error:
                self._merge.forget(new)
                self._skip(found.path, Skipped(str(error), _place(reading)))
                continue
            self._write_when_enough()
            self._count(recognised.format, new, has_job=reading.job is not None)
            if reading.job is not None:
                jobs[reading.job.job_id] = None
            events |= event_ids(reading.judgements)
            first_spoken_of = first_spoken_of or next((said.job_id for said in reading.judgements), None)
            self._remark(found.path, reading.remarks)
        if origin is not None and recognised.follows and whole:
            gone = self._merge.gone_from(origin, set(jobs), events)
            self.report.withdrawn += sum(isinstance(event, Withdrawal) for event in gone)
            self._lines += [event_line(event) for event in gone]
        spoken_of = next(iter(jobs), None) or first_spoken_of
        return job_key(spoken_of) if spoken_of else ""

    def _of_plan(self, reading: Reading) -> Reading:
        """Return a reading with the plan's step that its picture belongs to, if it belongs to any."""
        if reading.job is None:
            return reading
        job, remark = self._steps.stamped(reading.job)
        remarks = (*reading.remarks, remark) if remark else reading.remarks
        return Reading(job, reading.judgements, remarks)

    def _count(self, name: str, new: list[Event], *, has_job: bool) -> None:
        if has_job:
            self.report.read += 1
            self._formats[name] += 1
        jobs = sum(isinstance(event, JobRecord) for event in new)
        self.report.new += jobs
        self.report.already_known += int(has_job) - jobs
        self.report.judgements += sum(not isinstance(event, JobRecord | Withdrawal) for event in new)

    def _remark(self, path: str, remarks: Sequence[str]) -> None:
        self.report.remarks.extend(SkippedItem(path=path_text(path), reason=remark) for remark in remarks)

    def _skip(self, path: str, skipped: Skipped) -> None:
        self.report.skipped_total += 1
        self.report.skipped.append(SkippedItem(path=path_text(path), where=skipped.where, reason=skipped.reason))

    def _write_when_enough(self) -> None:
        if len(self._lines) >= BATCH_EVENTS:
            self.write(durable=False)

    def write(self, *, durable: bool) -> None:
        """Append what has gathered; only then may its files count as seen."""
        self._library.append_lines(self._lines, durable=durable)
        self._lines.clear()
        self.seen.save()
        self.report.by_format = dict(sorted(self._formats.items()))


def _place(reading: Reading) -> str:
    """Return the line of a log that a reading came from, as reports name it."""
    carrier = (reading.job.raw.carrier if reading.job and reading.job.raw else None) or ""
    return carrier.replace("line:", "line ") if carrier.startswith("line:") else ""
