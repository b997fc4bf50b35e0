"""The plain-Python baseline: every line becomes an object in memory, and each question walks over all of them.

So does the StableNew engine: it reads its JSONL file once, keeps every record, and reads all of it again after any
line was added. Run as a process of its own, because it takes as much memory as it takes.
"""

import json
import re
import statistics
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from benchmarks import asked
from benchmarks.figure import timed
from benchmarks.machine import peak_megabytes

_REPEATS = 3
_HASH = re.compile(r" \[\w+\]$")


def measured(log: Path) -> dict[str, Any]:
    """Return seconds of loading and of the questions, peak memory in MB and the number of values answered."""
    command = [sys.executable, "-m", "benchmarks.plain_peer", str(log)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def load(log: Path) -> list[dict[str, Any]]:
    """Read all lines and put what was said later on the records it was said of."""
    records: dict[str, dict[str, Any]] = {}
    with log.open(encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            kind = record.get("kind")
            if kind == "job":
                records[record["job_id"]] = record
            elif kind == "rating":
                records[record["job_id"]]["user_rating"] = record["value"]
            elif kind == "selection":
                records[record["job_id"]]["verdict"] = record["verdict"]
    return list(records.values())


def counts_by_value(records: list[dict[str, Any]], *, filtered: bool) -> list[tuple[Any, ...]]:
    """Return rows of (parameter, value, n, good, mean) for rated records whose prompt holds the subject."""
    word = re.compile(rf"\b{asked.SUBJECT}(?:es)?\b", re.IGNORECASE)
    stars: dict[tuple[str, Any], list[int]] = defaultdict(list)
    for record in records:
        rating = record.get("user_rating")
        if rating is None or not word.search(record["prompt_positive"]):
            continue
        if filtered and not asked.FIRST_STEPS <= record["steps"] <= asked.LAST_STEPS:
            continue
        for key in _values(record):
            stars[key].append(rating)
    return [
        (name, value, len(each), sum(star >= asked.LEAST_STARS for star in each), statistics.fmean(each))
        for (name, value), each in stars.items()
    ]


def _values(record: dict[str, Any]) -> list[tuple[str, Any]]:
    sampler, scheduler = record["sampler"], record.get("scheduler")
    if scheduler is None and sampler.endswith(" Karras"):
        sampler, scheduler = sampler.removesuffix(" Karras"), "Karras"
    return [
        ("checkpoint", _HASH.sub("", record["model"]).removesuffix(".safetensors").rpartition("/")[2]),
        ("sampler", sampler),
        ("scheduler", scheduler),
        ("steps", record["steps"]),
        ("cfg_scale", round(record["cfg_scale"], 5)),
        ("size", f"{record['width']}x{record['height']}"),
        *(("lora", name) for name in {lora["name"] for lora in record["loras"]} or {"(no LoRA)"}),
    ]


def main() -> None:
    """Load the log named in the arguments and print what it took as JSON."""
    records: list[dict[str, Any]] = []
    loading = timed(lambda: records.extend(load(Path(sys.argv[1]))))
    found: dict[str, Any] = {"load": loading}
    for name, filtered in ((asked.COUNTS, False), (asked.COUNTS_FILTERED, True)):
        found[name] = [timed(lambda: counts_by_value(records, filtered=filtered)) for _ in range(_REPEATS)]  # noqa: B023
    print(json.dumps(found | {"peak_mb": peak_megabytes()}))


if __name__ == "__main__":
    main()
