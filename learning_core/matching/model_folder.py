"""A sentence-transformers model as a folder on this disk: checked to the last byte before any library opens it.

Weights must be safetensors; files that could run code when they are loaded are refused. Nothing is fetched.
"""

import hashlib
from pathlib import Path
from typing import Any

import orjson
from msgspec import Struct

from learning_core.errors import ModelRefused
from learning_core.limits import MODEL_HEADER_BYTES

WEIGHTS = "model.safetensors"
MEASURED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""The weights of all-MiniLM-L6-v2 (revision 1110a243, Apache-2.0), for which the thresholds were measured."""

_PICKLED = frozenset({".bin", ".ckpt", ".h5", ".joblib", ".msgpack", ".onnx", ".pickle", ".pkl", ".pt", ".pth"})
_CHOOSE = "Name a folder that sentence-transformers can load, with config.json, vocab.txt and model.safetensors"
_COMPLETE = "Copy the folder again, completely"
_EMBEDDINGS = "word_embeddings.weight"


class ModelFolder(Struct, frozen=True):
    """A checked folder: the SHA-256 of its weights, the pieces of its vocabulary by number, its dimension."""

    path: Path
    sha256: str
    vocabulary: tuple[str, ...]
    dimension: int

    @property
    def is_measured(self) -> bool:
        """Tell whether the thresholds were measured for these weights."""
        return self.sha256 == MEASURED_SHA256


def checked_model(folder: Path, sha256: str | None = None) -> ModelFolder:
    """Return a model's folder after a look at all of its files; with `sha256` only those weights are taken.

    Raises ModelRefused for one that is missing, truncated, pickled, of another kind, or has other weights.
    """
    if not folder.is_dir():
        raise ModelRefused(folder, "there is no such folder", _CHOOSE)
    try:
        _refuse_code(folder)
        config = _json(folder, "config.json")
        _refuse_other_kinds(folder, config)
        shapes = _shapes(folder)
        vocabulary = _vocabulary(folder)
        digest = _digest(folder / WEIGHTS)
    except OSError as error:
        reason = f"{Path(error.filename or '').name or 'a file'}: {error.strerror or error}"
        raise ModelRefused(folder, reason, "Correct that and try again") from error
    dimension = _dimension(folder, config, shapes, len(vocabulary))
    if sha256 is not None and digest != sha256.casefold():
        raise ModelRefused(folder, f"the SHA-256 of {WEIGHTS} is {digest}, not {sha256}", "Choose the model you mean")
    return ModelFolder(folder, digest, vocabulary, dimension)


def _refuse_code(folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.suffix.casefold() in _PICKLED and path.is_file():
            remedy = "Only safetensors are read: take the file out of the folder, or choose another model"
            raise ModelRefused(folder, f"{name} may run code when it is loaded", remedy)
        if path.suffix.casefold() == ".py":
            raise ModelRefused(folder, f"{name} is program code", "Choose a model without code of its own")


def _refuse_other_kinds(folder: Path, config: dict[str, Any]) -> None:
    if "auto_map" in config:
        raise ModelRefused(folder, "config.json asks for code of its own", "Choose a model without code of its own")
    modules = _json_of(folder / "modules.json") if (folder / "modules.json").is_file() else []
    types = [each.get("type") for each in modules if isinstance(each, dict)] if isinstance(modules, list) else [None]
    if not all(isinstance(each, str) and each.startswith("sentence_transformers.") for each in types):
        raise ModelRefused(folder, "modules.json asks for code of its own", "Choose a model without code of its own")
    settings = _json_of(folder / "tokenizer_config.json") if (folder / "tokenizer_config.json").is_file() else {}
    if isinstance(settings, dict) and settings.get("do_lower_case") is False:
        raise ModelRefused(folder, "it tells capital letters apart", "Choose an uncased model")


def _shapes(folder: Path) -> dict[str, list[int]]:
    """Return the shapes of the tensors; the header of safetensors says where each one lies and so where they end."""
    path = folder / WEIGHTS
    if not path.is_file():
        raise ModelRefused(folder, f"there is no {WEIGHTS} in it", _CHOOSE)
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= MODEL_HEADER_BYTES:
            raise ModelRefused(folder, f"{WEIGHTS} is truncated or no safetensors", _COMPLETE)
        content = file.read(length)
    try:
        header = orjson.loads(content)
        tensors = {name: each for name, each in header.items() if name != "__metadata__"}
        end = max((int(each["data_offsets"][1]) for each in tensors.values()), default=0)
        shapes = {name: [int(size) for size in each["shape"]] for name, each in tensors.items()}
    except (orjson.JSONDecodeError, AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
        raise ModelRefused(folder, f"{WEIGHTS} is truncated or no safetensors", _COMPLETE) from error
    size = path.stat().st_size
    if size != 8 + length + end:
        raise ModelRefused(folder, f"{WEIGHTS} has {size:,} bytes, not {8 + length + end:,}", _COMPLETE)
    return shapes


def _vocabulary(folder: Path) -> tuple[str, ...]:
    """Return the pieces of a WordPiece vocabulary, in the order of their numbers."""
    path = folder / "vocab.txt"
    if path.is_file():
        try:
            return tuple(path.read_text(encoding="utf-8").removesuffix("\n").split("\n"))
        except UnicodeDecodeError as error:
            raise ModelRefused(folder, "vocab.txt is not UTF-8", _COMPLETE) from error
    described = _json_of(folder / "tokenizer.json") if (folder / "tokenizer.json").is_file() else {}
    model = described.get("model") if isinstance(described, dict) else None
    if isinstance(model, dict) and model.get("type") == "WordPiece" and isinstance(model.get("vocab"), dict):
        return tuple(sorted(model["vocab"], key=lambda piece: int(model["vocab"][piece])))
    raise ModelRefused(folder, "its tokenizer is no WordPiece", "Choose a BERT-like model, such as all-MiniLM-L6-v2")


def _dimension(folder: Path, config: dict[str, Any], shapes: dict[str, list[int]], pieces: int) -> int:
    dimension = config.get("hidden_size")
    found = next((shape for name, shape in shapes.items() if name.endswith(_EMBEDDINGS)), None)
    if not isinstance(dimension, int) or found is None or len(found) != 2:
        raise ModelRefused(folder, "it is no BERT-like model", _CHOOSE)
    if found[1] != dimension:
        raise ModelRefused(folder, f"config.json says {dimension} dimensions, {WEIGHTS} has {found[1]}", _COMPLETE)
    if found[0] < pieces:
        raise ModelRefused(folder, f"its vocabulary has {pieces:,} pieces, {WEIGHTS} only {found[0]:,}", _COMPLETE)
    return dimension


def _json(folder: Path, name: str) -> dict[str, Any]:
    if not (folder / name).is_file():
        raise ModelRefused(folder, f"there is no {name} in it", _CHOOSE)
    found = _json_of(folder / name)
    if not isinstance(found, dict):
        raise ModelRefused(folder, f"{name} is no JSON object", _COMPLETE)
    return found


def _json_of(path: Path) -> Any:
    try:
        return orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise ModelRefused(path.parent, f"{path.name} is no JSON", _COMPLETE) from error


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
