"""Measures everything: `python -m benchmarks.run [--records N] [--json FILE]`, with the `benchmark` extra."""

import argparse
import importlib.util
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

from msgspec import Struct

from benchmarks import (
    appending,
    cold_start,
    from_counts,
    growth,
    image_import,
    index_build,
    machine,
    new_record,
    questions,
    served_calls,
    server_memory,
    widening,
)
from benchmarks.figure import Figure
from benchmarks.libraries import generated, linked
from benchmarks.targets import as_json, table
from learning_core.library import Library

RESULTS = Path(__file__).parent / "results"
SMALL = 1_000
PROMPTS = 200_000
"""What terms are counted in, or two a record where there are fewer records than half of that."""


class Measurements(Struct, dict=True):
    """Everything that can be measured, each by its subject; libraries are made when the first one needs them."""

    made: Path
    run: Path
    records: int
    images: int
    times: int

    @cached_property
    def library(self) -> Library:
        """Return the library of this size; its index is not built yet."""
        return linked(generated(self.made, self.records), self.run, "library")

    @cached_property
    def indexed(self) -> Library:
        """Return the library of this size with its index level."""
        self.library.refresh()
        return self.library

    def other(self, records: int) -> Library:
        """Return a library of another size with its index level."""
        library = linked(generated(self.made, records), self.run, f"library-{records}")
        library.refresh()
        return library

    def scratch(self, name: str) -> Path:
        """Return a new folder of this run."""
        folder = self.run / name
        folder.mkdir()
        return folder

    def subjects(self) -> dict[str, Callable[[], list[Figure]]]:
        """Return what measures each subject, in the order in which they disturb each other least."""
        return {
            "append": lambda: appending.measure(self.scratch("append")),
            "index": lambda: index_build.measure(self.library, self.scratch("peers")),
            "question": lambda: questions.measure(self.indexed, self.scratch("layouts"), self.times),
            "counts": lambda: from_counts.measure(self.indexed, self.times),
            "growth": lambda: growth.measure(self.indexed, self.other(self.records // 10), self.times),
            "start": lambda: cold_start.measure(self.indexed, self.other(SMALL), max(2, self.times // 10)),
            "calls": lambda: served_calls.measure(self.indexed, self.times),
            "memory": lambda: server_memory.measure(self.indexed),
            "record": lambda: new_record.measure(self.indexed, self.times),
            "widening": lambda: widening.measure(
                self.indexed, self.scratch("prompts"), min(PROMPTS, 2 * self.records), self.times
            ),
            "import": lambda: image_import.measure(self.scratch("import"), self.images),
        }


SUBJECTS = (
    "append",
    "index",
    "question",
    "counts",
    "growth",
    "start",
    "calls",
    "memory",
    "record",
    "widening",
    "import",
)


def main(given: Sequence[str] | None = None) -> None:
    """Read the arguments, measure, print a table and write the JSON file."""
    arguments = _arguments(given)
    missing = [name for name in ("duckdb", "pandas") if importlib.util.find_spec(name) is None]
    if missing:
        sys.exit(f"{' and '.join(missing)} missing: the peers come with `pip install -e '.[benchmark]'`.")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    before = set(arguments.folder.glob("records-*"))
    run = Path(tempfile.mkdtemp(prefix="run-", dir=arguments.folder))
    figures: list[Figure] = []
    try:
        about = {"records": arguments.records, "images": arguments.images, "machine": machine.description(run)}
        for found in _measured(arguments, run):
            figures += found
            if arguments.json:
                report = about | {"figures": [as_json(figure) for figure in figures]}
                arguments.json.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    finally:
        print(table(figures))
        if not arguments.keep:
            for folder in (run, *set(arguments.folder.glob("records-*")) - before):
                shutil.rmtree(folder)


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000, help="size of the library (default 100000)")
    parser.add_argument("--images", type=int, default=1_000, help="files to import (default 1000, 300 MB)")
    parser.add_argument("--times", type=int, help="repetitions of a question (default 100; below 10000 records 10)")
    parser.add_argument("--only", choices=SUBJECTS, nargs="+", default=SUBJECTS, help="measure only these")
    parser.add_argument("--folder", type=Path, default=RESULTS, help="where to work; a real disk, not tmpfs")
    parser.add_argument("--json", type=Path, help="write figures and machine to this file, after each part")
    parser.add_argument("--keep", action="store_true", help="leave libraries behind; the next run reuses their logs")
    return parser.parse_args(given)


def _measured(arguments: argparse.Namespace, run: Path) -> Iterator[list[Figure]]:
    times = arguments.times or (100 if arguments.records >= 10_000 else 10)
    subjects = Measurements(arguments.folder, run, arguments.records, arguments.images, times).subjects()
    for name, measure in subjects.items():
        if name in arguments.only:
            print(f"measuring {name}", file=sys.stderr, flush=True)
            yield measure()


if __name__ == "__main__":
    main()
