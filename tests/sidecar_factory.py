"""Sidecars of invented checkpoints and LoRAs, as people keep them beside their models."""

import json
from pathlib import Path
from typing import Any


def preset(name: str = "daily", rating: str = "best", **changes: Any) -> dict[str, Any]:
    return {
        "id": name, "label": name, "rating": rating, "source": "local_learning", "sampler": "DPM++ 2M",
        "scheduler": "Karras", "steps": 32, "cfg": 6.5, "resolution": [832, 1216], "lora_overlays": [], **changes,
    }  # fmt: skip


def model_content(name: str = "coastlineXL_v3", *presets: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "kind": "model_profile", "version": 1, "model_name": name, "base_type": "sdxl", "tags": [],
        "recommended_presets": list(presets), **changes,
    }  # fmt: skip


def lora_content(name: str = "add-detail-xl", **changes: Any) -> dict[str, Any]:
    return {"kind": "lora_profile", "version": 1, "lora_name": name, "target_base_type": "sdxl", **changes}


def write_sidecar(folder: Path, content: dict[str, Any], name: str | None = None) -> Path:
    """Write a sidecar as its kind is named, and return where."""
    folder.mkdir(parents=True, exist_ok=True)
    is_model = content["kind"] == "model_profile"
    stem = name or content["model_name" if is_model else "lora_name"]
    path = folder / f"{stem}.{'model' if is_model else 'lora'}profile.json"
    path.write_text(json.dumps(content, indent=2), encoding="utf-8")
    return path
