"""The 29 sample infotexts beside the repository, where they are present."""

import json
from pathlib import Path
from typing import Any

import pytest

from learning_core.importers.carriers import read_text_file
from learning_core.importers.infotext_images import read_sidecar
from learning_core.importers.reading import Reading, Skipped
from learning_core.model.job import JobRecord
from learning_core.model.judgement import Rating
from learning_core.text.infotext import parse
from learning_core.text.names import file_stem, number, sampler_and_scheduler

FOLDER = Path(__file__).resolve().parents[3] / ".." / "shared" / "data" / "infotext"
CASES: list[dict[str, Any]] = json.loads((FOLDER / "index.json").read_text("utf-8"))["cases"] if FOLDER.is_dir() else []
SAME_NAME = {
    "prompt": "prompt_positive",
    "negative_prompt": "prompt_negative",
    "template": "prompt_template",
    "model_hash": "checkpoint_hash",
    "sampler_raw": "sampler",
    "model_raw": "model",
}


def seen_as(job: JobRecord, expected: dict[str, Any]) -> dict[str, Any]:
    """Return what we found under the names of the index."""
    sampler, scheduler = sampler_and_scheduler(job.sampler, job.scheduler)
    # "Automatic" is kept as written; that it is no value of its own is for the counting to know.
    seen: dict[str, Any] = {key: getattr(job, SAME_NAME.get(key, key), None) for key in expected}
    seen |= {"model": file_stem(job.model), "sampler": sampler, "scheduler": scheduler or job.scheduler}
    if "hires" in expected and job.hires:
        seen["hires"] = {key: getattr(job.hires, key) for key in expected["hires"]}
    loras = zip(job.loras or [], expected.get("loras", []), strict=False)
    seen["loras"] = [{key: getattr(use, key) for key in wanted} for use, wanted in loras]
    return seen


@pytest.mark.skipif(not CASES, reason="no sample data beside the repository")
@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["file"]))
def test_a_sample_is_read_as_its_index_says(case: dict[str, Any]) -> None:
    expected = dict(case["expect"])
    path = FOLDER / case["file"]
    text = read_text_file(path)
    found = parse(text)
    for key, value in expected.pop("settings", {}).items():
        shown = found.settings[key]
        assert (json.loads(shown) if isinstance(value, dict) else shown) == value
    assert found.is_grid == expected.pop("grid", False)
    reading = read_sidecar(text, str(path), None)
    if not found.settings or found.is_grid:
        assert isinstance(reading, Skipped)
        assert (found.prompt, found.negative_prompt) == (expected["prompt"], expected["negative_prompt"])
        return
    assert isinstance(reading, Reading)
    assert reading.job is not None
    ratings = [event.value for event in reading.judgements if isinstance(event, Rating)]
    assert ratings == ([expected.pop("rating")] if "rating" in expected else [])
    if "created" in expected:
        assert reading.job.timestamp_end == pytest.approx(1764321523.526934)
        del expected["created"]
    if expected.get("sampler_raw") == "Undefined":
        del expected["sampler_raw"]
    assert len(reading.job.loras or []) == len(expected.get("loras", []))
    seen = seen_as(reading.job, expected)
    assert {key: seen.get(key) for key in expected} == expected
    assert number(reading.job.cfg_scale or 0) == expected["cfg_scale"]
