"""Fitted models as plain arrays and back, so that the next process need not fit them again."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, get_args, get_type_hints

import numpy as np
import orjson
from msgspec import Struct

from learning_core.answers.answer import By
from learning_core.answers.model import Model
from learning_core.index.columns import Column
from learning_core.stats.two_way import Fitted

Arrays = dict[str, Column]


def as_arrays(models: Mapping[By, Model]) -> Arrays:
    """Return the models of parameters, by name, as arrays."""
    found: Arrays = {"models": _text(tuple(models))}
    for by, model in models.items():
        found |= _flattened(model.fitted, f"{by}/fitted")
        found[f"{by}/levels"] = _text(tuple(model.level_of))
        found[f"{by}/word_effect"], found[f"{by}/keyword_of"] = model.word_effect, model.keyword_of
    return found


def from_arrays(arrays: Arrays) -> dict[By, Model]:
    """Return the models that were made arrays; raises KeyError when some are missing."""
    return {
        by: Model(
            _restored(Fitted, arrays, f"{by}/fitted"),
            {name: number for number, name in enumerate(_read(arrays[f"{by}/levels"]))},
            arrays[f"{by}/word_effect"],
            arrays[f"{by}/keyword_of"],
        )
        for by in get_args(By)
        if by in _read(arrays["models"])
    }


def _text(names: Sequence[str]) -> Column:
    return np.frombuffer(orjson.dumps(list(names)), np.uint8)


def _read(stored: Column) -> list[str]:
    found: list[str] = orjson.loads(stored.tobytes())
    return found


def _flattened(value: Any, name: str) -> Arrays:
    if not isinstance(value, Struct):
        return {name: np.asarray(value)}
    found: Arrays = {}
    for field in value.__struct_fields__:
        found |= _flattened(getattr(value, field), f"{name}/{field}")
    return found


def _restored(kind: Any, arrays: Arrays, name: str) -> Any:
    if not (isinstance(kind, type) and issubclass(kind, Struct)):
        stored = arrays[name]
        return stored if stored.ndim else stored.item()
    return kind(**{field: _restored(of, arrays, f"{name}/{field}") for field, of in _kinds_of_fields(kind).items()})


@cache
def _kinds_of_fields(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field: hints[field] for field in kind.__struct_fields__}
