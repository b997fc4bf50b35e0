"""Building a job out of fields of uncertain quality: what does not validate becomes unknown."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct, field
from pydantic import ValidationError

from learning_core.model.job import JobRecord


class JobFields(Struct):
    """Collects fields for a JobRecord; what does not validate becomes unknown and is remarked, never guessed."""

    values: dict[str, Any] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def build(self, extra_remarks: Iterable[str] = ()) -> tuple[JobRecord, tuple[str, ...]]:
        """Return the job and the remarks; raises pydantic's ValidationError only when `job_id` is unusable."""
        values = {name: value for name, value in self.values.items() if value is not None}
        remarks = [*self.remarks, *extra_remarks]
        while True:
            try:
                return JobRecord.model_validate(values), tuple(remarks)
            except ValidationError as error:
                bad = {str(problem["loc"][0]) for problem in error.errors(include_input=False)}
                if "job_id" in bad or not bad:
                    raise
                for name in sorted(bad):
                    values.pop(name, None)
                    remarks.append(f"{name}: value not usable, treated as unknown")
