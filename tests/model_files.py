"""A model folder made by hand: a valid safetensors file, a vocabulary and the settings, and nothing that runs."""

import json
from pathlib import Path
from typing import Any

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "beach", "shore", "##s", "dusk"]


def safetensors(shapes: dict[str, list[int]]) -> bytes:
    """Return a file of zeros with these tensors of float32."""
    header: dict[str, Any] = {}
    end = 0
    for name, shape in shapes.items():
        size = 4
        for each in shape:
            size *= each
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + bytes(end)


def model_folder(folder: Path, dimension: int = 4) -> Path:
    """Make the folder and return it."""
    folder.mkdir(parents=True)
    shapes = {"embeddings.word_embeddings.weight": [len(PIECES), dimension]}
    (folder / "model.safetensors").write_bytes(safetensors(shapes))
    (folder / "config.json").write_text(json.dumps({"model_type": "bert", "hidden_size": dimension}))
    (folder / "vocab.txt").write_text("\n".join(PIECES) + "\n", encoding="utf-8")
    (folder / "modules.json").write_text(json.dumps([{"type": "sentence_transformers.models.Transformer"}]))
    return folder
