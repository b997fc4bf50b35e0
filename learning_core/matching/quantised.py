"""Vectors of whole numbers from -127 to 127, and cosines of them that are the same on every machine.

Each product of two components is at most 127², so a sum of up to 1,040 of them stays below 2**24: float32 holds it
exactly, whatever order a BLAS adds in. What remains is one root and one division of exact numbers in float64.
"""

import numpy as np

from learning_core.index.columns import Column

LARGEST = 127
DECIMALS = 4
_EXACT_IN_FLOAT32 = 2**24 // LARGEST**2
_ROWS_AT_ONCE = 8192


def quantised(vectors: Column) -> Column:
    """Return rows of float64 as int8, each stretched to its own largest component; a row of zeros stays zero."""
    largest = np.abs(vectors).max(axis=1, keepdims=True, initial=0.0)
    scaled = np.divide(vectors * LARGEST, largest, out=np.zeros_like(vectors), where=largest > 0)
    found: Column = np.rint(scaled).astype(np.int8)
    return found


def square_sums(vectors: Column) -> Column:
    """Return the sum of the squares of each row of int8, as int64."""
    sums = np.zeros(len(vectors), np.int64)
    for start in range(0, len(vectors), _ROWS_AT_ONCE):
        part = vectors[start : start + _ROWS_AT_ONCE].astype(np.int32)
        sums[start : start + _ROWS_AT_ONCE] = (part * part).sum(axis=1)
    return sums


def cosines(vectors: Column, squares: Column, asked: Column) -> Column:
    """Return the cosine of each row of int8 to one vector of int8, rounded to 4 decimals; 0 where either is zero."""
    kind = np.float32 if vectors.shape[1] <= _EXACT_IN_FLOAT32 else np.float64
    column = asked.astype(kind)
    products = np.empty(len(vectors), np.float64)
    for start in range(0, len(vectors), _ROWS_AT_ONCE):
        part = vectors[start : start + _ROWS_AT_ONCE].astype(kind)
        products[start : start + _ROWS_AT_ONCE] = np.dot(part, column)
    lengths = np.sqrt((squares * int(square_sums(asked[np.newaxis])[0])).astype(np.float64))
    found: Column = np.round(np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0), DECIMALS)
    return found
