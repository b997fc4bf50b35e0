"""A library whose beach images say which sampler does better, and a folder with the sidecar of their checkpoint."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from library_factory import START, make_job, make_library, rating

from learning_core.drafts.draft import Author
from learning_core.drafts.proposing import draft_preset_update
from learning_core.drafts.view import DraftView
from learning_core.library import Library
from learning_core.model.job import JobRecord
from learning_core.model.judgement import AnyJudgement
from learning_core.profiles.configured import add_model_folder

MODEL = "coastlineXL_v3"
SIDECAR = f"{MODEL}.modelprofile.json"
PROFILE: dict[str, Any] = {
    "kind": "model_profile",
    "version": 1,
    "model_name": MODEL,
    "base_type": "sdxl",
    "tags": ["sdxl_realism"],
    "recommended_presets": [
        {
            "id": "p1",
            "label": "daily",
            "rating": "good",
            "source": "internet_prior",
            "sampler": "Euler a",
            "scheduler": "Karras",
            "steps": 30,
            "cfg": 6.50,
            "resolution": [832, 1216],
            "lora_overlays": [{"name": "add-detail-xl", "weight": 0.3}],
        }
    ],
    "learning_summary": {"runs_observed": 24, "mean_rating": 4.1},
    "x_user_note": "keep me",
}
AUTHOR = Author(tool="draft_preset_update", client="a test")


def beach_events(count: int = 72) -> list[JobRecord | AnyJudgement]:
    """Return judged beach images of which those with DPM++ 2M came out better."""
    events: list[JobRecord | AnyJudgement] = []
    for number in range(count):
        sampler = ("Euler a", "DPM++ 2M")[number % 2]
        job = make_job(
            number, model=MODEL, sampler=sampler, scheduler="Karras", steps=30, cfg_scale=6.5,
            prompt_positive=f"beach at dusk, take {number // 2}",
        )  # fmt: skip
        good = number % 20 != 1 if sampler == "DPM++ 2M" else number % 6 == 0
        events += [job, rating(job, 5 if good else 2)]
    return events


def drafted_library(
    root: Path, events: Sequence[JobRecord | AnyJudgement] = (), *, with_sidecar: bool = True
) -> Library:
    """Return the library, of beach events or others; its models lie in `root`/models."""
    library = make_library(root, events or beach_events())
    models = root / "models"
    models.mkdir()
    (models / f"{MODEL}.safetensors").write_bytes(b"weights")
    if with_sidecar:
        (models / SIDECAR).write_bytes(json.dumps(PROFILE, indent=4).encode())
    add_model_folder(library.root, models)
    return library


def propose(library: Library, **how: Any) -> DraftView:
    """Return a draft of what leads on beach prompts, or as said."""
    usual: dict[str, Any] = {
        "target": MODEL,
        "reason": "beach images",
        "author": AUTHOR,
        "at": START,
        "subject": "beach",
    }
    return draft_preset_update(library, **(usual | how))
