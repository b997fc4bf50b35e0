"""StableNew's learning records: every kind of line, one reading each."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from learning_core.errors import Unreadable
from learning_core.importers.changes import Changes
from learning_core.importers.foreign_values import distinct, items, mapping, shown, text, texts, utc_seconds
from learning_core.importers.identity import digest, event_id
from learning_core.importers.lines import Line, read_lines
from learning_core.importers.path_text import path_text
from learning_core.importers.reading import Reading, Skipped
from learning_core.importers.stablenew_curation import curation_events, curation_settings
from learning_core.importers.stablenew_experiments import add_experiment, experiment_key, tested_variable
from learning_core.importers.stablenew_ratings import SOURCE, has_rating, note, rating, stars, tags
from learning_core.importers.stablenew_refinement import refinement
from learning_core.importers.stablenew_reviews import review_events, review_settings
from learning_core.importers.stablenew_settings import (
    loras_from_prompt,
    overlay,
    pipeline_stage,
    settings,
    stages,
)
from learning_core.model.generation import RawReference
from learning_core.model.job_fields import JobFields
from learning_core.model.judgement import AnyJudgement, Rating, Tagging

READER = "stablenew/1"
EXPERIMENT = "learning_experiment_rating"
REVIEW = "review_tab_feedback"
CURATION = "staged_curation_event"
PREFERENCE = "learning_model_comparison_rating"
_KINDS = frozenset({EXPERIMENT, REVIEW, CURATION, PREFERENCE})
_ENVELOPE = frozenset({"base_config", "variant_configs", "primary_model", "primary_sampler", "randomizer_mode"})
_LONGEST_PLAIN_ID = 128


def recognises(first_values: list[dict[str, Any]]) -> bool:
    """Tell by content whether a file holds StableNew learning records; run_id and timestamp suffice."""
    return any(_is_record(value) for value in first_values)


def _is_record(value: Mapping[str, Any]) -> bool:
    if "job_id" in value or "status" in value:
        return False
    if mapping(value.get("metadata")).get("record_kind") in _KINDS or len(_ENVELOPE & value.keys()) >= 2:
        return True
    return "run_id" in value and ("metadata" in value or value.keys() <= {"run_id", "timestamp"} | _ENVELOPE)


def read(path: Path) -> Iterator[Reading | Skipped]:
    """Yield one reading for each line, in the file's order, and a Skipped for each line that is no evidence.

    Several readings may carry one job id: the first job stands and the later judgements supersede. Raises
    Unreadable when the file cannot be opened.
    """
    changes = Changes()
    for line in read_lines(path):
        if isinstance(line, Skipped):
            yield line
        else:
            yield _Record(line, path, changes).reading()


class _Record:
    """One line on its way to a reading."""

    def __init__(self, line: Line, path: Path, changes: Changes) -> None:
        self.line, self.value, self.changes = line, line.value, changes
        self.metadata = mapping(line.value.get("metadata"))
        self.base = mapping(line.value.get("base_config"))
        self.run_id = text(line.value.get("run_id")) or line.sha256
        self.image_path = text(self.metadata.get("image_path"))
        self.fields = JobFields(remarks=list(line.remarks))
        self.recorded_at = self._time()
        raw = RawReference(path=path_text(path), carrier=f"line:{line.number}", sha256=line.sha256, reader=READER)
        self.fields.values.update(run_id=text(line.value.get("run_id")), source_tool=SOURCE, raw=raw)

    def reading(self) -> Reading | Skipped:
        try:
            events = self._kind()
        except Unreadable as error:
            return Skipped(error.reason, self.line.where)
        if isinstance(events, Skipped):
            return events
        events.extend(self._later_feedback())
        overlay(self.fields, refinement(self.value, self.metadata, self.base), "the refinement")
        loras_from_prompt(self.fields)
        job, remarks = self.fields.build()
        return Reading(job, tuple(events), tuple(distinct(remarks)))

    def _kind(self) -> list[AnyJudgement] | Skipped:
        kind = self.metadata.get("record_kind") or None
        if kind is None and has_rating(self.metadata):
            kind = EXPERIMENT
        if kind is None:
            return self._passive()
        if kind in (EXPERIMENT, PREFERENCE):
            return self._experiment(preference=kind == PREFERENCE)
        if kind == REVIEW:
            return self._review()
        if kind == CURATION:
            return self._curation()
        return Skipped(f"record kind {shown(kind)} is not known", self.line.where)

    def _passive(self) -> list[AnyJudgement] | Skipped:
        if tested_variable(self.metadata) is not None and self.metadata.get("rating") is None:
            return Skipped("no rating", self.line.where)
        self._identify("", None)
        fields = self.fields
        first = mapping(next(iter(items(self.value.get("variant_configs"))), None))
        overlay(fields, settings(self.value, fields.remarks), "the record")
        overlay(fields, self._section(first), "the first variant")
        overlay(fields, self._section(self.base), "base_config")
        sequence = stages(self.value.get("stage_plan"))
        fields.values["stage_sequence"] = sequence
        fields.values["stage"] = pipeline_stage(self.base.get("stage"), *(sequence or []))
        fields.values["timestamp_end"] = self.recorded_at
        fields.values["output_paths"] = self._outputs()
        return []

    def _section(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """Return a config's settings; the stage's own section beats what stands at the top."""
        remarks = self.fields.remarks
        return {**settings(config, remarks), **settings(mapping(config.get("txt2img")), remarks)}

    def _outputs(self) -> list[str] | None:
        found = [self.image_path] if self.image_path else []
        for output in items(self.value.get("outputs")):
            if isinstance(output, str):
                found.append(output)
            stated = mapping(output)
            named = (stated.get(key) for key in ("path", "image_path", "output_path", "primary_path", "file"))
            found.extend(texts([*named, *items(stated.get("output_paths"))]))
        return distinct(found) or None

    def _experiment(self, *, preference: bool) -> list[AnyJudgement] | Skipped:
        variable = tested_variable(self.metadata) or ("Model Comparison" if preference else None)
        if not has_rating(self.metadata) and self.metadata.get("rating") is None:
            return Skipped("no rating", self.line.where)
        if variable is not None and self.image_path is None:
            return Skipped("no image path", self.line.where)
        self._identify(experiment_key(self.metadata), self.image_path)
        if variable is not None:
            add_experiment(self.fields, self.value, variable=variable, run_id=self.run_id, preference=preference)
        overlay(self.fields, settings(self.value, self.fields.remarks), "the record")
        overlay(self.fields, self._section(self.base), "base_config")
        self.fields.values["stage"] = pipeline_stage(self.base.get("stage"), self.metadata.get("stage"))
        self.fields.values["output_paths"] = self._outputs()
        return self._stars_and_note()

    def _stars_and_note(self) -> list[AnyJudgement]:
        place = self._place()
        stated = self.metadata.get("user_rating_raw")
        stated = self.metadata.get("user_rating") if stated is None else stated
        key = self.changes.key(("rating", self.run_id), repr(stated))
        given = rating(self.metadata, event_id=event_id("stablenew-rating", self.run_id, *key), **place)
        written = self.metadata.get("user_notes")
        key = self.changes.key(("note", self.run_id), written if isinstance(written, str) else None)
        remark = note(written, event_id=event_id("stablenew-note", self.run_id, *key), **place)
        return [event for event in (given, remark) if event is not None]

    def _review(self) -> list[AnyJudgement] | Skipped:
        self._identify("", self.image_path)
        review_settings(self.fields, self.value)
        self.fields.values["output_paths"] = self._outputs()
        events = review_events(self.metadata, review_id=self.run_id, **self._place())
        if events or has_rating(self.metadata) or self.metadata.get("rating") is not None:
            return events
        return Skipped("no rating", self.line.where)

    def _curation(self) -> list[AnyJudgement]:
        self._identify("", self.image_path)
        curation_settings(self.fields, self.value)
        self.fields.values["output_paths"] = self._outputs()
        return curation_events(self.metadata, run_id=self.run_id, **self._place())

    def _later_feedback(self) -> list[AnyJudgement]:
        """Return what was said when the whole line was written again with a `rating` and `tags`."""
        place = self._place()
        remarks: list[str] = place.pop("remarks")
        events: list[AnyJudgement] = []
        if (value := stars(self.metadata.get("rating"), "rating", remarks)) is not None:
            key = self.changes.key(("feedback", self.run_id), value)
            name = event_id("stablenew-feedback", self.run_id, *key)
            events.append(Rating(event_id=name, source=SOURCE, value=value, **place))
        now = tuple(tags(self.metadata.get("tags"), remarks))
        before = self.changes.last(("tags", self.run_id)) or ()
        if now or before:
            key = self.changes.key(("tags", self.run_id), now)
            removed = [tag for tag in before if tag not in now] if isinstance(before, tuple) else []
            name = event_id("stablenew-tags", self.run_id, *key)
            events.append(Tagging(event_id=name, source=SOURCE, tags=list(now), removed=removed, **place))
        return events

    def _identify(self, experiment: str, image_path: str | None) -> None:
        if image_path is not None:
            identity = digest(experiment, image_path.replace("\\", "/"))
        else:
            identity = self.run_id if len(self.run_id) <= _LONGEST_PLAIN_ID else digest(self.run_id)
        self.fields.values["job_id"] = f"{SOURCE}:{identity}"

    def _place(self) -> dict[str, Any]:
        job_id = self.fields.values["job_id"]
        return {"job_id": job_id, "recorded_at": self.recorded_at, "remarks": self.fields.remarks}

    def _time(self) -> float | None:
        written = self.value.get("timestamp")
        seconds = utc_seconds(written)
        if seconds is None and written not in (None, ""):
            self.fields.remarks.append(f"timestamp: {shown(written)} is no time, treated as unknown")
        return seconds
