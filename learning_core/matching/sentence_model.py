"""Vectors of terms from a sentence-transformers model: when the index is embedded, never when a question is asked."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from learning_core.errors import ModelRefused
from learning_core.index.columns import Column
from learning_core.matching.distilling import INSTALL
from learning_core.matching.model_folder import ModelFolder
from learning_core.matching.quantised import quantised

TERMS_AT_ONCE = 64


class SentenceModel:
    """A model on one thread of the processor, loaded from its folder alone."""

    def __init__(self, model: ModelFolder) -> None:
        """Load the model; raises ModelRefused without sentence-transformers, or when it cannot be loaded."""
        try:
            import torch
            from sentence_transformers import SentenceTransformer
            from transformers.utils.logging import disable_progress_bar
        except ImportError as error:
            raise ModelRefused(model.path, f"reading a model needs sentence-transformers ({error})", INSTALL) from error
        disable_progress_bar()
        torch.set_num_threads(1)
        try:
            self._model: Any = SentenceTransformer(
                str(model.path),
                device="cpu",
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True},
            )
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            reason = f"sentence-transformers cannot load it ({str(error).strip()[:200].rstrip('.')})"
            raise ModelRefused(model.path, reason, "Choose another model") from error

    def vectors(self, terms: Sequence[str]) -> Column:
        """Return the int8 vectors of terms.

        Terms of one length in pieces go through the model together, always TERMS_AT_ONCE of them, so that the shape
        of a batch, which moves the last bits of its results, is the same for a term whatever the others are.
        """
        lengths = [len(ids) for ids in self._model.tokenizer(list(terms))["input_ids"]]
        order = sorted(range(len(terms)), key=lambda row: (lengths[row], terms[row]))
        found = None
        for length in sorted(set(lengths)):
            rows = [row for row in order if lengths[row] == length]
            for first in range(0, len(rows), TERMS_AT_ONCE):
                part = rows[first : first + TERMS_AT_ONCE]
                filled = [terms[row] for row in part] + [terms[part[-1]]] * (TERMS_AT_ONCE - len(part))
                vectors = self._encoded(filled)[: len(part)]
                found = np.zeros((len(terms), vectors.shape[1]), np.int8) if found is None else found
                found[part] = quantised(vectors)
        return np.zeros((0, 0), np.int8) if found is None else found

    def _encoded(self, terms: list[str]) -> Column:
        encoded: Column = self._model.encode(
            terms, batch_size=TERMS_AT_ONCE, convert_to_numpy=True, show_progress_bar=False
        ).astype(np.float64)
        return encoded
