"""Measures everything: `python -m benchmarks.run [--records N] [--json FILE]`, with the `benchmark` extra."""

import argparse
import importlib.util
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import appending, cold_start, image_import, index_build, machine, questions
from benchmarks.figure import Figure, table
from benchmarks.generate import write_library
from learning_core.library import CACHE_VARIABLE, locate

RESULTS = Path(__file__).parent / "results"
SUBJECTS = ("append", "index", "start", "question", "import")


def main() -> None:
    """Read the arguments, measure, print a table and write the JSON file."""
    arguments = _arguments()
    missing = [name for name in ("duckdb", "pandas") if importlib.util.find_spec(name) is None]
    if missing:
        sys.exit(f"{' and '.join(missing)} missing: the peers come with `pip install -e '.[benchmark]'`.")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=arguments.folder))
    try:
        figures = _measure(arguments, folder)
        report = {
            "records": arguments.records,
            "images": arguments.images,
            "machine": machine.description(folder),
            "figures": [figure.as_json() for figure in figures],
        }
    finally:
        if not arguments.keep:
            shutil.rmtree(folder)
    print(table(figures))
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000, help="size of the library (default 100000)")
    parser.add_argument("--images", type=int, default=1_000, help="files to import (default 1000, 300 MB)")
    parser.add_argument("--only", choices=SUBJECTS, nargs="+", default=SUBJECTS, help="measure only these")
    parser.add_argument("--folder", type=Path, default=RESULTS, help="where to work; a real disk, not tmpfs")
    parser.add_argument("--json", type=Path, help="write figures and machine to this file")
    parser.add_argument("--keep", action="store_true", help="leave the libraries behind")
    return parser.parse_args()


def _measure(arguments: argparse.Namespace, folder: Path) -> list[Figure]:
    cache = {CACHE_VARIABLE: str(folder / "cache")}
    library = locate(folder / "library", environment=cache, data_folder=folder, cache_folder=folder)
    if {"index", "start", "question"} & set(arguments.only):
        _say(f"writing a library of {arguments.records} records")
        write_library(library.root, arguments.records)
    steps: dict[str, Callable[[], list[Figure]]] = {
        "append": lambda: appending.measure(_made(folder / "append")),
        "index": lambda: index_build.measure(library, _made(folder / "peers")),
        "start": lambda: cold_start.measure(library),
        "question": lambda: questions.measure(library),
        "import": lambda: image_import.measure(_made(folder / "import"), arguments.images),
    }
    figures = []
    for name, step in steps.items():
        if name in arguments.only:
            _say(f"measuring {name}")
            figures += step()
    return figures


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
