"""From a model to a static table: each piece of the vocabulary goes through the model once, alone.

The way of model2vec (van Dongen and Tulkens 2024): the mean of the outputs, principal axes, and weights that make
frequent pieces small (Arora et al. 2017, A Simple but Tough-to-Beat Baseline for Sentence Embeddings, with a = 1e-4
and frequencies by Zipf's law from the places in the vocabulary).
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from learning_core.errors import ModelRefused
from learning_core.index.columns import Column
from learning_core.matching.model_folder import ModelFolder

DIMENSIONS = 128
PIECES_AT_ONCE = 256
_SMALL = 1e-4
_START, _END = "[CLS]", "[SEP]"
INSTALL = (
    "Install it with: pip install 'whatworks[semantic-st]' (on Linux install torch's CPU build first); an environment "
    "that is thrown away afterwards will do"
)

Progress = Callable[[int, int], None]


def distil(model: ModelFolder, progress: Progress | None = None) -> tuple[list[str], Column]:
    """Return the pieces that get a row, in the order of the vocabulary, and their vectors in float64.

    Needs sentence-transformers; raises ModelRefused without it, or for a model that it cannot load.
    """
    kept = [number for number, piece in enumerate(model.vocabulary) if not _is_mark(piece)]
    outputs = _outputs(model, kept, progress)
    return [model.vocabulary[number] for number in kept], weighted(principal(outputs, DIMENSIONS))


def principal(outputs: Column, dimensions: int) -> Column:
    """Return rows on their first principal axes; the largest component of each axis is positive."""
    centred = outputs - outputs.mean(axis=0)
    values, axes = np.linalg.eigh(centred.T @ centred)
    axes = axes[:, np.argsort(-values, kind="stable")[:dimensions]]
    signs = np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    found: Column = centred @ (axes * signs)
    return found


def weighted(rows: Column) -> Column:
    """Return rows times a / (a + p), with p the share of the n-th most frequent piece by Zipf's law."""
    share = 1.0 / np.arange(2, len(rows) + 2)
    share /= share.sum()
    found: Column = rows * (_SMALL / (_SMALL + share))[:, np.newaxis]
    return found


def _is_mark(piece: str) -> bool:
    return len(piece) > 2 and piece.startswith("[") and piece.endswith("]")


def _outputs(model: ModelFolder, kept: list[int], progress: Progress | None) -> Column:
    """Return the mean output of the model for each piece between its start and end marks."""
    if not {_START, _END} <= set(model.vocabulary):
        raise ModelRefused(model.path, f"its vocabulary lacks {_START} or {_END}", "Choose a BERT-like model")
    start, end = model.vocabulary.index(_START), model.vocabulary.index(_END)
    torch, network = _network(model)
    found = np.empty((len(kept), model.dimension))
    for first in range(0, len(kept), PIECES_AT_ONCE):
        part = kept[first : first + PIECES_AT_ONCE]
        with torch.inference_mode():
            ids = torch.tensor([[start, piece, end] for piece in part])
            states = network(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
            found[first : first + len(part)] = states.mean(dim=1).double().numpy()
        if progress is not None:
            progress(first + len(part), len(kept))
    if not np.isfinite(found).all():
        raise ModelRefused(model.path, "its outputs are no finite numbers", "Choose another model")
    return found


def _network(model: ModelFolder) -> tuple[Any, Any]:
    """Return torch and the model, on one thread of the processor, from the folder alone."""
    try:
        import torch
        from transformers import AutoModel
        from transformers.utils.logging import disable_progress_bar
    except ImportError as error:
        raise ModelRefused(model.path, f"reading a model needs sentence-transformers ({error})", INSTALL) from error
    disable_progress_bar()
    torch.set_num_threads(1)
    try:
        network = AutoModel.from_pretrained(
            model.path, local_files_only=True, trust_remote_code=False, use_safetensors=True
        )
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise ModelRefused(
            model.path, f"sentence-transformers cannot load it ({_first_line(error)})", "Try another"
        ) from error
    return torch, network.eval()


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0][:200].rstrip(".")
