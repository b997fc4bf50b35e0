"""What a fault run counts, and how what it wrote is compared with what a reader finds."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from learning_core.errors import Unreadable
from learning_core.log.events import decode
from learning_core.log.read import read_lines
from learning_core.log.seal import seal


class Counts(Struct):
    """The counts that every fault run reports; one that injected nothing proves nothing and fails."""

    injected: int = 0
    acknowledged: int = 0
    found: int = 0
    lost: int = 0
    doubled: int = 0
    quarantined: int = 0

    def compare(self, log: Path, acknowledged: Iterable[str]) -> None:
        """Add up what one log holds beside the ids of the jobs that were acknowledged in it."""
        known = set(acknowledged)
        ids, refused = jobs_in(log)
        times = Counter(ids)
        self.acknowledged += len(known)
        self.found += len(times)
        self.lost += len(known - set(times))
        self.doubled += sum(count > 1 for count in times.values())
        self.quarantined += len(refused)

    def __str__(self) -> str:
        return ", ".join(f"{getattr(self, field)} {field}" for field in self.__struct_fields__)


def jobs_in(log: Path) -> tuple[list[str], list[str]]:
    """Return the ids of the jobs in a log, in their order, and the reasons of its refused lines."""
    ids, refused = [], []
    for line in read_lines(log):
        try:
            event = decode(line.data) if line.data is not None else None
        except Unreadable as error:
            refused.append(str(error))
        else:
            if line.data is None:
                refused.append("longer than the limit")
            elif event is not None:
                ids.append(event.content["job_id"])
    return ids, refused


def job_line(job_id: str, padding: int = 0) -> bytes:
    """Return a sealed job with some bytes to tear."""
    return seal({"kind": "job", "job_id": job_id, "prompt_positive": "x" * padding})
