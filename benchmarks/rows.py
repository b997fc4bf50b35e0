"""What the peers start from: one row an image with canonical names and standing judgements, prompts apart.

The work of making it is not timed: each peer may load these rows in its best layout before the first question.
"""

import json
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
from msgspec import Struct

from learning_core.text.keywords import words
from learning_core.text.names import file_stem, number_text, sampler_and_scheduler
from learning_core.text.prompt import topics

NO_LORA = "(no LoRA)"
COLUMNS = (
    "job", "time", "checkpoint", "sampler", "scheduler", "steps", "cfg_scale", "size", "prompt", "stars", "selected",
    "loras",
)  # fmt: skip
"""`job` and `prompt` are numbers, `stars` 1 to 5 or None, `selected` a truth value or None, `loras` names."""


class Rows(Struct, frozen=True):
    """Images as lists of COLUMNS; prompts by number, from 1, as (text, folded words)."""

    images: list[list[Any]]
    prompts: list[tuple[str, list[str]]]

    def word_counts(self) -> Counter[str]:
        """Return how many prompts hold each word."""
        return Counter(word for _, each in self.prompts for word in each)


def read_rows(log: Path) -> Rows:
    """Read a generated log: one rating and one pick an image at most, the later one stands."""
    images: list[list[Any]] = []
    places: dict[str, int] = {}
    prompts: dict[str, tuple[int, str, list[str]]] = {}
    with log.open("rb") as file:
        for line in map(orjson.loads, file):
            if line["kind"] == "job":
                places[line["job_id"]] = len(images)
                images.append(_image(len(images), line, _prompt(line["prompt_positive"], prompts)))
            elif line["kind"] == "rating":
                images[places[line["job_id"]]][COLUMNS.index("stars")] = line["value"]
            elif line["kind"] == "selection":
                images[places[line["job_id"]]][COLUMNS.index("selected")] = line["verdict"] == "selected"
    return Rows(images, [(text, found) for _, text, found in prompts.values()])


def _prompt(text: str, prompts: dict[str, tuple[int, str, list[str]]]) -> int:
    """Return the number of a prompt: LoRA tags do not make another one."""
    terms = _terms(text)
    found = prompts.get(terms)
    if found is None:
        found = prompts[terms] = (len(prompts) + 1, text, list(dict.fromkeys(words(terms))))
    return found[0]


@lru_cache(maxsize=1_024)
def _terms(text: str) -> str:
    return ", ".join(topics(text))


def _image(number: int, job: dict[str, Any], prompt: int) -> list[Any]:
    sampler, scheduler = sampler_and_scheduler(job["sampler"], job.get("scheduler"))
    loras = [lora["name"] for lora in job["loras"]] or [NO_LORA]
    return [
        number, job["timestamp_end"], file_stem(job["model"]), sampler, scheduler, job["steps"],
        float(number_text(job["cfg_scale"])), f"{job['width']}x{job['height']}", prompt, job.get("user_rating"), None,
        loras,
    ]  # fmt: skip


def write_rows(rows: Rows, folder: Path) -> tuple[Path, Path]:
    """Write images and prompts as JSON lines, which DuckDB reads fastest without another library."""
    images, prompts = folder / "images.jsonl", folder / "prompts.jsonl"
    with images.open("wb") as file:
        file.writelines(orjson.dumps(dict(zip(COLUMNS, image, strict=True))) + b"\n" for image in rows.images)
    with prompts.open("w", encoding="utf-8") as file:
        for number, (text, each) in enumerate(rows.prompts, 1):
            file.write(json.dumps({"prompt": number, "text": text, "words": each}) + "\n")
    return images, prompts
